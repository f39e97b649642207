package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// oneRow is a plan whose number 1 has these steps, for users and for a trunk.
func oneRow(steps string) string {
	return "from \"users\" {\n  calls = {\n    \"1\" = " + steps + "\n  }\n}\n"
}

// firstStep is the first step of the row's decision.
func firstStep(t *testing.T, steps string, r Request) Step {
	t.Helper()
	p, err := Parse("t.hcl", oneRow(steps), Names{Users: []string{"201", "202", "203"}, Trunks: []string{"alpha", "beta"}})
	if err != nil {
		t.Fatalf("%s: %v", steps, err)
	}
	d := p.Route(r)
	if d.Status != 0 || len(d.Steps) == 0 {
		t.Fatalf("%s: %s", steps, d)
	}
	return d.Steps[0]
}

func TestOptionsOfDialAreRead(t *testing.T) {
	got := firstStep(t, `[dial("trunk:alpha/5", "20s", {
      caller_id = "anonymous", caller_name = "Sales", privacy = "header", headers = { "X-Account" = 17, subject = "hello", alert-info = "<http://r.example/1>" },
      ringback = "music", early = "none", record = true, codecs = ["pcma", "pcmu"], dtmf = "info", max = "1h", next_on = [503],
    })]`, user("201", "1"))
	want := DialStep{
		Targets: []Target{{Kind: TargetTrunk, Name: "alpha", Number: "5"}}, Timeout: 20 * time.Second,
		Options: DialOptions{
			NextOn: []int{503}, CallerID: Anonymous, CallerName: "Sales", Privacy: PrivacyHeader,
			Headers:  []Header{{"X-Account", "17"}, {"Alert-Info", "<http://r.example/1>"}, {"Subject", "hello"}},
			Ringback: RingbackMusic, Early: EarlyNone, Record: true, Codecs: []string{"pcma", "pcmu"}, DTMF: "info", Max: time.Hour,
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got:\n" + d)
	}
	const words = "dial trunk:alpha 5 (20s, as anonymous, named Sales, privacy header, X-Account: 17, Alert-Info: <http://r.example/1>, Subject: hello, " +
		"ringback music, early none, recorded, codecs pcma pcmu, dtmf info, at most 1h)"
	if got.String() != words {
		t.Errorf("in words %s", got)
	}
}

func TestGroupsAreRead(t *testing.T) {
	got := firstStep(t, `[ring(["user:201", "user:202"], "1m", { strategy = "longest idle", each = "10s", skip_busy = true, ringback = "far end" })]`, user("201", "1"))
	want := RingStep{
		Targets: []Target{{Kind: TargetUser, Name: "201"}, {Kind: TargetUser, Name: "202"}}, Timeout: time.Minute,
		Strategy: RingLongestIdle, Each: 10 * time.Second, SkipBusy: true,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got:\n" + d)
	}
	if got.String() != "ring user:201, user:202 (1m, longest idle, 10s each, not the busy ones)" {
		t.Errorf("in words %s", got)
	}
}

func TestValuesOfTheCallAddNoLine(t *testing.T) {
	r := user("201", "1")
	r.Caller, r.CallerName = "+4420", "A\r\nRoute: <sip:evil.example>\x00"+strings.Repeat("é", 200)
	got := firstStep(t, `[dial("user:202", "20s", { headers = { "X-Name" = caller_name, "X-Empty" = trunk }, caller_name = caller_name })]`, r)
	o := got.(DialStep).Options
	if len(o.Headers) != 1 || strings.ContainsAny(o.Headers[0].Value, "\r\n\x00") || len(o.Headers[0].Value) > MaxHeaderValue {
		t.Errorf("headers %q", o.Headers)
	}
	if strings.ContainsAny(o.CallerName, "\r\n\x00") || len(o.CallerName) > MaxCallerName || !strings.HasPrefix(o.CallerName, "ARoute") {
		t.Errorf("name %q", o.CallerName)
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{`[dial("user:201", "20s", { headers = { Route = "<sip:x@y.example>" } })]`, `the header field Route may not be added by a step | There are X-...`},
		{`[dial("user:201", "20s", { headers = { From = "x" } })]`, `may not be added by a step | Write caller_id and caller_name.`},
		{`[dial("user:201", "20s", { headers = { Diversion = "x" } })]`, `Write forward(...).`},
		{`[dial("user:201", "20s", { headers = { Alert-Inf = "x" } })]`, `Did you mean "Alert-Info"?`},
		{`[dial("user:201", "20s", { headers = { "X y" = "x" } })]`, `"X y" is no name of a header field`},
		{`[dial("user:201", "20s", { headers = { "X-A" = "a\r\nb" } })]`, `the value of X-A is 1 to 256 octets on one line`},
		{`[dial("user:201", "20s", { headers = "X-A: b" })]`, `headers is a group in { }, not text`},
		{`[dial("user:201", "20s", { privacy = "idd" })]`, `"idd" is no privacy | Did you mean "id"?`},
		{`[dial("user:201", "20s", { early = "yes" })]`, `"yes" is no early | There are pass, ring, none.`},
		{`[dial("user:201", "20s", { ringback = "musik" })]`, `Did you mean "music"?`},
		{`[dial("user:201", "20s", { codecs = ["pcmx"] })]`, `there is no codec "pcmx" | Did you mean "pcm`},
		{`[dial("user:201", "20s", { codecs = [] })]`, `codecs is a list of names`},
		{`[dial("user:201", "20s", { dtmf = "inbnd" })]`, `Did you mean "inband"?`},
		{`[dial("user:201", "20s", { max = "25h" })]`, `out of range: from 1s to 24h`},
		{`[dial("user:201", "20s", { timeout = "10s" })]`, `the timeout stands before the options`},
		{`[dial("user:201", "20s", { strategy = "all" })]`, `dial has no option "strategy"`},
		{`[ring("user:201", "20s", { next_on = [503] })]`, `ring goes on to the next member after any failure`},
		{`[ring("user:201", "20s", { strategy = "longest idel" })]`, `Did you mean "longest idle"?`},
		{`[ring("user:201", "20s", { each = "5s" })]`, `all ring at once here | Write strategy = "in turn".`},
		{`[forward("trunk:alpha")]`, `a call is forwarded to a number, which "trunk:alpha" does not say | Write "trunk:alpha/NUMBER".`},
		{`[forward("user:202", "20s", { reason = "bussy" })]`, `"bussy" is no reason`},
		{`[forward("user:202", "20s", { by = "a@b" })]`, `nobody forwards as "a@b"`},
		{`[redirect("bob")]`, `"bob" is no place that a caller can be sent to`},
		{`[redirect("user:201")]`, `is no place that a caller can be sent to`},
		{`[redirect("sip:a b@c.example")]`, `is no place that a caller can be sent to: `},
		{`[redirect([])]`, `a redirection names 1 to 8 places, not 0`},
		{`[redirect("sip:a@b.example", 305)]`, `the status of a redirection is 300 to 302, not 305`},
		{`[redirect([{ uri = "sip:a@b.example", q = 2 }])]`, `q is a number from 0 to 1`},
		{`[redirect([{ q = 0.5 }])]`, `this place lacks its uri`},
		{`[record("onn")]`, `Did you mean "on"?`},
		{`[record("on", { beeb = true })]`, `record has no option "beeb" | Did you mean "beep"?`},
		{`[hangup(200)]`, `a cause is 1 to 127, not 200`},
		{`[tone("busy", "XX")]`, `there are no tones of country "XX" | There are AR AT`},
		{`[play([])]`, `a step plays 1 to 16 files, not 0`},
		{`[play("a.wav", { times = 0 })]`, `times is 1 to 100, not 0`},
		{`[play("a.wav", { until_digit = "x" })]`, `"x" is no digits of a telephone`},
		{`[play(["a.wav", "../b.wav"])]`, `leads out of the folder of sounds`},
	} {
		got := findingsWith(t, oneRow(c.steps), testNames)
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s\n got %q\nwant %q", c.steps, got, c.want)
		}
	}
}

