package bridge

import (
	"crypto/subtle"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

const (
	pinTries = 3
	// pinFirst is how long the first digit of a PIN is waited for, pinNext each
	// further one.
	pinFirst = 20 * time.Second
	pinNext  = 4 * time.Second
)

// enterRoom lets the caller into a room and lasts until it is gone, put out of it,
// or somewhere else. It returns false, and c.failure says why, when the room does
// not take the caller.
//
//	caller            Call.enterRoom                     others
//	  |---- INVITE ------->| locked or full: the next step |
//	  |<----- 200 ---------|                               |
//	  |-- PIN, # --------->| three tries                   |
//	  |<============= Room: all hear each other ==========>|
//	  |-- *6 ------------->| mutes, and back               |
//	  |-- *7 ------------->| locks, where a moderator      |
func (c *Call) enterRoom(step dialplan.RoomStep) bool {
	b := c.bridge
	rules := b.rulesOf(step.Name)
	moderator := step.Options.Moderator
	if c.failure = b.closedTo(rules, moderator || rules.ModeratorPIN != ""); c.failure.Status != 0 {
		return false
	}
	c.caller.Focus(true)
	defer func() {
		if c.caller != nil {
			c.caller.Focus(false)
		}
	}()
	if c.answer(); c.ended {
		return true
	}
	moderator, ok := c.askPIN(rules, moderator)
	if c.ended || c.wanted != nil {
		return true
	}
	if !ok {
		c.putOut(refuse(403, "no PIN of room "+rules.Name+" was given"))
		return true
	}
	s, cause := b.take(c, rules, moderator, step.Options.Muted)
	if s == nil {
		c.hearRoomSound(media.RoomRefused)
		c.failure = cause
		return false
	}
	c.stay(s)
	return true
}

// stay is the time that a caller is in a room.
func (c *Call) stay(s *seat) {
	name := s.room.rules.Name
	c.seat = s
	c.note(Joined, c.caller, "in room "+name)
	c.presses = func(p Press) { c.pressedInRoom(s, p.Digit) }
	c.hear(s.sit)
	defer func() { // also when the call's goroutine panics
		c.seat, c.sound, c.presses = nil, nil, nil
		c.bridge.give(s)
	}()
	c.until(0, func() bool { return s.out || c.wanted != nil })
	c.note(Left, c.caller, "left room "+name)
	if s.out && !c.ended {
		c.putOut(tandem.Cause{Q850: 16, Text: "put out of room " + name})
	}
}

// putOut ends the call of a caller who may not be, or stay, in a room.
func (c *Call) putOut(why tandem.Cause) {
	c.hearRoomSound(media.RoomRefused)
	c.outcome = &why
}

// hearRoomSound lets the caller alone hear a sound to its end.
func (c *Call) hearRoomSound(s media.RoomSound) {
	if c.ended {
		return
	}
	c.playToEnd(func() (sound.Source, error) { return s.Source(), nil })
}

// askPIN asks the caller for a PIN, where the room has one. ok is false when it was
// not given; without a PIN for all, nothing but # is right too.
func (c *Call) askPIN(r RoomRules, known bool) (moderator, ok bool) {
	if known || r.PIN == "" && r.ModeratorPIN == "" {
		return known, true
	}
	for range pinTries {
		c.hear(func(l Leg) {
			if m := l.Media(); m != nil {
				m.Play(media.RoomAsks.Source(), nil)
			}
		})
		given := c.gather(max(len(r.PIN), len(r.ModeratorPIN)))
		switch {
		case c.ended || c.wanted != nil:
			return false, false
		case same(given, r.ModeratorPIN):
			return true, true
		case same(given, r.PIN), given == "" && r.PIN == "":
			return false, true
		}
		c.hearRoomSound(media.RoomRefused)
	}
	return false, false
}

// same compares in a time that tells nothing; an empty PIN is nobody's.
func same(given, pin string) bool {
	return pin != "" && subtle.ConstantTimeCompare([]byte(given), []byte(pin)) == 1
}

// gather takes digits until #, the most there are, or a pause.
func (c *Call) gather(most int) string {
	var digits []byte
	last, done := time.Now(), false
	c.presses = func(p Press) {
		switch {
		case done:
		case p.Digit == '#':
			done = true
		default:
			digits, last = append(digits, byte(p.Digit)), time.Now()
			done = len(digits) >= most
		}
	}
	defer func() { c.presses = nil }()
	for !c.ended && !done && c.wanted == nil {
		wait := pinFirst
		if len(digits) > 0 {
			wait = pinNext
		}
		before := len(digits)
		c.until(time.Until(last.Add(wait)), func() bool { return done || c.wanted != nil || len(digits) > before })
		if len(digits) == before && time.Since(last) >= wait {
			break
		}
	}
	c.sound = nil
	return string(digits)
}

// pressedInRoom does what a member asks for by digits.
func (c *Call) pressedInRoom(s *seat, d media.Digit) {
	b := c.bridge
	if !s.star {
		s.star = d == '*'
		return
	}
	s.star = false
	b.rooms.mu.Lock()
	muted, locked, moderator, member := s.muted, s.room.locked, s.moderator, s.member
	b.rooms.mu.Unlock()
	switch {
	case d == '6':
		b.mute(s, !muted)
	case d == '7' && moderator:
		b.lock(s.room, !locked, s)
	case d == '*':
		s.star = true
	case member != nil:
		member.Sound(media.RoomRefused)
	}
}
