package bridge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// asks lets a leg ask for a transfer; what it is told goes into the script.
func (l *fakeLeg) asks(to string, place *Place) {
	l.owner.Post(func() {
		if l.over {
			return
		}
		cause := l.owner.Transfer(l, Transfer{
			From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, Party: l.Party(), To: to, Place: place,
			Report: func(c tandem.Cause) { l.say("is told %d", c.Status) },
		})
		if cause.Status != 0 {
			l.say("may not: %d", cause.Status)
		}
	})
}

// place is the leg as somebody who wants to replace it names it.
func (l *fakeLeg) place() *Place { return &Place{Owner: l.owner, Leg: l} }

// named is the newest branch of that name.
func (s *stage) named(name string) *fakeLeg {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.legs) - 1; i >= 0; i-- {
		if s.legs[i].name == name {
			return s.legs[i]
		}
	}
	s.t.Fatalf("nobody has called %s", name)
	return nil
}

// calling lets a call be set up to the first branch, in silence.
func (s *stage) talking(to string) (caller, callee *fakeLeg) {
	s.t.Helper()
	caller = s.call(to)
	time.Sleep(3 * time.Second)
	synctest.Wait()
	s.mu.Lock()
	callee = s.legs[len(s.legs)-1]
	s.mu.Unlock()
	s.told()
	return caller, callee
}

func TestBlindTransfers(t *testing.T) {
	for _, c := range []struct {
		name string
		by   string // who sends the other on
		to   string
		does map[string][]func(*fakeLeg) tandem.Cause
		want string
	}{
		{
			"the callee sends the caller on", "202", "18", does("203", rings(answers(time.Second))),
			"ring user:203, 202 is told 180, caller talks with 203, 202 is told 200, 202 ends 0, 203 ends 0",
		},
		{
			"the caller sends the callee on", "caller", "18", does("203", rings(answers(time.Second))),
			"ring user:203, caller is told 180, 202 talks with 203, caller is told 200, caller ends 0, 203 ends 0",
		},
		{
			"busy: the call is given back", "202", "18", does("203", refuses(time.Second, 486)),
			"ring user:203, 202 is told 486, 202 ends 0",
		},
		{
			"no answer: the call is given back", "caller", "18", does("203", rings(nil)),
			"ring user:203, caller is told 180, 203 ends 408, caller is told 408, 202 ends 0",
		},
		{"nobody there", "202", "18", nil, "ring user:203, 202 is told 480, 202 ends 0"},
		{"no row takes the number", "202", "77", nil, "202 is told 404, 202 ends 0"},
		{"the dialplan refuses", "202", "9", nil, "202 is told 403, 202 ends 0"},
		{"to the echo", "202", "10", nil, "202 is told 200, 202 ends 0"},
		{"to an announcement and an end", "202", "16", nil, "202 is told 200, 202 ends 0, caller ends 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.does = both(does("202", answers(time.Second)), c.does)
				caller, callee := s.talking("1")
				by, far := callee, caller
				if c.by == "caller" {
					by, far = caller, callee
				}
				by.asks(c.to, nil)
				time.Sleep(time.Minute)
				got := s.told()
				far.hangUp()
				for _, line := range strings.Split(s.told(), ", ") {
					if line != "" && !strings.HasPrefix(line, far.name) {
						got += ", " + strings.Replace(line, by.name+" ends 0", "202 ends 0", 1)
					}
				}
				if got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		})
	}
}

func TestTheNewPartySeesWhoWasSentOn(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", answers(1)))
		caller, callee := s.talking("1")
		s.invitations = nil
		caller.asks("18", nil)
		time.Sleep(time.Second)
		s.told()
		inv := s.invitations[0]
		if inv.Caller.User != callee.name || inv.Referred.User != caller.name || len(inv.Diverted) != 1 || inv.Diverted[0].User != caller.name {
			t.Errorf("shown %v, referred by %v, diverted %v", inv.Caller, inv.Referred, inv.Diverted)
		}
		if e := s.last(Transferred); e.Ref != callee.Ref() || !strings.Contains(e.Text, "to 203") {
			t.Errorf("event %+v", e)
		}
		callee.hangUp()
	})
}

// A party that is sent on to something of ours talks with the number that it was sent
// to, and not with whom it has called or was called by.
func TestWhoIsSentOnToTheGatewayTalksWithTheNumber(t *testing.T) {
	for _, by := range []string{"the caller", "the callee"} {
		t.Run("by "+by, func(t *testing.T) {
			onStage(t, func(s *stage) {
				l := &lamps{}
				s.bridge.cfg.Watchers = []Watcher{l}
				s.does = does("202", answers(1))
				caller, callee := s.talking("1")
				sends, far, want := callee, caller, "caller>10 confirmed"
				if by == "the caller" {
					sends, far, want = caller, callee, "202<10 confirmed"
				}
				sends.asks("10", nil)
				time.Sleep(time.Minute)
				if e := s.last(Transferred); e.Ref != far.Ref() || !strings.HasSuffix(e.Text, "to 10") {
					t.Errorf("event %+v", e)
				}
				l.mu.Lock()
				if got := l.got[len(l.got)-1]; got != want {
					t.Errorf("lamps %q, want %q", got, want)
				}
				l.mu.Unlock()
				far.hangUp()
			})
		})
	}
}

