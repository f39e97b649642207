package bridge

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

func TestForks(t *testing.T) {
	for _, c := range []struct {
		name string
		to   string
		does map[string][]func(*fakeLeg) tandem.Cause
		want string
	}{
		{
			"one device answers", "1", does("202", rings(answers(time.Second))),
			"ring user:202, caller hears ringing, caller talks with 202, 202 ends 487",
		},
		{
			"one of two devices answers", "1", does("202", answers(2*time.Second), answers(time.Second)),
			"ring user:202, 202a ends 200, caller talks with 202b, 202b ends 487",
		},
		{
			"it rings once however many ring", "5", both(does("201", rings(nil)), does("202", rings(nil)), does("203", rings(nil))),
			"ring user:201, ring user:202, ring user:203, caller hears ringing, 201 ends 408, 202 ends 408, 203 ends 408, caller ends 408",
		},
		{
			"nobody answers in time", "1", does("202", rings(nil)),
			"ring user:202, caller hears ringing, 202 ends 408, caller ends 408",
		},
		{"nobody is there", "1", nil, "ring user:202, caller ends 480"},
		{"busy", "1", does("202", refuses(time.Second, 486)), "ring user:202, caller ends 486"},
		{"a leg that cannot begin", "1", does("202", fails(503)), "ring user:202, caller ends 503"},
		{
			"one cannot begin, the other answers", "1", does("202", fails(503), answers(time.Second)),
			"ring user:202, caller talks with 202b, 202b ends 487",
		},
		{
			"a global refusal ends the search", "5", both(does("201", rings(nil)), does("202", refuses(time.Second, 603)), does("203", answers(time.Minute))),
			"ring user:201, ring user:202, ring user:203, caller hears ringing, 201 ends 487, 203 ends 487, caller ends 603",
		},
		{
			"the best of the refusals", "5", both(does("201", refuses(1, 503)), does("202", refuses(2, 486)), does("203", refuses(3, 404))),
			"ring user:201, ring user:202, ring user:203, caller ends 486",
		},
		{
			"busy says more than a timeout", "5", both(does("201", refuses(1, 486)), does("202", rings(nil))),
			"ring user:201, ring user:202, ring user:203, caller hears ringing, 202 ends 408, caller ends 486",
		},
		{
			"the next trunk after a failure", "3",
			map[string][]func(*fakeLeg) tandem.Cause{"trunk:alpha": {fails(503)}, "trunk:beta": {answers(1)}},
			"dial trunk:alpha 3, dial trunk:beta 5, caller talks with beta, beta ends 487",
		},
		{
			"not the next trunk after busy", "3",
			map[string][]func(*fakeLeg) tandem.Cause{"trunk:alpha": {refuses(1, 486)}},
			"dial trunk:alpha 3, caller ends 486",
		},
		{
			"the next after busy where next_on says so", "4",
			map[string][]func(*fakeLeg) tandem.Cause{"trunk:alpha": {refuses(1, 486)}, "trunk:beta": {refuses(1, 480)}},
			"dial trunk:alpha 4, dial trunk:beta 4, caller ends 480",
		},
		{
			"the row goes on", "2", does("202", refuses(1, 486)),
			"ring user:202, caller hears us early, caller ends 404",
		},
		{"wait rings", "11", nil, "caller hears ringing, ring user:202, ring user:203, caller ends 480"},
		{"hangup before an answer", "8", nil, "caller hears us early, caller ends 480"},
		{"reject", "9", nil, "caller ends 403"},
		{"reject after an answer", "13", nil, "caller is answered, caller ends 486"},
		{"answer, wait, hang up", "16", nil, "caller is answered, caller ends 0"},
		{"no row", "77", nil, "caller ends 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.does = c.does
				caller := s.call(c.to)
				time.Sleep(2 * time.Minute)
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

func does(user string, devices ...func(*fakeLeg) tandem.Cause) map[string][]func(*fakeLeg) tandem.Cause {
	return map[string][]func(*fakeLeg) tandem.Cause{"user:" + user: devices}
}

func both(maps ...map[string][]func(*fakeLeg) tandem.Cause) map[string][]func(*fakeLeg) tandem.Cause {
	out := map[string][]func(*fakeLeg) tandem.Cause{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestEarlySoundOfTheFirstOnly(t *testing.T) {
	onStage(t, func(s *stage) {
		early := func(after time.Duration) func(*fakeLeg) tandem.Cause {
			return func(l *fakeLeg) tandem.Cause {
				l.later(after, func() { l.owner.Early(l); l.owner.Early(l) })
				return tandem.Cause{}
			}
		}
		s.does = both(does("201", early(2)), does("202", early(1)))
		s.call("5")
		time.Sleep(time.Second)
		if got := s.told(); got != "ring user:201, ring user:202, ring user:203, caller hears 202 early" {
			t.Errorf("got %s", got)
		}
	})
}

func TestTheCallerGivesUp(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", rings(nil), rings(nil))
		caller := s.call("1")
		time.Sleep(time.Second)
		caller.owner.Post(func() { caller.gone(tandem.CauseCanceled) })
		if got := s.told(); got != "ring user:202, caller hears ringing, 202a ends 487, 202b ends 487" {
			t.Errorf("got %s", got)
		}
		if e := s.last(Ended); e.Cause.Status != 487 || e.Talked != 0 {
			t.Errorf("ended: %+v", e)
		}
	})
}

func TestDigitsHoldAndTheTimeTalked(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", answers(time.Second))
		caller := s.call("1")
		time.Sleep(2 * time.Second)
		callee := s.branch()
		caller.owner.Post(func() {
			caller.owner.Pressed(caller, Press{Digit: '5'})
			caller.owner.Pressed(callee, Press{Digit: '#'})
			caller.owner.Pressed(callee, Press{Digit: '9', InMedia: true}) // heard already
			caller.owner.Changed(callee, true)
			caller.owner.Changed(callee, false)
		})
		time.Sleep(9 * time.Second)
		caller.hangUp()
		if got := s.told(); got != "ring user:202, caller talks with 202, 202 digit 5, caller digit #, 202 ends 0" {
			t.Errorf("got %s", got)
		}
		if e := s.last(Ended); e.Talked != 10*time.Second || e.Cause.Status != 0 {
			t.Errorf("ended: %+v", e)
		}
		if e := s.last(Held); e.Party.User != "202" {
			t.Errorf("held: %+v", e)
		}
	})
}

func TestHoldTestHoldsAndResumes(t *testing.T) {
	onStage(t, func(s *stage) {
		caller := s.call("606")
		call := caller.owner.Owner().(*Call)
		for _, want := range []bool{true, false} { // what a verdict goes by
			time.Sleep(12 * time.Second)
			var held bool
			caller.owner.Post(func() { held = call.parked[caller] })
			synctest.Wait()
			if held != want {
				t.Errorf("held by the gateway: %v, want %v", held, want)
			}
		}
		caller.hangUp()
		if got := s.told(); got != "caller is answered, caller hold true, caller hold false" {
			t.Errorf("got %s", got)
		}
	})
}

func TestCallBackCallsTheCallerAfterTheEnd(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("201", rings(answers(time.Second)))
		s.call("603")
		time.Sleep(time.Minute)
		got := s.told()
		if !strings.Contains(got, "ring user:201") {
			t.Errorf("got %s", got)
		}
		back := s.branch()
		back.owner.Post(func() { back.gone(tandem.CauseNormal) })
		synctest.Wait()
		if n := s.bridge.Calls(); n != 0 {
			t.Errorf("%d calls after the end", n)
		}
		if e := s.last(Answered); e.Party.User != "201" {
			t.Errorf("answered: %+v", e)
		}
		if e := s.last(Originated); e.Party.User != "603" || e.To != "201" {
			t.Errorf("who calls whom back: %+v", e)
		}
	})
}

