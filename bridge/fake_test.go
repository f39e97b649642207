package bridge

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLeg is a leg without SIP. What it is told goes into the stage's script.
type fakeLeg struct {
	stage  *stage
	owner  *Home
	id     tandem.LegID
	name   string
	begin  func(*fakeLeg) tandem.Cause // nil does nothing
	over   bool
	stuck  bool // never done by itself
	closed bool
}

func (l *fakeLeg) say(format string, args ...any) {
	l.stage.note(l.name + " " + fmt.Sprintf(format, args...))
}

func (l *fakeLeg) ID() tandem.LegID      { return l.id }
func (l *fakeLeg) Ref() string           { return "ref-" + l.name }
func (l *fakeLeg) Party() tandem.Address { return tandem.Address{User: l.name} }
func (l *fakeLeg) Source() dialplan.Source {
	return dialplan.Source{Kind: dialplan.FromUser, Name: l.name}
}
func (l *fakeLeg) User() string                         { return l.name }
func (l *fakeLeg) Called() bool                         { return l.name != "caller" }
func (l *fakeLeg) Path() string                         { return "memory" }
func (l *fakeLeg) Media() *media.Endpoint               { return nil }
func (l *fakeLeg) Focus(bool)                           {}
func (l *fakeLeg) Connected(tandem.Address)             {}
func (l *fakeLeg) Suit(Leg)                             {}
func (l *fakeLeg) Formats() []media.Codec               { return []media.Codec{{Name: "pcmu", Clock: 8000}} }
func (l *fakeLeg) Lines() []media.LineOffer             { return nil }
func (l *fakeLeg) Flowing() []media.LineOffer           { return nil }
func (l *fakeLeg) Hold(on bool)                         { l.say("hold %v", on) }
func (l *fakeLeg) Done() bool                           { return l.over && !l.stuck }
func (l *fakeLeg) Close()                               { l.closed = true }
func (l *fakeLeg) Move(to Owner)                        { l.owner.Move(to) }
func (l *fakeLeg) Digit(d media.Digit, _ time.Duration) { l.say("digit %v", d) }

func (l *fakeLeg) Redirect(status int, to []dialplan.Contact) {
	l.over = true
	l.say("is redirected %d %v", status, to)
}

func (l *fakeLeg) Reline([]media.LineOffer, func([]media.LineOffer)) {}

func (l *fakeLeg) Begin() tandem.Cause {
	if l.begin == nil {
		return tandem.Cause{}
	}
	return l.begin(l)
}

func (l *fakeLeg) Progress(p Progress) tandem.Cause {
	switch {
	case p.Status != 0:
		l.say("is told %d", p.Status)
	case p.From != nil:
		l.say("hears %s early", p.From.(*fakeLeg).name)
	case p.Sound:
		l.say("hears us early")
	default:
		l.say("hears ringing")
	}
	return tandem.Cause{}
}

func (l *fakeLeg) Answer(other Leg) tandem.Cause {
	if other == nil {
		l.say("is answered")
	} else {
		l.say("talks with %s", other.(*fakeLeg).name)
	}
	return tandem.Cause{}
}

func (l *fakeLeg) End(c tandem.Cause) {
	if l.over {
		return
	}
	l.over = true
	l.say("ends %d", c.Status)
}

// later posts f to the call after d.
func (l *fakeLeg) later(d time.Duration, f func()) {
	time.AfterFunc(d, func() {
		l.owner.Post(func() {
			if !l.over {
				f()
			}
		})
	})
}

// gone is the far end's end of a leg.
func (l *fakeLeg) gone(c tandem.Cause) {
	l.over = true
	l.owner.Ended(l, c)
}

// stage is a bridge with fake legs; it is also the Dialer and an Observer.
type stage struct {
	t      *testing.T
	bridge *Bridge
	caller *fakeLeg
	// does says what each device of a target does when it is called.
	does map[string][]func(*fakeLeg) tandem.Cause

	mu     sync.Mutex
	script []string
	events []Event
	legs   []*fakeLeg

	callers     []*fakeLeg
	invitations []Invitation
	as          string // what the next caller is called in the script; empty: "caller"
}

func (s *stage) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, line)
}

// told is everything that has happened since it was last asked.
func (s *stage) told() string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.script, ", ")
	s.script = nil
	return out
}

func (s *stage) Observe(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// last is the last event of a kind.
func (s *stage) last(k EventKind) (x Event) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == k {
			x = e
		}
	}
	return x
}

// branch is the first branch that was called.
func (s *stage) branch() *fakeLeg {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[0]
}

// Dial implements Dialer.
func (s *stage) Dial(o Owner, inv Invitation) ([]Leg, tandem.Cause) {
	s.note(inv.Target.Act())
	s.mu.Lock()
	s.invitations = append(s.invitations, inv)
	s.mu.Unlock()
	does, ok := s.does[inv.Target.String()]
	if !ok {
		does = s.does[inv.Target.Key()]
	}
	if len(does) == 0 {
		return nil, tandem.CauseOffline
	}
	var legs []Leg
	for i, begin := range does {
		name := inv.Target.Name
		if len(does) > 1 {
			name += string(rune('a' + i))
		}
		l := &fakeLeg{stage: s, owner: NewHome(o), id: inv.Name(), name: name, begin: begin}
		legs = append(legs, l)
		s.mu.Lock()
		s.legs = append(s.legs, l)
		s.mu.Unlock()
	}
	return legs, tandem.Cause{}
}

