package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// with is an environment of a home and a few variables.
func with(dir string, vars map[string]string) func(string) string {
	inner := tandemtest.Home(dir)
	return func(name string) string {
		if v, ok := vars[name]; ok {
			return v
		}
		return inner(name)
	}
}

// makeToken makes a token by the command line on the gateway's machine.
func makeToken(t *testing.T, state, role string) string {
	t.Helper()
	code, out, errs := doIn(t, tandemtest.Home(state), "tokens", "create", "of "+role, "--role", role, "--days", "7")
	if code != exitOK || !strings.HasPrefix(out, "tandem_") || !strings.Contains(errs, "of role "+role+", good until ") {
		t.Fatalf("tokens create: %d %s%s", code, out, errs)
	}
	return strings.TrimSpace(out)
}

func TestVerbsAskAGatewayOfTheNetwork(t *testing.T) {
	state := t.TempDir()
	d := launchDemo(t, state)
	_, status, _ := doIn(t, tandemtest.Home(state), "status", "--json")
	at := regexp.MustCompile(`127\.0\.0\.1:(\d+)/https`).FindStringSubmatch(status)
	if at == nil {
		t.Fatalf("no https in %s", status)
	}
	secure := "https://localhost:" + at[1]
	admin, operator, viewer := makeToken(t, state, "admin"), makeToken(t, state, "operator"), makeToken(t, state, "viewer")
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if code, _, errs := doIn(t, tandemtest.Home(state), "certs", "export-ca", "--demo", "-o", ca); code != exitOK {
		t.Fatal(errs)
	}
	kept := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(kept, []byte(operator+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := fmt.Sprintf("127.0.0.1:%d", tandemtest.ClosedPort(t))
	elsewhere := t.TempDir() // another machine: nothing of the gateway is there
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"status --server " + secure + " --ca " + ca + " --token " + viewer, exitOK, "0 registrations of 3 users"},
		{"calls --server localhost:" + at[1] + " --ca " + ca + " --token " + viewer, exitOK, "There is no call."},
		{"users --json --server " + d.web + " --token @" + kept, exitOK, `"name": "1001"`},
		{"route user:1001 600 --server " + d.web + " --token " + viewer, exitOK, "echo"},
		{"trace --server " + d.web + " --token " + viewer, exitOK, "There is no ladder"},
		{"hangup k3v9x2mqa7 --server " + d.web + " --token " + viewer, exitDenied, "this is for the role operator; of viewer is viewer"},
		{"hangup k3v9x2mqa7 --server " + d.web + " --token " + operator, exitNotFound, "there is no call"},
		{"tokens --server " + d.web + " --token " + operator, exitDenied, "this is for the role admin"},
		{"tokens --server " + d.web + " --token " + admin, exitOK, "of viewer"},
		{"reload --server " + d.web + " --token " + operator, exitDenied, "role admin"},
		{"doctor --server " + d.web + " --token " + viewer, exitExpectation, "the gateway runs"},
		{"status --server " + d.web + " --token tandem_unknown", exitDenied, "the token is not known"},
		{"status --server " + d.web, exitUsage, "wants a token"},
		{"status --server " + secure + " --token " + viewer, exitUnreachable, "give it with --ca"},
		{"status --server " + secure + " --ca " + kept + " --token " + viewer, exitFailed, "no certificate in"},
		{"status --server " + secure + "/elsewhere --ca " + ca + " --token " + viewer, exitNotFound, "the gateway does not know status"},
		{"status --server http://" + gone + " --token " + viewer, exitUnreachable, "the gateway did not answer"},
		{"doctor --server http://" + gone + " --token " + viewer, exitUnreachable, "the gateway did not answer"},
		{"status --server http://pbx.example.com --token " + viewer, exitUsage, "in the clear"},
		{"status --server ftp://localhost --token " + viewer, exitUsage, "https://HOST:PORT"},
		{"status --server unix:" + filepath.Join(state, "none.sock"), exitUnreachable, "none.sock"},
		{"status --server unix:" + filepath.Join(d.state, machine.ControlName), exitOK, "3 users"},
		{"status --token @" + kept + "x --server " + d.web, exitFailed, "cannot read"},
		{"tokens create x --role root --server " + d.web, exitUsage, `"root" cannot be the value of --role: it is one of viewer, operator, admin`},
		{"tokens create x --days 9999 --server " + d.web, exitUsage, "between 0 and 3650"},
	} {
		code, out, errs := doIn(t, tandemtest.Home(elsewhere), strings.Fields(c.args)...)
		if c.code == exitExpectation && code == exitOK { // what doctor finds is the machine's
			code = c.code
		}
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("tandem %s: %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
		if found := tandemtest.GoType.FindString(errs); found != "" {
			t.Errorf("tandem %s says %q", c.args, found)
		}
	}
	env := with(elsewhere, map[string]string{"TANDEM_SERVER": secure, "TANDEM_TOKEN": viewer, "TANDEM_CA": ca})
	if code, out, errs := doIn(t, env, "__complete", "registrations", ""); code != exitOK || !strings.Contains(out, "1002") {
		t.Errorf("completion: %d %s%s", code, out, errs)
	}
	if code, out, errs := doIn(t, with(state, map[string]string{"TANDEM_SERVER": secure, "TANDEM_TOKEN": viewer}), "status"); code != exitOK {
		t.Errorf("with the authority of this machine: %d %s%s", code, out, errs)
	}
	if code, _, errs := doIn(t, env, "status", "-c", kept); code != exitConfig {
		t.Errorf("-c counts more than $TANDEM_SERVER: %d %s", code, errs)
	}
	takesTokensBack(t, state, d.web, viewer)
}

// takesTokensBack sees that a token that was removed is good for nothing.
func takesTokensBack(t *testing.T, state, web, viewer string) {
	t.Helper()
	_, out, _ := doIn(t, tandemtest.Home(state), "tokens", "list", "--json")
	var all []api.Token
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, one := range all {
		if one.Role != "viewer" {
			continue
		}
		if one.Used.IsZero() || one.Owner != "owner" {
			t.Errorf("the token that was used: %+v", one)
		}
		if code, _, errs := doIn(t, tandemtest.Home(state), "tokens", "remove", one.ID); code != exitOK {
			t.Error(errs)
		}
		if code, _, _ := doIn(t, tandemtest.Home(state), "tokens", "remove", one.ID); code != exitNotFound {
			t.Errorf("removed twice: exit code %d", code)
		}
	}
	if code, _, errs := doIn(t, tandemtest.Home(t.TempDir()), "status", "--server", web, "--token", viewer); code != exitDenied {
		t.Errorf("a token that was taken back: exit code %d\n%s", code, errs)
	}
}

// TestVerbsThatReadWhatAGatewayKeepsFindTheDemo: export-ca and backup, where there is no
// configuration, mean the demo that runs, as users and route do; and say so where none runs.
func TestVerbsThatReadWhatAGatewayKeepsFindTheDemo(t *testing.T) {
	t.Chdir(t.TempDir()) // where there is no tandem.hcl
	state := t.TempDir()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, args := range [][]string{{"certs", "export-ca"}, {"backup", copied}} {
		code, _, errs := doIn(t, tandemtest.Home(state), args...)
		if code != exitConfig || !strings.Contains(errs, "no demo is running either") || !strings.Contains(errs, "-c names one") {
			t.Errorf("%v where neither is: %d %s", args, code, errs)
		}
	}
	if code, _, errs := doIn(t, tandemtest.Home(state), "status"); code != exitUnreachable || !strings.Contains(errs, "-c names one") {
		t.Errorf("status where neither is: %d %s", code, errs)
	}
	d := launchDemo(t, state)
	_, want, _ := doIn(t, tandemtest.Home(state), "certs", "export-ca", "--demo")
	if code, pem, errs := doIn(t, tandemtest.Home(state), "certs", "export-ca"); code != exitOK || pem != want || pem == "" {
		t.Errorf("export-ca: %d %s%s", code, pem, errs)
	}
	if code, out, errs := doIn(t, tandemtest.Home(state), "backup", copied); code != exitOK || !strings.Contains(out, filepath.Join(d.state, "tandem.db")) {
		t.Errorf("backup: %d %s%s", code, out, errs)
	}
	lost := filepath.Join(state, "nowhere", "copy.db")
	if code, _, errs := doIn(t, tandemtest.Home(state), "backup", lost); code != exitFailed || !strings.Contains(errs, "write "+lost+": no such file or directory") {
		t.Errorf("backup to no folder: %d %s", code, errs)
	}
	if info, err := os.Stat(copied); err != nil || info.Size() == 0 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if code, _, errs := doIn(t, tandemtest.Home(state), "certs", "export-ca", "-c", filepath.Join(state, "nowhere.hcl")); code != exitConfig {
		t.Errorf("a configuration that is named and missing: %d %s", code, errs)
	}
}
