package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media/sound"
)

// row gives the stage a plan with one number, 1, and these steps.
func (s *stage) row(steps string) {
	s.t.Helper()
	p, err := dialplan.Parse("t.hcl", "from \"users\" {\n  calls = {\n    \"1\" = "+steps+"\n  }\n}\n", dialplan.Names{
		Users: []string{"201", "202", "203", "204"}, Trunks: []string{"alpha"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.bridge.SetPlan(p)
}

// invited is the last invitation.
func (s *stage) invited() Invitation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.invitations[len(s.invitations)-1]
}

func TestStepsSayHowTheyCall(t *testing.T) {
	for _, c := range []struct {
		name, steps string
		does        map[string][]func(*fakeLeg) tandem.Cause
		want        string
	}{
		{
			"in turn", `[ring(["user:202", "user:203"], "20s", { strategy = "in turn", each = "5s" })]`,
			both(does("202", rings(nil)), does("203", answers(time.Second))),
			"ring user:202, caller hears ringing, 202 ends 408, ring user:203, caller talks with 203, 203 ends 487",
		},
		{
			"in turn until the group's time is over", `[ring(["user:202", "user:203", "user:204"], "8s", { strategy = "in turn", each = "5s" })]`,
			both(does("202", rings(nil)), does("203", rings(nil)), does("204", answers(1))),
			"ring user:202, caller hears ringing, 202 ends 408, ring user:203, 203 ends 408, caller ends 408",
		},
		{
			"in turn after one who declines", `[ring(["user:202", "user:203"], "8s", { strategy = "in turn" })]`,
			both(does("202", refuses(1, 603)), does("203", answers(1))),
			"ring user:202, ring user:203, caller talks with 203, 203 ends 487",
		},
		{
			"a ringback of ours", `[dial("user:202", "8s", { ringback = "music" })]`, does("202", rings(answers(time.Second))),
			"ring user:202, caller hears us early, caller talks with 202, 202 ends 487",
		},
		{
			"a ringback over several targets", `[dial(["user:202", "user:203"], "8s", { ringback = "music" })]`,
			both(does("202", rings(nil)), does("203", rings(answers(time.Second)))),
			"ring user:202, caller hears us early, 202 ends 408, ring user:203, caller talks with 203, 203 ends 487",
		},
		{
			"early sound is heard", `[dial("user:202", "8s")]`, does("202", sounds(answers(time.Second))),
			"ring user:202, caller hears 202 early, caller talks with 202, 202 ends 487",
		},
		{
			"early sound is ringing", `[dial("user:202", "8s", { early = "ring" })]`, does("202", sounds(answers(time.Second))),
			"ring user:202, caller hears ringing, caller talks with 202, 202 ends 487",
		},
		{
			"early sound is nothing", `[dial("user:202", "8s", { early = "none" })]`, does("202", sounds(answers(time.Second))),
			"ring user:202, caller talks with 202, 202 ends 487",
		},
		{
			"early sound against a ringback of ours", `[dial("user:202", "8s", { ringback = "busy" })]`, does("202", sounds(answers(time.Second))),
			"ring user:202, caller hears us early, caller talks with 202, 202 ends 487",
		},
		{
			"early sound through a ringback of ours", `[dial("user:202", "8s", { ringback = "busy", early = "pass" })]`, does("202", sounds(answers(time.Second))),
			"ring user:202, caller hears 202 early, caller talks with 202, 202 ends 487",
		},
		{
			"forwarded", `[forward("user:202", "8s")]`, does("202", rings(answers(time.Second))),
			"caller is told 181, ring user:202, caller hears ringing, caller talks with 202, 202 ends 487",
		},
		{
			"forwarded twice by one", `[forward("user:202", "8s"), forward("user:203", "8s")]`, does("203", answers(1)),
			"caller is told 181, ring user:202, caller is told 181, ring user:203, caller talks with 203, 203 ends 487",
		},
		{"redirected", `[redirect("sip:a@b.example")]`, nil, "caller is redirected 302 [{sip:a@b.example 1}]"},
		{"redirected after the answer", `[answer(), redirect("sip:a@b.example")]`, nil, "caller is answered, caller ends 480"},
		{"hung up with a cause", `[hangup(17)]`, nil, "caller ends 486"},
		{"hung up with a cause after the answer", `[answer(), hangup(17)]`, nil, "caller is answered, caller ends 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.row(c.steps)
				s.does = c.does
				caller := s.call("1")
				time.Sleep(time.Minute)
				caller.hangUp()
				got := s.told()
				if strings.Contains(c.want, "talks") {
					got = strings.ReplaceAll(got, " ends 0", " ends 487") // the caller hung up
				}
				if got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		})
	}
}

// sounds is a device that sends sound before it answers.
func sounds(then func(*fakeLeg) tandem.Cause) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.later(time.Millisecond, func() { l.owner.Early(l) })
		return then(l)
	}
}