// What devices do.

func answers(after time.Duration) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.later(after, func() { l.owner.Answered(l) })
		return tandem.Cause{}
	}
}

func refuses(after time.Duration, status int) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.later(after, func() { l.gone(tandem.FromStatus(status, "")) })
		return tandem.Cause{}
	}
}

func rings(then func(*fakeLeg) tandem.Cause) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.later(time.Millisecond, func() { l.owner.Ringing(l) })
		if then == nil {
			return tandem.Cause{}
		}
		return then(l)
	}
}

func fails(status int) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.over = true
		return tandem.FromStatus(status, "")
	}
}

const rows = `
from "users" {
  calls = {
    "1"  = [dial("user:202", "20s")]
    "rec" = [dial("user:202", "20s", { record = true })]
    "2"  = [dial("user:202", "20s"), play("closed.wav"), reject(404)]
    "3"  = [dial(["trunk:alpha", "trunk:beta/5"], "60s")]
    "4"  = [dial(["trunk:alpha", "trunk:beta"], "60s", { next_on = [486] })]
    "5"  = [ring(["user:201", "user:202", "user:203"], "20s")]
    "6"  = [answer(), play("closed.wav")]
    "7"  = [answer(), dial("user:202")]
    "8"  = [tone("busy"), wait("5s"), hangup()]
    "9"  = [reject(403, "No")]
    "10" = [answer(), echo()]
    "11" = [wait("5s"), dial("user:202", "5s"), dial("user:203", "5s")]
    "12" = [play("closed.wav")]
    "13" = [answer(), reject(486)]
    "14" = [ring(["user:201", "user:202"], "5s"), dial("user:203", "5s")]
    "15" = [dial(["user:201", "user:202", "user:203"], "10s")]
    "16" = [answer(), wait("5s"), hangup()]
    "17" = [dial("user:202", "10s", { caller_id = "5550100" })]
    "18" = [dial("user:203", "20s")]
    "30" = [room("sales"), reject(480)]
    "31" = [room("sales", { moderator = true })]
    "32" = [dial(["user:202", "room:open"])]
    "33" = [room("small"), dial("user:202")]
    "34" = [room("open", { muted = true })]
    "50" = [ring(["user:201", "user:202", "user:203"], "20s", { strategy = "in turn", each = "5s" })]
    "51" = [forward(["user:202", "trunk:alpha/5"], "20s"), reject(404)]
    "52" = [dial("user:202", "5s"), redirect("sip:a@b.example")]
    "53" = [record(), dial("user:202")]
    "54" = [answer(), record("on", { beep = true }), wait("2s"), record("pause"), wait("1s"), record("off")]
  }
}
include_test_numbers = true
`

// parsed is the plan of rows, read once for all.
var parsed = sync.OnceValues(func() (*dialplan.Plan, error) {
	return dialplan.Parse("plan.hcl", rows, dialplan.Names{
		Users: []string{"201", "202", "203"}, Trunks: []string{"alpha", "beta"}, Sound: func(string) bool { return true },
	})
})

func mustPlan(t *testing.T) *dialplan.Plan {
	t.Helper()
	p, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onStage runs fn with a bridge in virtual time.
func onStage(t *testing.T, fn func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, does: map[string][]func(*fakeLeg) tandem.Cause{}}
		s.bridge = New(Config{Plan: mustPlan(t), Dialer: s, Observers: []Observer{s}, MaxCalls: 300})
		defer func() {
			if err := s.bridge.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
			if s.bridge.Calls() != 0 {
				t.Errorf("%d calls are left", s.bridge.Calls())
			}
			for _, l := range append(s.legs, s.callers...) {
				if l != nil && !l.closed {
					t.Errorf("leg %s was never closed", l.name)
				}
			}
		}()
		fn(s)
	})
}

// call lets user 201 call a number.
func (s *stage) call(to string) *fakeLeg {
	s.t.Helper()
	l := &fakeLeg{stage: s, name: cmp.Or(s.as, "caller")}
	cause := s.bridge.Accept(Arrival{
		From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: to, Caller: tandem.Address{User: "201"}, Hops: 69,
	}, func(o Owner, id tandem.CallID) Leg {
		l.owner, l.id = NewHome(o), id.Leg(0)
		return l
	})
	if cause.Status != 0 {
		s.t.Fatalf("Accept: %v", cause)
	}
	s.caller = l
	s.mu.Lock()
	s.callers = append(s.callers, l)
	s.mu.Unlock()
	return l
}

// hangUp is the caller's hanging up.
func (l *fakeLeg) hangUp() {
	l.owner.Post(func() {
		if !l.over {
			l.gone(tandem.CauseNormal)
		}
	})
}
