package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// doIn runs a command to its end in a home.
func doIn(t *testing.T, home func(string) string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e tandemtest.Output
	code = run(t.Context(), args, environment{in: strings.NewReader(""), out: &o, err: &e, getenv: home})
	return code, o.String(), e.String()
}

func TestVerbsAskTheDemoWhereNothingIsConfigured(t *testing.T) {
	state := t.TempDir()
	d := launchDemo(t, state)
	register(t, d.sipAddr(t), "1001", d.password(t, "1001"))
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"status", 0, "1 registration of 3 users, 0 trunks\n"},
		{"status --json", 0, `"ready": true`},
		{"users", 0, "1001  -     1\n"},
		{"registrations", 0, "1001  probe"},
		{"registrations 1002", 0, "No device is registered.\n"},
		{"registrations 1009", 5, "tandem: the configuration has no user 1009\n"},
		{"registrations 1 2", 2, `"2" is too much`},
		{"calls", 0, "There is no call.\n"},
		{"trunks", 0, "The configuration has no trunks.\n"},
		{"trunks alpha", 5, "tandem: the configuration has no trunk alpha\n"},
		{"hangup k3v9x2mqa7", 5, "tandem: there is no call k3v9x2mqa7\n"},
		{"hangup", 2, "missing: ID"},
		{"why", 2, "CALL names a call: `tandem calls` lists those that there are"},
		{"capture", 2, "ID names a call: `tandem calls` lists those that there are"},
		{"calls --why k3v9x2mqa7", 5, "tandem: nothing is known of a call k3v9x2mqa7\n"},
		{"route user:1001 1002 --live", 0, "1. dial user:1002"},
		{"route user:1001 1002 --live --json", 0, `"fires": true`},
		{"route user:1009 1002 --live", 5, "tandem: the configuration has no user:1009; did you mean user:100"},
		{"route user:1001 1002 --live --at noon", 2, "tandem: --at noon: "},
		{"rooms", 0, "There is no room.\n"},
		{"queues", 0, "There is no queue.\n"},
		{"queues support", 5, "tandem: there is no queue support\n"},
		{"rooms 608", 5, "tandem: there is no room 608\n"},
		{"rooms 608 lock", 5, "tandem: nobody can lock room 608"},
		{"rooms 608 kick 1", 5, "tandem: nobody can kick member 1 of room 608\n"},
		{"rooms 608 kick", 2, "missing: MEMBER"},
		{"rooms 608 lock 1", 2, `"1" is too much`},
		{"rooms 608 paint", 2, `not told to "paint"`},
	} {
		code, out, errs := doIn(t, tandemtest.Home(state), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("tandem %s: %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
	}
	_, out, _ := doIn(t, tandemtest.Home(state), "registrations", "--json")
	var all []admin.Registration
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 || all[0].User != "1001" || all[0].Transport != "udp" ||
		all[0].Contact != "sip:1001@10.9.8.7:5099" || !strings.HasPrefix(all[0].Address, "127.0.0.1:") || !all[0].Translated {
		t.Errorf("registrations --json: %v\n%s", err, out)
	}
	d.stop()
	if code, _, errs := doIn(t, tandemtest.Home(state), "status"); code != exitUnreachable || !strings.Contains(errs, "no gateway is running") {
		t.Errorf("after the end: %d %s", code, errs)
	}
}

func TestVerbsFindTheGatewayOfAConfiguration(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tandem.hcl")
	text := fmt.Sprintf(`
domain = "pbx.example.com"
state  = "kept"
listen {
  sip   = ["127.0.0.1:0/udp"]
  web   = []
  media = ["127.0.0.1:0/udp"]
  rtp   = "127.0.0.1:%d-%d"
}
user "201" { password = env("ONLY_THE_GATEWAY_HAS_THIS") }
trunk "alpha" { host = "127.0.0.1:9" }
`, 38100, 38199)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := doIn(t, tandemtest.Home(dir), "trunks", "-c", file); code != exitUnreachable || !strings.Contains(errs, filepath.Join("kept", "tandem.sock")) {
		t.Errorf("before the start: %d %s", code, errs)
	}
	t.Setenv("ONLY_THE_GATEWAY_HAS_THIS", "secret")
	r := launch(t, dir, "serve", "-c", file)
	tandemtest.Await(t, "ready\n"+r.err.String(), func() bool { return strings.Contains(r.err.String(), "ready") })
	os.Unsetenv("ONLY_THE_GATEWAY_HAS_THIS")
	if code, out, errs := doIn(t, tandemtest.Home(dir), "trunks", "-c", file); code != 0 || !strings.Contains(out, "alpha  ") {
		t.Errorf("trunks -c: %d %s%s", code, out, errs)
	}
	byEnv := func(name string) string { return map[string]string{"TANDEM_CONFIG": file}[name] }
	if code, out, errs := doIn(t, byEnv, "status"); code != 0 || !strings.Contains(out, "pbx.example.com: 0 calls") {
		t.Errorf("status with TANDEM_CONFIG: %d %s%s", code, out, errs)
	}
	t.Setenv("ONLY_THE_GATEWAY_HAS_THIS", "secret")
	if code, _, errs := doIn(t, tandemtest.Home(dir), "serve", "-c", file); code != exitFailed || !strings.Contains(errs, fmt.Sprintf("(pid %d) answers on", os.Getpid())) {
		t.Errorf("a second gateway with the same state: %d %s", code, errs)
	}
}

// Calls do not need the socket.
func TestServeRunsWhereNoSocketCanBeMade(t *testing.T) {
	p, state := newPorts(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(state, machine.ControlName), []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := launch(t, t.TempDir(), "serve", "-c", write(t, "tandem.hcl", p.file(state, "")))
	tandemtest.Await(t, "ready\n"+r.err.String(), func() bool { return strings.Contains(r.err.String(), `"ready"`) })
	if !strings.Contains(r.err.String(), "no control socket") {
		t.Errorf("not warned of:\n%s", r.err)
	}
	if r.stop() != exitOK {
		t.Error("did not end well")
	}
}

func TestTwoDemosRunAndTheFirstIsAsked(t *testing.T) {
	state := t.TempDir()
	launchDemo(t, state)
	second := launchDemo(t, state)
	if !strings.Contains(second.out.String(), "another demo is running") {
		t.Errorf("the second does not say so:\n%s", second.out)
	}
	second.stop()
	if code, out, errs := doIn(t, tandemtest.Home(state), "status"); code != 0 {
		t.Errorf("the first is gone: %d %s%s", code, out, errs)
	}
}

func TestConfigurationThatCannotBeReadIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tandem.hcl")
	if err := os.WriteFile(file, []byte("state = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := doIn(t, tandemtest.Home(dir), "calls", "-c", file); code != exitConfig || !strings.Contains(errs, "tandem.hcl:1") {
		t.Errorf("%d %s", code, errs)
	}
	if code, _, errs := doIn(t, tandemtest.Home(dir), "calls", "-c", file+"x"); code != exitConfig {
		t.Errorf("%d %s", code, errs)
	}
}

func TestTablesAreAlignedAndShort(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return now.Add(-d) }
	trunks := []admin.Trunk{
		{Name: "alpha", Kind: "registration", Account: "acme1@sip.alpha.example", Calls: 3, MaxCalls: 30, Stand: admin.Stand{
			State: "registered", Since: before(2*time.Hour + 14*time.Minute), Contact: "sip:acme1@198.51.100.20:5060", Address: "udp 203.0.113.7:5060", RoundTripMS: 12.4,
		}},
		{Name: "beta-carrier-with-a-long-name", Kind: "registration", Account: "acme2@registrar.beta-carrier.example", Stand: admin.Stand{
			State: "failing", Since: before(41 * time.Second), Contact: "sip:acme2@198.51.100.20:5061;transport=tls", Address: "tls [2001:db8:1234:5678::9]:5061",
			LastError: "403 Forbidden: " + strings.Repeat("wrong password ", 20), NextTry: now.Add(28 * time.Second), RoundTripMS: 1830,
		}},
		{Name: "delta", Kind: "address", Stand: admin.Stand{State: "down", Since: before(26 * time.Hour), LastError: "no answer within 32 s", NextTry: now.Add(30 * time.Second)}},
		{Name: "pbx", Kind: "accounts held", Calls: 1, Stand: admin.Stand{State: "reachable", Since: before(3 * 24 * time.Hour), Address: "udp 192.0.2.5:5060", RoundTripMS: 0.4}, Accounts: []admin.TrunkAccount{
			{User: "201", Account: "8201", Stand: admin.Stand{State: "registered"}},
			{User: "202", Account: "8202", Stand: admin.Stand{State: "failing", LastError: "401 Unauthorized\x1b[2J", NextTry: now.Add(time.Minute)}},
		}},
	}
	registrations := []admin.Registration{
		{User: "201", UserAgent: "baresip v3.16.0 (x86_64/Linux)", Transport: "udp", Address: "203.0.113.9:41234", Since: before(50 * time.Hour), Expires: now.Add(48 * time.Minute), LastSeen: before(12 * time.Minute), Translated: true},
		{User: "202", Transport: "wss", Address: "[2001:db8:1234:5678:9abc:def0:1234:5678]:50122", Since: before(3 * time.Minute), Expires: now.Add(57 * time.Minute), LastSeen: before(3 * time.Minute)},
		{User: "203", UserAgent: "Linphone/5.2\r\nX: y", Transport: "tls", Address: "192.0.2.77:5061", Since: before(time.Second), Expires: now.Add(time.Hour), LastSeen: now, Path: []string{"sip:edge.example.com;lr"}},
	}
	var o tandemtest.Output
	env := environment{out: &o}
	for _, err := range []error{
		writeTrunks(env, trunks, now), writeTrunk(env, trunks[1], now), writeTrunk(env, trunks[3], now), writeRegistrations(env, registrations, now),
		writeCalls(env, []admin.Call{
			{ID: "k3v9x2mqa7", From: "Ann <201>", To: "+442071234567", With: "trunk:alpha", State: "talking", Since: before(90 * time.Second), Talked: before(80 * time.Second)},
			{ID: "m2a8c4k1x9", From: "+442079460000", To: "202", State: "ringing", Since: before(4 * time.Second)},
		}, now, false),
		writeCalls(env, []admin.Call{
			{ID: "k3v9x2mqa7", From: "Ann <201>", To: "+442071234567", With: "trunk:alpha", State: "talking", Since: before(90 * time.Second), Talked: before(80 * time.Second), Legs: []admin.Leg{
				{
					ID: "k3v9x2mqa7.0", Party: "Ann <201>", Path: "wss 203.0.113.9:51234", Chain: "opus/48000 -> pcma/8000 transcoded",
					State: "connected", Remote: "203.0.113.9:61234", Keys: "DTLS", Profile: "AEAD_AES_128_GCM", RoundTripMS: 31.4,
					Says:  admin.Sound{Codec: "opus/48000", Packets: 4001, Lost: 9, JitterMS: 3.2, LevelDBFS: -24, Loudest: -11, R: 88.1, MOS: 4.28},
					Hears: admin.Sound{Codec: "opus/48000", Packets: 3998, JitterMS: 5.1, MOS: 4.33},
				},
				{
					ID: "k3v9x2mqa7.1", Party: "+442071234567", Path: "udp 203.0.113.7:5060", Called: true, Chain: "pcma/8000 -> opus/48000 transcoded",
					State: "latched", Remote: "203.0.113.7:10022", Says: admin.Sound{Codec: "pcma/8000", Packets: 4000, LevelDBFS: -19, MOS: 4.4},
				},
			}},
		}, now, true),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	path := filepath.Join("testdata", "tables.txt")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(o.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), o.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for line := range strings.SplitSeq(o.String(), "\n") {
		if n := len([]rune(line)); n > 120 && !strings.HasPrefix(line, "last error") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestSpansAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Second: "0s", 400 * time.Millisecond: "0s", 41 * time.Second: "41s", time.Minute: "1m", 61 * time.Second: "1m1s",
		2*time.Hour + 14*time.Minute + 5*time.Second: "2h14m", time.Hour + 5*time.Second: "1h", 77 * time.Hour: "3d5h", 400 * 24 * time.Hour: "400d",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%s) = %s, want %s", d, got, want)
		}
	}
}