func TestATalkThatHasLastedLongEnoughIsEnded(t *testing.T) {
	onStage(t, func(s *stage) {
		s.row(`[dial("user:202", "8s", { max = "3m" })]`)
		s.does = does("202", answers(0))
		s.call("1")
		time.Sleep(3*time.Minute - time.Second)
		if got := s.told(); strings.Contains(got, "ends") {
			t.Errorf("ended too early: %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := s.told(); !strings.HasSuffix(got, "caller ends 0, 202 ends 0") {
			t.Errorf("got %s", got)
		}
		if e := s.last(Ended); e.Cause.Q850 != 16 || !strings.Contains(e.Cause.Words(), "as long as it may") {
			t.Errorf("ended by %+v", e.Cause)
		}
	})
}

func TestWhoIsShownAndWhatIsAsked(t *testing.T) {
	for _, c := range []struct {
		options string
		want    tandem.Address
	}{
		{`caller_id = "+4420"`, tandem.Address{User: "+4420"}},
		{`caller_id = "+4420", caller_name = "Sales"`, tandem.Address{User: "+4420", Name: "Sales"}},
		{`caller_name = "Sales"`, tandem.Address{User: "201", Name: "Sales"}},
		{`caller_id = "anonymous"`, tandem.Address{User: "anonymous", Private: true}},
		{`privacy = "id"`, tandem.Address{User: "201", Private: true}},
		{`privacy = "none"`, tandem.Address{User: "201"}},
	} {
		onStage(t, func(s *stage) {
			s.row(`[dial("user:202", "8s", { ` + c.options + `, headers = { "X-A" = "b" }, codecs = ["pcma"], dtmf = "info" })]`)
			s.call("1")
			s.told()
			inv := s.invited()
			if inv.Caller != c.want {
				t.Errorf("%s: %+v, want %+v", c.options, inv.Caller, c.want)
			}
			if o := inv.Options; len(o.Headers) != 1 || len(o.Codecs) != 1 || o.DTMF != "info" {
				t.Errorf("%s: asked of the branch: %+v", c.options, o)
			}
		})
	}
}

func TestAForwardedCallSaysByWhomAndWhyAndEndsInNoLoop(t *testing.T) {
	onStage(t, func(s *stage) {
		p, err := dialplan.Parse("t.hcl", `
from "users" {
  calls = {
    "202" = [dial("user:202", "5s"), forward("user:203", "5s")]
    "9"   = [forward("user:203", "5s", { by = "202", reason = "away" }), forward("user:204", "5s", { by = "202" })]
  }
}`, dialplan.Names{Users: []string{"201", "202", "203", "204"}})
		if err != nil {
			t.Fatal(err)
		}
		s.bridge.SetPlan(p)
		s.does = both(does("202", refuses(1, 486)), does("203", refuses(1, 480)))
		s.call("202")
		time.Sleep(time.Second)
		s.told()
		inv := s.invited()
		if len(inv.Diverted) != 1 || inv.Diverted[0] != (tandem.Diversion{User: "202", Reason: "user-busy"}) {
			t.Errorf("diverted %+v", inv.Diverted)
		}
		if inv.From != (dialplan.Source{Kind: dialplan.FromUser, Name: "202"}) || inv.Hops != 68 {
			t.Errorf("as a call of %s with %d hops, want one of user:202 with 68", inv.From, inv.Hops)
		}
		s.call("9")
		time.Sleep(time.Second)
		s.told()
		if inv := s.invited(); inv.Target.Name != "204" || len(inv.Diverted) != 1 { // nobody was there before: it is still the first
			t.Errorf("%s, diverted %+v", inv.Target, inv.Diverted)
		}
	})
	onStage(t, func(s *stage) {
		s.row(`[forward("user:203", "5s", { by = "202" })]`)
		s.does = does("203", answers(0))
		for _, diverted := range [][]tandem.Diversion{{{User: "202"}}, {{User: "1", Counter: 5}}} {
			l := &fakeLeg{stage: s, name: "caller"}
			s.bridge.Accept(Arrival{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "1", Hops: 69, Diverted: diverted}, func(o Owner, id tandem.CallID) Leg {
				l.owner, l.id = NewHome(o), id.Leg(0)
				return l
			})
			s.callers = append(s.callers, l)
			if got := s.told(); got != "caller ends 482" {
				t.Errorf("diverted by %v: %s", diverted, got)
			}
		}
	})
}

func TestGroupsGoByWhoTalkedLastAndHowOften(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(0)), does("203", answers(0)), does("204", answers(0)))
		talk := func() string {
			caller := s.call("1")
			time.Sleep(time.Minute)
			caller.hangUp()
			got := s.told()
			time.Sleep(time.Minute)
			first, _, _ := strings.Cut(got, ",")
			return first
		}
		s.row(`[ring(["user:202", "user:203", "user:204"], "20s", { strategy = "longest idle" })]`)
		for i, want := range []string{"202", "203", "204", "202"} {
			if got := talk(); got != "ring user:"+want {
				t.Errorf("longest idle, call %d: %s, want %s", i, got, want)
			}
		}
		s.row(`[ring(["user:202", "user:203", "user:204"], "20s", { strategy = "least calls" })]`)
		for i, want := range []string{"203", "204", "202"} { // 202 has taken two, the others one
			if got := talk(); got != "ring user:"+want {
				t.Errorf("least calls, call %d: %s, want %s", i, got, want)
			}
		}
	})
}