func TestGroupsForwardsAndRedirectsAreSimulated(t *testing.T) {
	for _, c := range []struct {
		steps   string
		answers map[string]int
		want    string
	}{
		{`[ring(["user:201", "user:202"], "20s", { strategy = "in turn" })]`, map[string]int{"user:201": 486}, "ring user:201 > ring user:202 > answered"},
		{`[ring(["user:201", "user:202", "user:203"], "20s", { strategy = "in turn", each = "10s" })]`, allDo(NoAnswer), "ring user:201 > ring user:202 > no answer"},
		{`[ring(["user:201", "user:202"], "20s", { strategy = "in turn" })]`, allDo(603), "ring user:201 > ring user:202 > reject 603"},
		{`[forward("user:203")]`, nil, "forward user:203 > answered"},
		{`[forward(["user:203", "trunk:alpha/99"], "5s")]`, map[string]int{"user:203": 480}, "forward user:203 > forward trunk:alpha 99 > answered"},
		{`[forward("user:203"), forward("user:202")]`, allDo(486), "forward user:203 > reject 482"},
		{`[dial("user:202"), redirect(["sip:a@b.example", "tel:+44"])]`, allDo(486), "ring user:202 > redirect sip:a@b.example (q 1), tel:+44 (q 0.9)"},
		{`[answer(), redirect("sip:a@b.example")]`, nil, "answer > hangup"},
		{`[record("on", { beep = true }), dial("user:202")]`, nil, "record with a beep > ring user:202 > answered"},
		{`[play(["a.wav", "b.wav"], { times = 2 }), hangup(17)]`, nil, "play a.wav > play b.wav > hangup 17"},
		{`[tone("busy", "de")]`, nil, "tone busy DE > reject 480"},
	} {
		p, err := Parse("t.hcl", oneRow(c.steps), Names{Users: []string{"201", "202", "203"}, Trunks: []string{"alpha"}})
		if err != nil {
			t.Errorf("%s: %v", c.steps, err)
			continue
		}
		if got := strings.Join(p.Simulate(user("201", "1"), c.answers), " > "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.steps, got, c.want)
		}
	}
}