func TestTransfersOneAtATime(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", rings(nil)))
		caller, callee := s.talking("1")
		caller.asks("18", nil)
		synctest.Wait()
		callee.asks("18", nil) // REFER crosses REFER
		caller.asks("18", nil)
		time.Sleep(time.Second)
		if got := s.told(); got != "ring user:203, 202 may not: 491, caller may not: 491, caller is told 180" {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Minute)
		s.told()
		caller.asks("77", nil) // given back: it may try again
		if got := s.told(); got != "caller is told 404" {
			t.Errorf("got %s", got)
		}
		caller.hangUp()
	})
}

func TestWhoGoesDuringATransfer(t *testing.T) {
	for _, c := range []struct {
		name   string
		to     string
		does   func(*fakeLeg) tandem.Cause
		farOut bool
		want   string
	}{
		{"who sends on, and it is answered", "18", rings(answers(5 * time.Second)), false, "202 talks with 203, caller is told 200"},
		{"who sends on, and it fails", "18", rings(refuses(5*time.Second, 486)), false, "caller is told 486, 202 ends 486"},
		{"the far party", "18", rings(answers(5 * time.Second)), true, "caller is told 480, caller ends 0, 203 ends 487"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.does = both(does("202", answers(1)), does("203", c.does))
				caller, callee := s.talking("1")
				caller.asks(c.to, nil)
				time.Sleep(time.Second)
				s.told()
				if c.farOut {
					callee.hangUp()
				} else {
					caller.hangUp()
				}
				time.Sleep(time.Minute)
				if got := s.told(); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
				callee.hangUp()
			})
		})
	}
}

func TestAttendedTransferJoinsTheFarParties(t *testing.T) {
	for _, c := range []struct {
		name string
		by   func(one, two [2]*fakeLeg) (by, place *fakeLeg)
		ends string
	}{
		{"caller of both", func(one, two [2]*fakeLeg) (*fakeLeg, *fakeLeg) { return one[0], two[0] }, "202"},
		{"callee of both", func(one, two [2]*fakeLeg) (*fakeLeg, *fakeLeg) { return one[1], two[1] }, "caller"},
		{"callee, then caller", func(one, two [2]*fakeLeg) (*fakeLeg, *fakeLeg) { return one[1], two[0] }, "caller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.does = both(does("202", answers(1)), does("203", answers(1)))
				var one, two [2]*fakeLeg
				one[0], one[1] = s.talking("1")
				s.as = "caller2"
				two[0], two[1] = s.talking("18")
				by, place := c.by(one, two)
				by.asks("", place.place())
				time.Sleep(time.Second)
				if got := s.told(); got != place.name+" ends 0, "+by.name+" is told 200" {
					t.Errorf("got %s", got)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if s.bridge.Calls() != 1 || !by.over || !place.over {
					t.Errorf("%d calls; ended %v %v", s.bridge.Calls(), by.over, place.over)
				}
				s.told()
				for _, l := range []*fakeLeg{one[0], one[1]} {
					if !l.over {
						l.hangUp() // which ends the other party, of the other call
					}
				}
				if got := s.told(); !strings.HasSuffix(got, " ends 0") || s.bridge.Calls() != 0 {
					t.Errorf("got %s, %d calls", got, s.bridge.Calls())
				}
			})
		})
	}
}

func TestAttendedTransferIntoARingingCall(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", rings(answers(10*time.Second))))
		caller, callee := s.talking("1")
		s.as = "second"
		second := s.call("18")
		time.Sleep(time.Second)
		s.told()
		caller.asks("", second.place())
		time.Sleep(time.Minute)
		if got := s.told(); got != "second ends 0, caller is told 200, caller ends 0, 202 talks with 203" {
			t.Errorf("got %s", got)
		}
		callee.hangUp()
	})
}

func TestAttendedTransfersThatFailGiveTheCallBack(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", answers(1)))
		caller, callee := s.talking("1")
		second, third := s.talking("18")
		inEcho := s.call("10")
		for _, c := range []struct {
			place *Place
			want  int
		}{
			{callee.place(), 488},
			{inEcho.place(), 603},
			{&Place{Owner: second.owner, Leg: second, Match: func() tandem.Cause { return tandem.Cause{Status: 403} }}, 403},
			{&Place{Owner: second.owner, Leg: callee}, 481},
		} {
			s.told()
			caller.asks("", c.place)
			if got := s.told(); got != fmt.Sprintf("caller is told %d", c.want) {
				t.Errorf("got %s, want %d", got, c.want)
			}
		}
		second.hangUp()
		time.Sleep(time.Second)
		s.told()
		caller.asks("", second.place())
		time.Sleep(time.Second)
		if got := s.told(); got != "caller is told 481" {
			t.Errorf("got %s", got)
		}
		callee.hangUp()
		if got := s.told(); got != "caller ends 0" {
			t.Errorf("the call was not given back: %s", got)
		}
		inEcho.hangUp()
		_ = third
	})
}