func TestBusyMembersAreLeftOut(t *testing.T) {
	onStage(t, func(s *stage) {
		s.row(`[ring(["user:202", "user:203"], "20s", { skip_busy = true })]`)
		s.does = both(does("202", answers(0)), does("203", refuses(1, 480)))
		first := s.call("1")
		s.told()
		second := s.call("1")
		time.Sleep(time.Second)
		if got := s.told(); got != "ring user:203, caller ends 480" {
			t.Errorf("while 202 talks: %s", got)
		}
		_ = second
		s.row(`[ring("user:202", "20s", { skip_busy = true })]`)
		s.call("1")
		if got := s.told(); got != "caller ends 486" {
			t.Errorf("while all talk: %s", got)
		}
		first.hangUp()
		s.told()
		s.call("1")
		if got := s.told(); !strings.HasPrefix(got, "ring user:202, caller talks") {
			t.Errorf("once 202 is free: %s", got)
		}
	})
}

func TestTalkersAreBounded(t *testing.T) {
	var k talkers
	for i := range maxTalkers + 10 {
		who := "user:" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String()
		k.begin(who, true)
		k.end(who, time.Now())
	}
	if len(k.all) > maxTalkers {
		t.Errorf("%d are remembered", len(k.all))
	}
}

func TestEveryToneOfTheDialplanCanBePlayed(t *testing.T) {
	for _, country := range append(dialplan.ToneCountries(), "") {
		for _, name := range dialplan.Tones() {
			if _, err := sound.NewTone(name, country, time.Second); err != nil {
				t.Errorf("%s of %q: %v", name, country, err)
			}
		}
	}
}
