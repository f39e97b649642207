package bridge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// redirects sends the call on to these places after a time.
func redirects(after time.Duration, to ...Contact) func(*fakeLeg) tandem.Cause {
	return func(l *fakeLeg) tandem.Cause {
		l.later(after, func() {
			l.over = true
			l.owner.Redirected(l, Redirection{Cause: tandem.FromStatus(480, ""), Reason: "unconditional", To: to})
		})
		return tandem.Cause{}
	}
}

func number(n string) Contact { return Contact{URI: "sip:" + n + "@example.org", Number: n, Q: 1} }

// devices says what the devices of targets do.
type devices map[string]func(*fakeLeg) tandem.Cause

// goes plays a call of 201 to a number, and tells what happened.
func goes(t *testing.T, to string, d devices, check func(s *stage)) string {
	t.Helper()
	var told string
	onStage(t, func(s *stage) {
		for target, does := range d {
			s.does[target] = []func(*fakeLeg) tandem.Cause{does}
		}
		caller := s.call(to)
		time.Sleep(2 * time.Minute)
		told = s.told()
		if check != nil {
			check(s)
		}
		caller.hangUp()
	})
	return told
}

func TestARedirectionIsRoutedAsACallOfWhoRedirects(t *testing.T) {
	got := goes(t, "1", devices{"user:202": redirects(time.Second, number("18")), "user:203": answers(time.Second)}, func(s *stage) {
		inv := s.invitations[1]
		if inv.From != (dialplan.Source{Kind: dialplan.FromUser, Name: "202"}) || inv.Caller.User != "201" || inv.Hops != 68 {
			t.Errorf("203 is called from %v, showing %v, with %d hops", inv.From, inv.Caller, inv.Hops)
		}
		if len(inv.Diverted) != 1 || inv.Diverted[0] != (tandem.Diversion{User: "202", Reason: "unconditional"}) {
			t.Errorf("diverted by %+v", inv.Diverted)
		}
	})
	if want := "ring user:202, ring user:203, caller talks with 203"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRedirectionsAreFollowedWithinLimits(t *testing.T) {
	own := func(n int) Contact {
		return Contact{URI: fmt.Sprintf("sip:%d@alpha", n), Number: fmt.Sprint(n), Own: true, Q: 1}
	}
	for _, c := range []struct {
		name string
		to   string
		d    devices
		want string
	}{
		{"a loop", "1", devices{"user:202": redirects(time.Second, number("18")), "user:203": redirects(time.Second, number("1"))}, "ring user:202, ring user:203, caller ends 480"},
		{"to itself", "1", devices{"user:202": redirects(time.Second, number("1"))}, "ring user:202, caller ends 480"},
		{"to where no row leads", "1", devices{"user:202": redirects(time.Second, number("555"))}, "ring user:202, caller ends 480"},
		{"to a stranger", "1", devices{"user:202": redirects(time.Second, Contact{URI: "sip:x@evil.example", Q: 1})}, "ring user:202, caller ends 480"},
		{"to nobody", "1", devices{"user:202": redirects(time.Second)}, "ring user:202, caller ends 480"},
		{
			"by preference, until somebody answers", "1",
			devices{"user:202": redirects(time.Second, Contact{URI: "a", Number: "9", Q: 0.1}, Contact{URI: "b", Number: "18", Q: 0.9}), "user:203": refuses(time.Second, 486)},
			"ring user:202, ring user:203, caller ends 403",
		},
		{
			"others go on ringing", "14",
			devices{"user:201": redirects(time.Second, number("18")), "user:202": answers(3 * time.Second), "user:203": rings(nil)},
			"ring user:201, ring user:202, ring user:203, caller hears ringing, 203 ends 200, caller talks with 202",
		},
		{
			"what the dialplan does else comes last", "14",
			devices{"user:201": redirects(time.Second, number("9")), "user:202": refuses(3*time.Second, 486)},
			"ring user:201, ring user:202, caller ends 403",
		},
		{
			"a trunk's own places, five of them", "4",
			devices{
				"trunk:alpha 4": redirects(time.Second, own(1)), "trunk:alpha 1": redirects(0, own(2)), "trunk:alpha 2": redirects(0, own(3)),
				"trunk:alpha 3": redirects(0, own(5)), "trunk:alpha 5": redirects(0, own(6)), "trunk:alpha 6": redirects(0, own(7)), "trunk:alpha 7": answers(0),
			},
			"dial trunk:alpha 4, dial trunk:alpha 1, dial trunk:alpha 2, dial trunk:alpha 3, dial trunk:alpha 5, dial trunk:alpha 6, caller ends 480",
		},
		{
			"the next target after all", "3",
			devices{"trunk:alpha 3": redirects(time.Second, own(1)), "trunk:alpha 1": refuses(0, 503), "trunk:beta": answers(time.Second)},
			"dial trunk:alpha 3, dial trunk:alpha 1, dial trunk:beta 5, caller talks with beta",
		},
		{
			"not the next target after a busy one", "3",
			devices{"trunk:alpha 3": redirects(time.Second, own(1)), "trunk:alpha 1": refuses(0, 486)},
			"dial trunk:alpha 3, dial trunk:alpha 1, caller ends 486",
		},
		{
			"targets of a row one after the other", "1",
			devices{"user:202": redirects(time.Second, number("15")), "user:201": rings(nil), "user:203": answers(time.Second)},
			"ring user:202, ring user:201, caller hears ringing, 201 ends 408, ring user:203, caller talks with 203",
		},
		{
			"not the further ones after a busy one", "1",
			devices{"user:202": redirects(time.Second, number("15")), "user:201": refuses(time.Second, 486)},
			"ring user:202, ring user:201, caller ends 486",
		},
		{
			"steps that begin with a wait", "1",
			devices{"user:202": redirects(time.Second, number("11")), "user:203": answers(time.Second)},
			"ring user:202, caller hears ringing, ring user:202, ring user:203, caller talks with 203",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := goes(t, c.to, c.d, nil); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTheCallerMayGiveUpWhileARedirectionIsFollowed(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does["user:202"] = []func(*fakeLeg) tandem.Cause{redirects(time.Second, number("18"))}
		s.does["user:203"] = []func(*fakeLeg) tandem.Cause{rings(nil)}
		caller := s.call("1")
		time.Sleep(5 * time.Second)
		caller.hangUp()
		if got := s.told(); !strings.HasSuffix(got, "203 ends 487") {
			t.Error(got)
		}
	})
}

func TestATrunksOwnPlaceIsNamed(t *testing.T) {
	goes(t, "4", devices{"trunk:alpha": redirects(0, Contact{URI: "sip:9@192.0.2.9", Number: "9", Own: true, Q: 1})}, func(s *stage) {
		if inv := s.invitations[1]; inv.Place != "sip:9@192.0.2.9" || inv.Target.String() != "trunk:alpha 9" {
			t.Errorf("called %v at %q", inv.Target, inv.Place)
		}
	})
}

func TestOnlyTheLastTargetMayTakeItsTime(t *testing.T) {
	goes(t, "15", devices{"user:201": rings(nil), "user:202": rings(nil), "user:203": rings(nil)}, func(s *stage) {
		var hurry []bool
		for _, inv := range s.invitations {
			hurry = append(hurry, inv.Hurry)
		}
		if fmt.Sprint(hurry) != "[true true false]" {
			t.Errorf("in a hurry: %v", hurry)
		}
	})
}