// allDo lets all targets do the same.
func allDo(status int) map[string]int {
	all := map[string]int{}
	for _, n := range []string{"201", "202", "203"} {
		all["user:"+n] = status
	}
	return all
}

func TestWhoForwardsIsWhoWasDialed(t *testing.T) {
	p, err := Parse("t.hcl", `from "users" { calls = { "2XX" = [forward("user:203")] } }`, Names{Users: []string{"201", "202", "203"}})
	if err != nil {
		t.Fatal(err)
	}
	f, ok := p.Route(user("201", "202")).Steps[0].(ForwardStep)
	if !ok || f.By != "202" || !f.User || f.String() != "forward for 202 to user:203 (30s)" {
		t.Errorf("%+v", f)
	}
	if d := p.Route(user("201", "203")); d.Status != 482 {
		t.Errorf("forwards to himself: %s", d)
	}
	if f := p.Route(user("201", "299")).Steps[0].(ForwardStep); f.By != "299" || f.User {
		t.Errorf("%+v", f)
	}
}

func TestRedirectionsThatCannotBe(t *testing.T) {
	names := Names{Users: []string{"201"}, Trunks: []string{"alpha", "beta"}, Redirects: func(trunk string) bool { return trunk == "beta" }}
	for _, c := range []struct{ source, want string }{
		{`from "trunk:alpha" { calls = { "1" = [redirect("sip:a@b.example")] } }`, `trunk "alpha" is not to be redirected`},
		{`from "trunk:beta" { calls = { "1" = [redirect("sip:a@b.example")] } }`, ""},
		{`from "trunks" { calls = { "1" = [redirect("sip:a@b.example")] } }`, `trunk "alpha" is not to be redirected: its calls are refused with 480 here`},
		{`from "users" { calls = { "1" = [answer(), play("a.wav"), redirect("sip:a@b.example")] } }`, "this row redirects a call that it has answered before"},
		{`from "users" { calls = { "1" = [redirect("sip:${to}@b.example")] } }`, ""},
	} {
		got := fmt.Sprint(findingsWith(t, c.source, names))
		if c.want == "" && got != "[]" || !strings.Contains(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}