func TestAttendedTransfersThatCrossEndInOrder(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", answers(1)))
		one, two := [2]*fakeLeg{}, [2]*fakeLeg{}
		one[0], one[1] = s.talking("1")
		s.as = "second"
		two[0], two[1] = s.talking("18")
		one[0].asks("", two[0].place())
		two[0].asks("", one[0].place())
		time.Sleep(time.Minute)
		got := s.told()
		if strings.Count(got, "is told") < 1 {
			t.Errorf("got %s", got)
		}
		for _, l := range []*fakeLeg{one[0], one[1], two[0], two[1]} {
			l.hangUp()
		}
		synctest.Wait()
		if s.bridge.Calls() != 0 {
			t.Errorf("%d calls are left after: %s", s.bridge.Calls(), got)
		}
	})
}

// TestManyTransfersLeaveNothing lets hundreds of calls transfer, replace and hang
// up at random moments.
func TestManyTransfersLeaveNothing(t *testing.T) {
	for seed := range uint64(4) {
		onStage(t, func(s *stage) {
			r := rand.New(rand.NewPCG(seed, 1))
			s.does = both(does("202", rings(answers(200*time.Millisecond))), does("203", rings(answers(time.Second))))
			var legs []*fakeLeg
			for range 120 {
				legs = append(legs, s.call([]string{"1", "18", "10"}[r.IntN(3)]))
			}
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			s.mu.Lock()
			legs = append(legs, s.legs...)
			s.mu.Unlock()
			for range 1500 {
				a, b := legs[r.IntN(len(legs))], legs[r.IntN(len(legs))]
				switch r.IntN(8) {
				case 0, 1:
					a.asks([]string{"1", "18", "77", "10", "16"}[r.IntN(5)], nil)
				case 2, 3, 4:
					a.asks("", b.place())
				case 5:
					s.replace(b)
				case 6:
					held := r.IntN(2) == 0
					a.owner.Post(func() { a.owner.Changed(a, held) })
				default:
					a.hangUp()
				}
				if r.IntN(3) == 0 {
					time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			s.mu.Lock()
			legs = append(append([]*fakeLeg(nil), s.legs...), s.callers...)
			s.mu.Unlock()
			for _, l := range legs {
				l.hangUp()
			}
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if n := s.bridge.Calls(); n != 0 {
				t.Errorf("seed %d: %d calls are left", seed, n)
			}
			for _, l := range legs {
				if !l.over {
					t.Errorf("seed %d: leg %s of %s lives on", seed, l.id, l.name)
				}
			}
		})
	}
}

// replace lets a new leg of the same name take a leg's place.
func (s *stage) replace(old *fakeLeg) {
	old.owner.Post(func() {
		cause := old.owner.Replace(old, Replacement{Open: func(o Owner, id tandem.LegID) Leg {
			l := &fakeLeg{stage: s, owner: NewHome(o), id: id, name: old.name + "'"}
			s.mu.Lock()
			s.legs = append(s.legs, l)
			s.mu.Unlock()
			return l
		}})
		if cause.Status != 0 {
			old.say("not replaced: %d", cause.Status)
		}
	})
}

func TestReplaceTakesThePlace(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", answers(1))
		caller, callee := s.talking("1")
		s.replace(callee)
		if got := s.told(); got != "202' talks with caller, 202 ends 0" {
			t.Errorf("got %s", got)
		}
		s.replace(callee)
		if got := s.told(); got != "202 not replaced: 481" {
			t.Errorf("got %s", got)
		}
		s.replace(caller)
		if got := s.told(); got != "caller' talks with 202', caller ends 0" {
			t.Errorf("got %s", got)
		}
		if e := s.last(Replaced); !strings.Contains(e.Text, "caller") {
			t.Errorf("event %+v", e)
		}
		s.named("202'").hangUp()
		if got := s.told(); got != "caller' ends 0" {
			t.Errorf("got %s", got)
		}
	})
}

func TestReplacePicksUpWhatRings(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = does("202", rings(nil), rings(nil))
		caller := s.call("1")
		time.Sleep(time.Second)
		s.told()
		s.replace(s.named("202a"))
		if got := s.told(); got != "202a' talks with caller, 202a ends 200, 202b ends 200, caller talks with 202a'" {
			t.Errorf("got %s", got)
		}
		caller.hangUp()
		if got := s.told(); got != "202a' ends 0" {
			t.Errorf("got %s", got)
		}
		waiting := s.call("1")
		time.Sleep(time.Second)
		s.told()
		s.replace(waiting)
		if got := s.told(); got != "caller not replaced: 481" {
			t.Errorf("an unanswered caller: %s", got)
		}
		waiting.hangUp()
	})
}
