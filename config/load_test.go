package config

import (
	stdcmp "cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tandemgw/tandem/dialplan"
)

func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func mustLoad(t *testing.T, path string, o Options) *File {
	t.Helper()
	f, found := Load(path, o)
	if len(found) > 0 {
		t.Fatalf("%s", found)
	}
	return f
}

func TestMinimalFileIsShortAndHasDefaults(t *testing.T) {
	const path = "testdata/good/minimal.hcl"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 15 {
		t.Errorf("%d lines, want at most 15", n)
	}
	got := mustLoad(t, path, Options{})
	ip := netip.MustParseAddr("203.0.113.7")
	want := &File{
		Folder: "testdata/good", Domain: "pbx.example.com", PublicIP: PublicIP{Auto: true}, Zone: time.Local,
		Listen: Listen{
			SIP:   []Listener{{Port: 5060, Transport: "udp"}, {Port: 5060, Transport: "tcp"}, {Port: 5061, Transport: "tls"}},
			Web:   []Listener{{Port: 8080, Transport: "http"}, {Port: 8443, Transport: "https"}},
			Media: []Listener{{Port: 8443, Transport: "udp"}},
			RTP:   RTPRange{Min: 10000, Max: 20000},
		},
		TLS: TLS{Mode: TLSLocal}, Reload: ReloadOnSignal, Media: Media{Prefer: PreferQuality, ICE: ICEFull, Video: true, Opus: Opus{FEC: true}},
		Registrar: Registrar{Min: time.Minute, Max: time.Hour, Devices: 10},
		Calls:     Calls{Detach: 30 * time.Second, Timer: 30 * time.Minute},
		Messages:  Messages{Keep: 7 * 24 * time.Hour, Max: 4096},
		CDR:       CDR{Keep: Off},
		Trace:     Trace{Keep: "bad", For: 7 * 24 * time.Hour, Disk: 1024, Memory: 256},
		Phone:     Phone{People: true},
		Limits:    Limits{Strangers: "answer"},
		Users:     []User{{Name: "201", Password: "correct horse", DTMF: "auto"}, {Name: "202", Password: "battery staple", DTMF: "auto"}},
		Trunks:    []Trunk{{Name: "alpha", Host: "203.0.113.7", Allow: []netip.Prefix{netip.PrefixFrom(ip, 32)}, DTMF: "rfc4733", Numbers: "asis", Privacy: "id", Diversion: "diversion", Prack: "supported"}},
	}
	if diff := differences(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func ignorePlan() cmp.Option { return cmpopts.IgnoreFields(File{}, "Plan", "PlanSum", "PlanParts") }

func TestFullFileIsReadWhole(t *testing.T) {
	f := mustLoad(t, "testdata/good/full.hcl", Options{
		LookupEnv: env(map[string]string{"ANN_PW": "ann's"}), Sounds: []string{"welcome.wav"},
	})
	for _, c := range []struct{ what, got, want string }{
		{"domain", f.Domain, "pbx.example.com"},
		{"public_ip", fmt.Sprint(f.PublicIP), "{false 203.0.113.5 [203.0.113.5 2001:db8::5]}"},
		{"its IPv6", f.PublicIP.Of(false).String(), "2001:db8::5"},
		{"turn", fmt.Sprint(f.Listen.TURN), "[:3478/udp 192.0.2.1:5349/tls]"},
		{"state", f.State, filepath.Join("testdata", "good", "state")},
		{"sip", fmt.Sprint(f.Listen.SIP), "[:5060/udp 192.0.2.1:5070/tcp [2001:db8::1]:5061/tls]"},
		{"web", fmt.Sprint(f.Listen.Web), "[127.0.0.1:8080/http :8443/https]"},
		{"rtp", fmt.Sprint(f.Listen.RTP), "{192.0.2.1 10000 10999}"},
		{"tls", fmt.Sprint(f.TLS.Mode, " ", f.TLS.Cert, " ", f.TLS.Key), "files testdata/good/cert.pem testdata/good/key.pem"},
		{"registrar", fmt.Sprint(f.Registrar), "{true 2m0s 2h0m0s 5}"},
		{"calls", fmt.Sprint(f.Calls.Detach, f.Calls.Timer == Off), "45s true"},
		{"messages", fmt.Sprint(f.Messages), "{true 72h0m0s 2048}"},
		{"limits", fmt.Sprint(f.Limits), "{silent 5 1h0m0s 50 4}"},
		{"Ann's calls", fmt.Sprint(f.Users[0].MaxCalls, *f.Users[0].PBX), "4 {delta 8201 redacted}"},
		{"Ann's media", f.Users[0].Secure + f.Users[1].Secure, "require"},
		{"whether Ann has video", fmt.Sprint(!f.Users[0].NoVideo, !f.Users[1].NoVideo), "false true"},
		{"Ann's password there", string(f.Users[0].PBX.Password), "ann's"},
		{"media", fmt.Sprint(f.Media), "{passthrough lite false {24000 false true}}"},
		{"Ann", f.Users[0].DisplayName + string(f.Users[0].Password), "Annann's"},
		{"md5", string(f.Users[1].HA1.MD5), "0123456789abcdef0123456789abcdef"},
		{"file", string(f.Users[2].Password), "open sesame"},
		{"nobody's password", string(f.Users[3].Password), ""},
		{"tests", fmt.Sprint(f.Plan.Tests()), "2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if diff := cmp.Diff(wantedTrunks(), f.Trunks, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("trunks: -want +got:\n%s", diff)
	}
	for _, r := range f.Plan.RunTests() {
		if !r.Passed() {
			t.Error(r)
		}
	}
	d := f.Plan.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "600"})
	if d.Row == nil || d.Row.Where() != "testdata/good/full.hcl:5" {
		t.Errorf("600: %s", d)
	}
}

// wantedTrunks are those of testdata/good/full.hcl.
func wantedTrunks() []Trunk {
	usual := func(t Trunk) Trunk {
		t.Numbers, t.DTMF, t.Privacy, t.Diversion, t.Prack = "asis", stdcmp.Or(t.DTMF, "rfc4733"), "id", "diversion", "supported"
		return t
	}
	prefixes := func(all ...string) (out []netip.Prefix) {
		for _, one := range all {
			out = append(out, netip.MustParsePrefix(one))
		}
		return out
	}
	pem := func(name string) string { return filepath.Join("testdata", "good", name) }
	return []Trunk{
		usual(Trunk{
			Name: "alpha", Host: "sip.alpha.example", Port: 5080, Transport: "tcp", Allow: prefixes("203.0.113.0/28", "2001:db8:1::1/128"),
			Codecs: []string{"pcma", "pcmu"}, PTime: 20, MaxPTime: 40, Video: true, DTMF: "auto", MaxCalls: 30,
		}),
		usual(Trunk{Name: "beta", Host: "2001:db8::2", Port: 5062, Allow: prefixes("2001:db8::2/128")}),
		{
			Name: "gamma", Host: "sip.gamma.example", Transport: "tls", Proxy: "sips:edge.gamma.example:5071;lr",
			Register: &Register{
				User: "acme1", Password: "ann's", AuthUser: "acme1-auth", Realm: "gamma", Contact: "acme", Expires: 10 * time.Minute,
			},
			DTMF: "rfc4733", MaxPerSecond: 2.5, CallerID: []string{"from", "pai"}, Privacy: "header", Diversion: "history-info", Trust: true,
			Numbers: "asis", Secure: "prefer", Options: Off, Prack: "required", Follow: true, Messages: true,
			Certificate: &Certificate{Cert: pem("cert.pem"), Key: pem("key.pem")}, CA: pem("cert.pem"),
		},
		usual(Trunk{
			Name: "delta", Host: "192.0.2.200", Allow: prefixes("192.0.2.200/32"),
			Accounts: &Accounts{Mode: AccountsHeld, Domain: "pbx2.example.com"},
		}),
		usual(Trunk{
			Name: "epsilon", Host: "198.51.100.1", Allow: prefixes("198.51.100.1/32"), Accounts: &Accounts{Mode: AccountsRelayed},
			CallerID: []string{"rpid"}, Options: time.Minute,
		}),
	}
}

func TestFolderIsReadInOrderOfNames(t *testing.T) {
	f := mustLoad(t, "testdata/good/folder", Options{})
	if got := fmt.Sprint(f.Listen.SIP, f.Listen.RTP.Min, len(f.Users)); got != "[:5060/udp] 30000 2" {
		t.Errorf("got %s", got)
	}
	d := f.Plan.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "1"})
	if want := `row "1" of from "user:201" (testdata/good/folder/20-users.hcl:2): dial user:202 (30s)`; d.String() != want {
		t.Errorf("got %s, want %s", d, want)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.hcl")
	if err := os.WriteFile(big, []byte(strings.Repeat("# filler\n", MaxFileSize/9+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "gone.hcl"): "there is no file",
		empty:                          "there is no *.hcl file in this folder",
		big:                            "the file is larger than",
		"/dev/null":                    "this is not a plain file",
	} {
		f, found := Load(path, Options{})
		if f != nil || len(found) != 1 || !strings.Contains(found.String(), want) {
			t.Errorf("%s: %q, want %s", path, found, want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": "a = " + strings.Repeat("(", 20000) + "1",
		"lists":       "a = " + strings.Repeat("[", 20000),
		"blocks":      strings.Repeat("a {\n", 20000),
		"negations":   "a = " + strings.Repeat("!", 20000) + "true",
		"sums":        "a = (1" + strings.Repeat("+\n1", 20000) + ")",
		"choices":     "a = " + strings.Repeat("true?", 20000),
		"templates":   "a = " + strings.Repeat(`"${`, 20000),
		"directives":  `a = "` + strings.Repeat(`%{if true}`, 20000) + `"`,
		"indexes":     "a = b" + strings.Repeat("[0]", 20000),
	} {
		_, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
		if len(found) != 1 || found[0].Message != "this is nested too deeply" {
			t.Errorf("%s: %.300s", name, found)
		}
	}
}

func TestDiagnosticShowsTheSource(t *testing.T) {
	text := "domain = \"pbx.example.com\"\n\tpublic_pi = \"auto\" # é\x07\n"
	_, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{})
	want := "t.hcl:2:2: there is no attribute \"public_pi\"\n" +
		"     1 | domain = \"pbx.example.com\"\n" +
		" >   2 | \tpublic_pi = \"auto\" # é?\n" +
		"       | \t^^^^^^^^^\n" +
		"  hint: Did you mean \"public_ip\"?"
	if diff := cmp.Diff(want, found.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := found.Summary(); got != "1 error" {
		t.Errorf("Summary() = %s", got)
	}
}

func TestWarningsLeaveTheFileWhole(t *testing.T) {
	const text = `
domain = "pbx.example.com"
from "users" {
  calls = {
    "2XX" = [play("gone.wav"), reject(404)]
    "201" = [play("there.wav"), hangup(), echo()]
  }
}`
	f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{Sounds: []string{"there.wav"}})
	if f == nil || found.HasErrors() || found.Summary() != "3 warnings" || len(found.Warnings()) != 3 {
		t.Errorf("file %v, %s", f != nil, found)
	}
	if !strings.Contains(found.String(), "t.hcl:5:19: warning: there is no sound \"gone.wav\"") {
		t.Errorf("got %s", found)
	}
}

func TestChangedNamesThePartsThatDiffer(t *testing.T) {
	const text = `
domain = "pbx.example.com"
user "201" { password = env("PW") }
from "users" { calls = { "1" = [reject(403, env("WORDS"))] } }
`
	load := func(text, pw, words string) *File {
		f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{LookupEnv: env(map[string]string{"PW": pw, "WORDS": words})})
		if f == nil {
			t.Fatal(found)
		}
		return f
	}
	base := load(text, "a", "No")
	for _, c := range []struct {
		file *File
		want string
	}{
		{load(text, "a", "No"), ""},
		{load(text+"# a comment\n", "a", "No"), ""},
		{load(text, "b", "No"), "users"},
		{load(text, "a", "Never"), "dialplan"},
		{load(strings.ReplaceAll(text, "pbx", "sip"), "a", "No"), "domain"},
		{load(strings.ReplaceAll(text, `"1"`, `"2"`), "a", "No"), "dialplan"},
		{load(text+"include_test_numbers = true\n", "a", "No"), "dialplan"},
		{load(text+"user \"202\" { password = \"z\" }\n", "a", "No"), "users,dialplan"},
		{load(text+"listen { rtp = \"30000-30099\" }\nstate = \"x\"\npublic_ip = \"192.0.2.1\"\n", "a", "No"), "public_ip,state,listen"},
	} {
		if got := strings.Join(base.Changed(c.file), ","); got != c.want {
			t.Errorf("changed: %s, want %s", got, c.want)
		}
	}
}

func TestCallCannotReachTheEnvironment(t *testing.T) {
	const text = `
domain = "pbx.example.com"
from "users" { calls = { "." = to == "1" ? [reject(403)] : [reject(404, env(to))] } }
`
	looked := []string{}
	f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{LookupEnv: func(name string) (string, bool) {
		looked = append(looked, name)
		return "x", true
	}})
	if f == nil {
		t.Fatal(found)
	}
	before := len(looked)
	d := f.Plan.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "HOME"})
	if len(looked) != before || d.Status != 500 {
		t.Errorf("looked up %v for a call: %s", looked[before:], d)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	s := Secret("hunter2")
	u := User{Name: "201", Password: s}
	asJSON, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("x", "password", s, "user", u)
	jsonLogger := slog.New(slog.NewJSONHandler(&log, nil))
	jsonLogger.Info("x", "password", s, "user", u)
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %#v %q", s, s, s, s), fmt.Sprintf("%v %+v %#v", u, u, u), string(asJSON), log.String(),
	} {
		if strings.Contains(shown, "hunter2") || !strings.Contains(shown, "redacted") {
			t.Errorf("shown: %s", shown)
		}
	}
	if !s.Equal("hunter2") || s.Equal("hunter") {
		t.Error("Equal is wrong")
	}
}

func TestFindTakesTheFirstThatIsThere(t *testing.T) {
	for _, c := range []struct{ flag, env, there, want string }{
		{"a.hcl", "b.hcl", "tandem.hcl", "a.hcl"},
		{"", "b.hcl", "tandem.hcl", "b.hcl"},
		{"", "", "tandem.hcl /etc/tandem/tandem.hcl", "tandem.hcl"},
		{"", "", "/etc/tandem/tandem.hcl", "/etc/tandem/tandem.hcl"},
		{"", "", "", ""},
	} {
		got, err := Find(c.flag, func(string) string { return c.env }, func(path string) bool {
			return strings.Contains(" "+c.there+" ", " "+path+" ")
		})
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("Find(%q) with %q and %q = %q, %v, want %q", c.flag, c.env, c.there, got, err, c.want)
		}
	}
}
