package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// What is wrong with a command line is said in words, with what is right.
func TestACommandLineThatIsWrongIsToldWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"call 600 -d -1s", 2, "--duration must be between 0s and 1h0m0s"},
		{"call 600 --ring -1s", 2, "--ring must be between 0s and 10m0s"},
		{"call 600 --ring 11m", 2, "--ring must be between 0s and 10m0s"},
		{"call 600 -t sctp", 2, `"sctp" is no transport: they are udp, tcp, tls, ws and wss`},
		{"call 600 --codec opus,mp3", 2, `"mp3" is no codec: they are opus, g722, pcmu and pcma`},
		{"call 600 --expect 99", 2, "--expect is a final status, of 200 to 699"},
		{"call 600 --dtmf 12x", 2, `--dtmf: "x" is no digit: they are 0 to 9, A to D, * and #; a comma waits a second`},
		{"audit --limit many", 2, `"many" cannot be the value of --limit: it is a number`},
		{"calls press", 2, "missing: ID, LEG and DIGITS"},
		{"check my.hcl", 2, `"my.hcl" is too much: a file is named with -c`},
		{"test --server https://x", 2, "there is no flag --server"},
		{"check -c nowhere.hcl", 3, "-c names a file or folder that is there; `tandem config init` begins one"},
		{"test", 3, "the demo keeps none; -c names one elsewhere, `tandem config init` begins one"},
	} {
		code, _, errs := doIn(t, tandemtest.Home(t.TempDir()), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("tandem %s: exit code %d, want %d and %q:\n%s", c.args, code, c.code, c.want, errs)
		}
	}
}

// A program that asks for JSON can read errors too.
func TestErrorsAreJSONWhereJSONIsWanted(t *testing.T) {
	for _, args := range []string{"status -o json", "calls --json", "route a 1 --output=json", "trunks -ojson", "users --output json"} {
		code, out, errs := doIn(t, tandemtest.Home(t.TempDir()), strings.Fields(args)...)
		var v struct {
			Error string `json:"error"`
			Code  int    `json:"code"`
		}
		if err := json.Unmarshal([]byte(errs), &v); err != nil || v.Code != code || code == 0 || v.Error == "" || out != "" {
			t.Errorf("tandem %s: %v, %+v; exit code %d, %q\n%s", args, err, v, code, out, errs)
		}
	}
}

// The console shows what the demo runs, without its passwords.
func TestTheConsoleShowsTheConfigurationOfTheDemo(t *testing.T) {
	state := t.TempDir()
	d := launchDemo(t, state)
	client, err := place{}.reach(t.Context(), environment{getenv: tandemtest.Home(state)})
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Path, Text string }
	if err := client.Ask(t.Context(), "GET", "config", nil, &v); err != nil {
		t.Fatal(err)
	}
	if v.Path != "" || !strings.Contains(v.Text, `user "1001"`) || !strings.Contains(v.Text, "from \"users\"") || strings.Contains(v.Text, d.password(t, "1001")) {
		t.Errorf("%q\n%s", v.Path, v.Text)
	}
}

// Without a configuration the verbs of users and routes ask the demo that runs.
func TestTheDemoIsAskedWhereThereIsNoFile(t *testing.T) {
	state := t.TempDir()
	launchDemo(t, state)
	for _, c := range []struct {
		args, in string
		code     int
		want     string
	}{
		{"route user:1001 600", "", 0, "1. answer"},
		{"route user:1001 600 --at noon", "", 2, "--at noon: a time is written 2026-08-23T11:00"},
		{"users add 1004 --name Dan", "a-long-password-of-dan\n", 0, ""},
		{"users", "", 0, "Dan"},
		{"users passwd 1004", "another-long-password\n", 0, ""},
		{"users rm 1004", "", 0, ""},
		{"users rm 1004", "", 5, "1004"},
	} {
		var o, e tandemtest.Output
		code := run(t.Context(), strings.Fields(c.args), environment{in: strings.NewReader(c.in), out: &o, err: &e, getenv: tandemtest.Home(state)})
		if both := o.String() + e.String(); code != c.code || !strings.Contains(both, c.want) {
			t.Errorf("tandem %s: exit code %d, want %d and %q:\n%s", c.args, code, c.code, c.want, both)
		}
	}
}
