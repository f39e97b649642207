package bridge

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

const menuRows = `
from "users" {
  calls = {
    "1" = [menu("main"), dial("user:203", "5s")]
    "2" = [menu("early")]
    "3" = [menu("direct")]
    "4" = [menu("round")]
    "5" = [menu("grows")]
    "6" = [dial("user:202")]
  }
}
menu "main" {
  play    = "welcome.wav"
  retries = 1
  keys = {
    "1"   = [dial("user:201", "5s")]
    "2"   = [dial("user:202", "5s")]
    "2XX" = [dial("user:${digits}")]
    "3"   = [menu("direct")]
    "4"   = [dial("user:${digits}99"), menu("main")]
    "5"   = [hangup()]
    "6"   = busy("202") ? [reject(486)] : [dial("user:202")]
  }
}
menu "early" {
  answer = false
  keys   = { "1" = [dial("user:202")], "timeout" = [reject(603)] }
}
menu "direct" {
  direct = true
  wait   = "2s"
  keys   = { "*" = [menu("main")], "else" = [dial("user:203")] }
}
menu "round" {
  retries = 10
  keys    = { "1" = [menu("round")], "timeout" = startswith(caller, "2") ? [menu("round")] : [hangup()] }
}
menu "grows" {
  keys = { "1" = [menu("grows"), hangup()] }
}
`

// plans gives the bridge the rows of users 201 to 203.
func (s *stage) plans(rows string) {
	s.t.Helper()
	p, err := dialplan.Parse("plan.hcl", rows, dialplan.Names{Users: []string{"201", "202", "203"}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.bridge.SetPlan(p)
}

// atMenus runs fn with a bridge whose plan has menus, and whose users answer at once but for 203, which rings.
func atMenus(t *testing.T, fn func(s *stage)) {
	t.Helper()
	onStage(t, func(s *stage) {
		s.plans(menuRows)
		s.does["user:201"] = []func(*fakeLeg) tandem.Cause{answers(0)}
		s.does["user:202"] = []func(*fakeLeg) tandem.Cause{answers(0)}
		s.does["user:203"] = []func(*fakeLeg) tandem.Cause{rings(nil)}
		fn(s)
	})
}

// types lets a leg press keys with no time between them.
func (l *fakeLeg) types(keys string) {
	for i := range len(keys) {
		l.owner.Post(func() { l.owner.Pressed(l, Press{Digit: media.Digit(keys[i])}) })
	}
	synctest.Wait()
}

func (s *stage) want(lines string) {
	s.t.Helper()
	if got := s.told(); got != lines {
		s.t.Errorf("got  %s\nwant %s", got, lines)
	}
}

func TestMenuCallsWhomTheKeySays(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("1")
		s.want("caller is answered")
		l.types("1")
		s.want("ring user:201, caller talks with 201")
		if e := s.last(Routed); !strings.Contains(e.Text, `key "1" of menu "main"`) {
			t.Errorf("the log says %q", e.Text)
		}
		l.hangUp()
		s.told()
	})
}

func TestMenuWaitsWhileMoreDigitsMayFollow(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("1")
		s.told()
		l.types("2")
		s.want("")
		time.Sleep(dialplan.MenuBetween - time.Millisecond)
		s.want("")
		time.Sleep(2 * time.Millisecond)
		s.want("ring user:202, caller talks with 202")
		l.hangUp()
		s.told()

		l = s.call("1")
		s.told()
		l.types("2#") // at once
		s.want("ring user:202, caller talks with 202")
		l.hangUp()
		s.told()

		l = s.call("1")
		s.told()
		l.types("20")
		time.Sleep(2 * time.Second)
		l.types("1") // nothing is longer
		s.want("ring user:201, caller talks with 201")
		l.hangUp()
		s.told()
	})
}

func TestMenuIsPlayedAgainAndThenLeft(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("1")
		s.told()
		l.types("9")
		s.want("")
		time.Sleep(dialplan.MenuWait + time.Millisecond) // and now nothing
		s.want("ring user:203")
		time.Sleep(6 * time.Second)
		s.want("203 ends 408, caller ends 0")
	})
}

func TestMenuKeepsWhatIsPressedAhead(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("1")
		s.told()
		l.types("3*3202")
		s.want("ring user:202, caller talks with 202")
		l.hangUp()
		s.told()
	})
}

func TestMenuDialsUsersByTheirNumbers(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("3")
		s.told()
		l.types("201")
		s.want("ring user:201, caller talks with 201")
		l.hangUp()
		s.told()
		l = s.call("3")
		s.told()
		l.types("7") // nobody, and no retries where "else" takes it
		s.want("ring user:203")
		l.hangUp()
		s.told()
	})
}

func TestEarlyMenuDoesNotAnswer(t *testing.T) {
	atMenus(t, func(s *stage) {
		s.call("2")
		s.want("caller hears us early")
		time.Sleep(dialplan.MenuWait + time.Millisecond)
		s.want("caller ends 603")
		l := s.call("2")
		s.told()
		l.types("1")
		s.want("ring user:202, caller talks with 202")
		l.hangUp()
		s.told()
	})
}

func TestCallerWhoPressesNothingIsNotKeptForEver(t *testing.T) {
	atMenus(t, func(s *stage) {
		s.call("4")
		s.want("caller is answered")
		time.Sleep(dialplan.MaxSilentMenus*dialplan.MenuWait - time.Second)
		s.want("")
		time.Sleep(2 * time.Second)
		s.want("caller ends 0")
	})
}

func TestKeysThatLeadRoundAreBounded(t *testing.T) {
	atMenus(t, func(s *stage) {
		l := s.call("5")
		s.told()
		for range maxPending + 2 {
			l.types("1")
		}
		s.want("caller ends 500")
		l = s.call("1") // without steps after the menu it goes on for ever
		s.told()
		for range maxPending {
			l.types("3*")
		}
		l.types("1")
		s.want("ring user:201, caller talks with 201")
		l.hangUp()
		s.told()
	})
}

func TestCallerHangsUpInAMenu(t *testing.T) {
	for name, keys := range map[string]string{"among digits": "20", "after too many": strings.Repeat("20", 100)} {
		t.Run(name, func(t *testing.T) {
			atMenus(t, func(s *stage) {
				l := s.call("1")
				s.told()
				l.types(keys)
				l.hangUp()
				s.told()
				if s.bridge.Calls() != 0 {
					t.Error("the call goes on")
				}
			})
		})
	}
}

func TestConditionsOfAKeyAreOfTheMomentItIsPressed(t *testing.T) {
	atMenus(t, func(s *stage) {
		w, who := &world{}, "202"
		s.bridge.cfg.State = w
		l := s.call("1")
		s.told()
		w.busy.Store(&who)
		l.types("6")
		s.want("caller ends 486")
		all, _ := s.bridge.Explain(tandem.CallID(strings.TrimSuffix(string(l.id), "-a")))
		if len(all) != 2 || all[1].Then != `and presses "6" in menu "main"` {
			t.Errorf("explained: %+v", all)
		}
	})
}
