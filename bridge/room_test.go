package bridge

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

// enters lets somebody call a number and press digits.
func (s *stage) enters(as, to, digits string) *fakeLeg {
	s.t.Helper()
	s.as = as
	l := s.call(to)
	l.press(digits)
	return l
}

// press lets a leg press digits, with time for what each leads to.
func (l *fakeLeg) press(digits string) {
	for _, d := range digits {
		time.Sleep(time.Second)
		l.owner.Post(func() {
			l.owner.Pressed(l, Press{Digit: media.Digit(d), Length: 100 * time.Millisecond, InMedia: true})
		})
	}
	time.Sleep(time.Second)
	synctest.Wait()
}

// roster writes who is in a room.
func (s *stage) roster(name string) string {
	synctest.Wait()
	v, ok := s.bridge.Room(name)
	if !ok {
		return "no room"
	}
	text := ""
	if v.Locked {
		text = "locked "
	}
	for _, m := range v.Members {
		text += m.ID + ":" + m.User
		if m.Moderator {
			text += "!"
		}
		if m.Muted {
			text += "-"
		}
		text += " "
	}
	return text
}

func (s *stage) wantRoster(name, want string) {
	s.t.Helper()
	if got := s.roster(name); got != want {
		s.t.Errorf("room %s is %q, want %q", name, got, want)
	}
}

func TestRoomIsThereWhileSomebodyIsInIt(t *testing.T) {
	onStage(t, func(s *stage) {
		s.wantRoster("608", "no room")
		ann := s.enters("ann", "608", "")
		bob := s.enters("bob", "608", "")
		s.wantRoster("608", "1:ann 2:bob ")
		if got := s.told(); got != "ann is answered, bob is answered" {
			t.Errorf("told %q", got)
		}
		if e := s.last(Joined); e.Party.User != "bob" || e.Text != "in room 608" {
			t.Errorf("event %+v", e)
		}
		ann.hangUp()
		s.wantRoster("608", "2:bob ")
		bob.hangUp()
		s.wantRoster("608", "no room")
		if len(s.bridge.Rooms()) != 0 {
			t.Errorf("rooms %v are left", s.bridge.Rooms())
		}
	})
}

func TestRoomByDialAfterNoAnswer(t *testing.T) {
	onStage(t, func(s *stage) {
		s.enters("ann", "32", "") // nobody is registered as 202
		s.wantRoster("open", "1:ann ")
		s.enters("bob", "34", "")
		s.wantRoster("open", "1:ann 2:bob- ")
	})
}

func TestRoomAsksForItsPIN(t *testing.T) {
	for _, c := range []struct{ name, digits, want, told string }{
		{"right", "4711", "1:ann ", "ann is answered"},
		{"with #", "4711#", "1:ann ", "ann is answered"},
		{"moderator", "081500#", "1:ann! ", "ann is answered"},
		{"second try", "1234#4711#", "1:ann ", "ann is answered"},
		{"third try", "1#2#4711#", "1:ann ", "ann is answered"},
		{"never", "1#2#3#", "", "ann is answered, ann ends 403"},
		{"nothing", "###", "", "ann is answered, ann ends 403"},
		{"none", "", "", "ann is answered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.bridge.SetRooms([]RoomRules{{Name: "sales", PIN: "4711", ModeratorPIN: "081500"}})
				s.enters("ann", "30", c.digits)
				time.Sleep(5 * time.Second)
				s.wantRoster("sales", c.want)
				if got := s.told(); got != c.told {
					t.Errorf("told %q, want %q", got, c.told)
				}
				if c.name == "none" {
					time.Sleep(2 * time.Minute)
					if got := s.told(); got != "ann ends 403" {
						t.Errorf("after two minutes told %q", got)
					}
				}
			})
		})
	}
}

func TestWithAModeratorPINAloneEverybodyIsLetIn(t *testing.T) {
	onStage(t, func(s *stage) {
		s.bridge.SetRooms([]RoomRules{{Name: "sales", ModeratorPIN: "99"}})
		s.enters("ann", "30", "#")
		s.enters("bob", "30", "99")
		s.wantRoster("sales", "1:ann 2:bob! ")
	})
}

func TestFullAndLockedRoomsLeaveTheCallToTheNextStep(t *testing.T) {
	onStage(t, func(s *stage) {
		s.bridge.SetRooms([]RoomRules{{Name: "small", Max: 2}, {Name: "sales", Locked: true}})
		s.does["user:202"] = append(s.does["user:202"], answers(time.Second))
		s.enters("a", "33", "")
		s.enters("b", "33", "")
		s.told()
		s.enters("c", "33", "")
		time.Sleep(2 * time.Second)
		s.wantRoster("small", "1:a 2:b ")
		if got := s.told(); got != "ring user:202, c talks with 202" {
			t.Errorf("told %q", got)
		}
		s.enters("d", "30", "")
		s.wantRoster("sales", "locked ")
		if got := s.told(); got != "d ends 480" {
			t.Errorf("told %q", got)
		}
		s.enters("e", "31", "*7") // a moderator, who unlocks it
		s.enters("f", "30", "")
		s.wantRoster("sales", "1:e! 2:f ")
	})
}

