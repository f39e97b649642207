package dialplan

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var testNames = Names{
	Users:  []string{"201", "202", "alice"},
	Trunks: []string{"alpha", "beta"},
	Sound:  func(s string) bool { return s == "closed.wav" || s == "welcome.wav" },
}

const office = `
let {
  carriers = ["trunk:alpha", "trunk:beta"]
  sales    = [ring(["user:201", "user:202"], "25s"), play("closed.wav")]
  bare     = trimprefix(to, "9")
  away     = "trunk:alpha/${bare}"
}
from "users" {
  calls = {
    "2XX" = [dial("user:${to}", "20s"), hangup()]
    "300" = sales
    "301" = to == "301" ? sales : [reject(403)]
    "302" = caller == "202" ? [answer(), echo()] : [reject(403, "Not you"), ]
    "303" = [play("closed.wav"), sales, reject(480)]
    "304" = [tone("busy"), wait("1500ms"), hangup()]
    "8."  = [dial("trunk:alpha")]
    "9."  = [dial(away, "1m", { caller_id = "+44${caller}", next_on = [503], record = true })]
    "7."  = [dial("sip:${to}@192.0.2.1:5080;transport=tcp")]
    "+."  = [dial(carriers, "60s")]
    "alice" = [dial("user:alice")]
  }
}
from "user:202" {
  calls = { "300" = [reject(403)] }
}
from "trunks" {
  calls = { "+442071234567" = [dial("user:201")] }
}
from "trunk:beta" {
  calls = { "." = [reject(404)] }
}
`