func TestTheBridgeIsBounded(t *testing.T) {
	onStage(t, func(s *stage) {
		s.bridge.cfg.MaxCalls = 3
		var callers []*fakeLeg
		for range 3 {
			callers = append(callers, s.call("10"))
		}
		if cause := s.bridge.Accept(Arrival{To: "10"}, nil); cause.Status != 503 {
			t.Errorf("one too many: %v", cause)
		}
		if !s.bridge.Hangup(tandem.CallID(callers[0].id[:strings.LastIndexAny(string(callers[0].id), "-./")]), tandem.CauseNormal) {
			t.Error("Hangup knows no such call")
		}
		if s.bridge.Hangup("nobody", tandem.CauseNormal) {
			t.Error("Hangup knows a call that there is not")
		}
		synctest.Wait()
		if n := s.bridge.Calls(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
		for _, c := range callers {
			c.hangUp()
		}
		synctest.Wait()
		for _, c := range callers {
			if !c.closed {
				t.Error("a leg was not closed")
			}
		}
	})
}

func TestAFullInboxRefuses(t *testing.T) {
	onStage(t, func(s *stage) {
		caller := s.call("10")
		synctest.Wait()
		block, ran := make(chan struct{}), 0
		caller.owner.Post(func() { <-block })
		synctest.Wait()
		for range inboxSize {
			if !caller.owner.Post(func() { ran++ }) {
				t.Fatal("refused although there is room")
			}
		}
		if caller.owner.Post(func() { ran++ }) {
			t.Error("a full inbox took more")
		}
		close(block)
		caller.hangUp()
		synctest.Wait()
		if ran != inboxSize {
			t.Errorf("%d of %d ran", ran, inboxSize)
		}
	})
}

func TestALegThatIsNeverDoneIsLeftAfterAWhile(t *testing.T) {
	onStage(t, func(s *stage) {
		caller := s.call("10")
		caller.owner.Post(func() { caller.stuck = true })
		caller.hangUp()
		time.Sleep(lingerFor - time.Second)
		if !caller.owner.Post(func() {}) {
			t.Error("the call is gone before its legs are done")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if caller.owner.Post(func() {}) {
			t.Error("the call takes messages after its end")
		}
		if !caller.closed {
			t.Error("the leg was not closed")
		}
	})
}

func TestAPanicOfALegIsTheEndOfOneCall(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", rings(nil))
		caller := s.call("1")
		other := s.call("10")
		caller.owner.Post(func() { panic("boom") })
		time.Sleep(time.Second)
		if got := s.told(); !strings.Contains(got, "caller ends 500") || !strings.Contains(got, "202 ends 500") {
			t.Errorf("got %s", got)
		}
		if n := s.bridge.Calls(); n != 1 {
			t.Errorf("%d calls, want the other", n)
		}
		other.hangUp()
		synctest.Wait()
		_ = caller
	})
}