func TestDigitsInARoom(t *testing.T) {
	onStage(t, func(s *stage) {
		ann := s.enters("ann", "30", "")
		bob := s.enters("bob", "31", "")
		ann.press("1*6")
		s.wantRoster("sales", "1:ann- 2:bob! ")
		ann.press("*6*7")
		s.wantRoster("sales", "1:ann 2:bob! ")
		bob.press("**7")
		s.wantRoster("sales", "locked 1:ann 2:bob! ")
		bob.press("*9*7")
		s.wantRoster("sales", "1:ann 2:bob! ")
	})
}

func TestActsOnARoom(t *testing.T) {
	onStage(t, func(s *stage) {
		s.enters("ann", "608", "")
		s.enters("bob", "608", "")
		s.told()
		for _, c := range []struct {
			room, member string
			act          RoomAct
			ok           bool
			want         string
		}{
			{"608", "1", RoomMute, true, "1:ann- 2:bob "},
			{"608", "1", RoomUnmute, true, "1:ann 2:bob "},
			{"608", "", RoomLock, true, "locked 1:ann 2:bob "},
			{"608", "", RoomUnlock, true, "1:ann 2:bob "},
			{"608", "3", RoomMute, false, "1:ann 2:bob "},
			{"608", "", RoomMute, false, "1:ann 2:bob "},
			{"608", "1", RoomLock, false, "1:ann 2:bob "},
			{"609", "", RoomLock, false, "1:ann 2:bob "},
			{"608", "1", "paint", false, "1:ann 2:bob "},
			{"608", "1", RoomKick, true, "2:bob "},
		} {
			if ok := s.bridge.ActOnRoom(c.room, c.member, c.act); ok != c.ok {
				t.Errorf("%s %q of room %s: %v", c.act, c.member, c.room, ok)
			}
			s.wantRoster("608", c.want)
		}
		if got := s.told(); got != "ann ends 0" {
			t.Errorf("told %q", got)
		}
		if e := s.last(Ended); e.Cause.Text != "put out of room 608" {
			t.Errorf("the call ended with %+v", e.Cause)
		}
	})
}

// TestAttendedTransferIntoARoom is a telephone of two lines that merges: it talks
// with 202 on one and is in the room on the other.
func TestAttendedTransferIntoARoom(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does["user:202"] = append(s.does["user:202"], answers(time.Second))
		s.as = "line1"
		line1, _ := s.talking("1")
		line2 := s.enters("line2", "608", "")
		s.enters("carol", "608", "")
		s.told()
		line1.asks("", line2.place())
		time.Sleep(5 * time.Second)
		s.wantRoster("608", "1:202 2:carol ")
		if got := s.told(); got != "line2 ends 0, line1 is told 200, line1 ends 0" {
			t.Errorf("told %q", got)
		}
	})
}

func TestBlindTransferIntoARoom(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does["user:202"] = append(s.does["user:202"], answers(time.Second))
		s.as = "ann"
		ann, _ := s.talking("1")
		ann.asks("608", nil)
		time.Sleep(5 * time.Second)
		s.wantRoster("608", "1:202 ")
		if got := s.told(); got != "ann is told 200, ann ends 0" {
			t.Errorf("told %q", got)
		}
	})
}

func TestLegInARoomIsReplaced(t *testing.T) {
	onStage(t, func(s *stage) {
		ann := s.enters("ann", "608", "*6")
		l := &fakeLeg{stage: s, name: "again"}
		s.mu.Lock()
		s.legs = append(s.legs, l)
		s.mu.Unlock()
		ann.owner.Post(func() {
			ann.owner.Replace(ann, Replacement{Open: func(o Owner, id tandem.LegID) Leg {
				l.owner, l.id = NewHome(o), id
				return l
			}})
		})
		s.wantRoster("608", "1:again- ")
	})
}

func TestGatewayThatStopsEmptiesItsRooms(t *testing.T) {
	var b *Bridge
	onStage(t, func(s *stage) {
		for i := range 5 {
			s.enters(fmt.Sprint("u", i), "608", "")
		}
		b = s.bridge
	})
	if len(b.Rooms()) != 0 {
		t.Errorf("rooms %v are left", b.Rooms())
	}
}

func TestNoRoomIsOpenedWhileSoundWouldSuffer(t *testing.T) {
	onStage(t, func(s *stage) {
		s.bridge.cfg.Busy = func() bool { return true }
		s.enters("ann", "31", "")
		if got := s.told(); got != "ann ends 503" {
			t.Errorf("told %q", got)
		}
	})
}