func mustParse(t testing.TB, source string) *Plan {
	t.Helper()
	p, err := Parse("tandem.hcl", source, testNames)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func user(name, to string) Request { return Request{From: Source{FromUser, name}, To: to} }
func trunk(name, to string) Request {
	return Request{From: Source{FromTrunk, name}, To: to, Caller: "+49301"}
}

func TestRouteGivesCompleteSteps(t *testing.T) {
	p := mustParse(t, office)
	all := DialOptions{NextOn: DefaultNextOn()}
	to := func(name string) []Target { return []Target{{Kind: TargetUser, Name: name}} }
	sales := []Step{RingStep{Targets: append(to("201"), to("202")...), Timeout: 25 * time.Second}, PlayStep{File: "closed.wav"}}
	for _, c := range []struct {
		request Request
		want    []Step
	}{
		{user("201", "202"), []Step{DialStep{to("202"), 20 * time.Second, all}, HangupStep{}}},
		{user("201", "300"), sales},
		{user("202", "300"), []Step{RejectStep{Code: 403}}},
		{user("201", "301"), sales},
		{user("202", "302"), []Step{AnswerStep{}, EchoStep{}}},
		{user("201", "302"), []Step{RejectStep{403, "Not you"}}},
		{user("201", "303"), append(append([]Step{PlayStep{File: "closed.wav"}}, sales...), RejectStep{Code: 480})},
		{user("201", "304"), []Step{ToneStep{Name: "busy"}, WaitStep{1500 * time.Millisecond}, HangupStep{}}},
		{user("201", "8123"), []Step{DialStep{[]Target{{Kind: TargetTrunk, Name: "alpha", Number: "8123"}}, DefaultTimeout, all}}},
		{user("201", "9030"), []Step{DialStep{
			[]Target{{Kind: TargetTrunk, Name: "alpha", Number: "030"}}, time.Minute, DialOptions{NextOn: []int{503}, CallerID: "+44201", Record: true},
		}}},
		{user("201", "77"), []Step{DialStep{
			[]Target{{Kind: TargetURI, URI: "sip:77@192.0.2.1:5080;transport=tcp"}}, DefaultTimeout, all,
		}}},
		{user("201", "+44"), []Step{DialStep{
			[]Target{{Kind: TargetTrunk, Name: "alpha", Number: "+44"}, {Kind: TargetTrunk, Name: "beta", Number: "+44"}}, time.Minute, all,
		}}},
		{trunk("alpha", "+442071234567"), []Step{DialStep{to("201"), DefaultTimeout, all}}},
		{trunk("beta", "+442071234567"), []Step{RejectStep{Code: 404}}},
	} {
		d := p.Route(c.request)
		if diff := cmp.Diff(c.want, d.Steps, cmpopts.EquateEmpty()); diff != "" || d.Status != 0 || d.Row == nil {
			t.Errorf("Route(%s to %q) = %s\n%s", c.request.From, c.request.To, d, diff)
		}
		if again := p.Route(c.request); again.String() != d.String() {
			t.Errorf("Route(%s to %q) = %s, then %s", c.request.From, c.request.To, d, again)
		}
	}
}

func TestRouteRefusesWhatCannotBeCalled(t *testing.T) {
	p := mustParse(t, office)
	for _, c := range []struct {
		request Request
		status  int
		reason  string
	}{
		{user("201", "5"), 404, `no row for calls from user:201 takes "5"`},
		{user("201", ""), 484, "no number was dialed"},
		{user("201", strings.Repeat("1", 129)), 414, "longer than 128"},
		{user("201", "2\x00"), 404, "not text"},
		{user("201", "2\xff"), 404, "not text"},
		{user("201", "+1@192.0.2.7"), 484, `"+1@192.0.2.7": '@' cannot stand in a number`},
		{user("201", "9"), 404, "no row"},
		{user("201", "7;x=y"), 484, "cannot stand in a number"},
		{trunk("gone", "201"), 404, "no row for calls from trunk:gone"},
		{Request{To: "201"}, 404, "no row for calls from nobody"},
	} {
		d := p.Route(c.request)
		if d.Status != c.status || !strings.Contains(d.Reason, c.reason) || len(d.Steps) > 0 {
			t.Errorf("Route(%s to %q) = %d %s, want %d ...%s...", c.request.From, c.request.To, d.Status, d.Reason, c.status, c.reason)
		}
	}
	var zero Plan
	if d := zero.Route(user("201", "1")); d.Status != 404 {
		t.Errorf("the zero Plan gives %s, want 404", d)
	}
}

func TestDialedNumberCannotPoseAsTarget(t *testing.T) {
	p := mustParse(t, `from "users" { calls = { "." = [dial(startswith(to, "2") ? "user:${to}" : "user:201")] } }`)
	for _, to := range []string{"sip:1@192.0.2.1", "trunk:alpha/0900", "user:202"} {
		if d := p.Route(user("201", to)); d.Status != 484 {
			t.Errorf("dialing %q: %s, want 484", to, d)
		}
	}
}

func TestDecisionInWords(t *testing.T) {
	p := mustParse(t, office)
	for _, c := range []struct {
		request Request
		want    string
	}{
		{user("201", "202"), `row "2XX" of from "users" (tandem.hcl:10): dial user:202 (20s); hangup`},
		{user("201", "300"), `row "300" of from "users" (tandem.hcl:11): ring user:201 and user:202 (25s); play closed.wav`},
		{user("201", "91"), `row "9." of from "users" (tandem.hcl:17): dial trunk:alpha 1 (1m, as +44201, recorded)`},
		{user("201", "+1"), `row "+." of from "users" (tandem.hcl:19): dial trunk:alpha +1, then trunk:beta +1 (1m each)`},
		{user("201", "302"), `row "302" of from "users" (tandem.hcl:13): reject 403 Not you`},
		{user("201", "5"), `no row for calls from user:201 takes "5": reject 404`},
	} {
		if got := p.Route(c.request).String(); got != c.want {
			t.Errorf("Route(%s to %q):\n%s, want\n%s", c.request.From, c.request.To, got, c.want)
		}
	}
	got := p.Route(user("202", "301")).Explain()
	want := `user:202 calls "301"
  not row "300" of from "user:202" (tandem.hcl:24): the pattern wants "0" where "301" has "1"
  not row "2XX" of from "users" (tandem.hcl:10): the pattern wants "2" where "301" has "3"
  not row "300" of from "users" (tandem.hcl:11): the pattern wants "0" where "301" has "1"
  fires: row "301" of from "users" (tandem.hcl:12)
    since to == "301" is true (tandem.hcl:12)
  1. ring user:201 and user:202 (25s)
  2. play closed.wav
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
	if got := p.Route(user("201", "299")).Explain(); !strings.Contains(got, `1. dial user:299 (20s); there is no user "299": 404`) {
		t.Errorf("Explain does not say that a user is missing:\n%s", got)
	}
}

func TestRowsOfTwoBlocksKeepTheirOrder(t *testing.T) {
	p := mustParse(t, `
from "users" { calls = { "1" = [reject(401)] } }
from "users" { calls = { "1X" = [reject(402)], "." = [reject(403)] } }`)
	for to, want := range map[string]string{"1": "reject 401", "12": "reject 402", "2": "reject 403"} {
		if d := p.Route(user("201", to)); d.Steps[0].String() != want {
			t.Errorf("%q: %s, want %s", to, d, want)
		}
	}
}

func TestTestNumbersComeLast(t *testing.T) {
	p := mustParse(t, `
include_test_numbers = true
from "users" { calls = { "605" = [reject(500)] } }`)
	for to, want := range map[string]string{
		"600": "answer; echo", "601": "answer; play welcome.wav; tone test", "602": "answer; read digits back",
		"603": "answer; call back in 5s; hangup", "604": "wait 10m; reject 480", "605": "reject 500",
		"606": "answer; hold after 10s",
	} {
		if d := p.Route(user("201", to)); !strings.HasSuffix(d.String(), ": "+want) {
			t.Errorf("%q: %s, want %s", to, d, want)
		}
		if d := p.Route(trunk("alpha", to)); d.Status != 404 {
			t.Errorf("%q from a trunk: %s, want 404", to, d)
		}
	}
}

func TestRouteIsSafeForManyGoroutines(t *testing.T) {
	p := mustParse(t, office)
	done := make(chan string)
	for range 8 {
		go func() {
			last := ""
			for range 50 {
				last = p.Route(user("201", "9030")).String()
			}
			done <- last
		}()
	}
	var all []string
	for range 8 {
		all = append(all, <-done)
	}
	if all = slices.Compact(all); len(all) != 1 {
		t.Errorf("routed differently: %q", all)
	}
}

// FuzzRoute dials anything: every decision has steps or a status, and every target in it is complete.
func FuzzRoute(f *testing.F) {
	for _, s := range []string{"201", "9030", "+44", "7;lr", "sip:a@b", "8@x", "é", "alice"} {
		f.Add(s, "202")
	}
	p := mustParse(f, office)
	f.Fuzz(func(t *testing.T, to, caller string) {
		d := p.Route(Request{From: Source{FromUser, "201"}, To: to, Caller: caller})
		if (d.Status == 0) != (len(d.Steps) > 0) {
			t.Fatalf("dialing %q: status %d with %d steps", to, d.Status, len(d.Steps))
		}
		if d.String() == "" || d.Explain() == "" {
			t.Fatalf("dialing %q: no words", to)
		}
		if utf8.ValidString(to) && utf8.ValidString(caller) { // JSON has no other text
			checkExplanation(t, d)
		}
		for _, s := range d.Steps {
			dial, ok := s.(DialStep)
			if !ok {
				continue
			}
			for _, target := range dial.Targets {
				if target.Kind == TargetTrunk && badNumber(target.Number) != "" {
					t.Errorf("dialing %q asks a trunk for %q", to, target.Number)
				}
				if target.Kind == TargetURI && uriHost(target.URI) != "192.0.2.1:5080;transport=tcp" {
					t.Errorf("dialing %q calls %s", to, target.URI)
				}
			}
		}
	})
}

func BenchmarkRoute(b *testing.B) {
	p := mustParse(b, office)
	b.Run("fixed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Route(user("201", "300"))
		}
	})
	b.Run("made", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Route(user("201", "202"))
		}
	})
}