func TestCloseRefusesWhoRingsAndWaits(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", rings(nil))
		s.call("1")
		time.Sleep(time.Second)
		if err := s.bridge.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if got := s.told(); !strings.HasSuffix(got, "caller ends 503, 202 ends 503") {
			t.Errorf("got %s", got)
		}
		if cause := s.bridge.Accept(Arrival{To: "10"}, nil); cause.Status != 503 {
			t.Errorf("after Close: %v", cause)
		}
	})
}

func TestSetPlanCountsForTheNextCall(t *testing.T) {
	onStage(t, func(s *stage) {
		p, err := dialplan.Parse("plan.hcl", `from "users" { calls = { "1" = [reject(486)] } }`, dialplan.Names{Users: []string{"201"}})
		if err != nil {
			t.Fatal(err)
		}
		s.bridge.SetPlan(p)
		s.call("1")
		if got := s.told(); got != "caller ends 486" {
			t.Errorf("got %s", got)
		}
	})
}

func TestBothHold(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", answers(time.Second))
		caller := s.call("1")
		time.Sleep(2 * time.Second)
		callee := s.branch()
		call := caller.owner.Owner().(*Call)
		for _, step := range []struct {
			leg  *fakeLeg
			held bool
			want bool
		}{{caller, true, false}, {callee, true, false}, {caller, false, false}, {callee, false, true}, {callee, true, false}, {callee, false, true}} {
			call.Post(func() {
				call.Changed(step.leg, step.held)
				if got := (!call.holds[call.caller] && !call.holds[call.other]); got != step.want {
					t.Errorf("%s holds %v: talking %v, want %v", step.leg.name, step.held, got, step.want)
				}
			})
			synctest.Wait()
		}
		caller.hangUp()
	})
}
