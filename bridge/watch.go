package bridge

import "github.com/tandemgw/tandem"

// Stage is how far a leg has come, in the words of RFC 4235 §3.7.1.
type Stage uint8

// The stages of a leg. One that is over is not told of any more.
const (
	Trying    Stage = iota // called or calling, and nobody is alerted yet
	EarlyOn                // it rings, or sends sound before the answer
	Confirmed              // answered
)

// Standing is one leg of a call whose far end is a user of ours, as somebody sees
// it who watches that user.
type Standing struct {
	Leg  tandem.LegID
	User string // never empty
	// Called says that we have called the user; else he has called us.
	Called bool
	Stage  Stage
	// Other is whom the user talks with, is called by or wants to talk with.
	Other tandem.Address
	// Held says that the user has put the other on hold.
	Held bool
}

// Watcher is told how the users in a call stand after each step of the call: all
// their legs that are not over, none once the call is. It is called on the call's
// goroutine and must not block; legs is its own to keep.
type Watcher interface {
	Watch(call tandem.CallID, legs []Standing)
}

// watch tells the watchers how the call stands.
func (c *Call) watch() {
	c.retape()
	c.noteTalkers()
	if len(c.bridge.cfg.Watchers) == 0 {
		return
	}
	var legs []Standing
	for _, l := range c.legs {
		if s, ok := c.standing(l); ok {
			legs = append(legs, s)
		}
	}
	for _, w := range c.bridge.cfg.Watchers {
		w.Watch(c.id, legs)
	}
}

// standing says how one leg stands; false where it is over or no user's.
func (c *Call) standing(l Leg) (Standing, bool) {
	s := Standing{Leg: l.ID(), User: l.User(), Called: l.Called(), Other: c.shown, Held: c.holds[l]}
	if c.ended || s.User == "" {
		return s, false
	}
	branch := c.fork != nil && c.fork.has(l)
	switch {
	case l == c.caller && (!c.answered.IsZero() || c.other != nil), l == c.other:
		s.Stage = Confirmed
	case l == c.caller && (c.rung || c.fork != nil && c.fork.early != nil), branch && c.rings[l]:
		s.Stage = EarlyOn
	case l != c.caller && !branch:
		return s, false
	}
	switch {
	case c.opposite(l) != nil:
		s.Other = c.opposite(l).Party()
	case l == c.caller && (!s.Called || c.sentTo != ""):
		s.Other = c.asked()
	}
	return s, true
}

// alerting notes that the far end of a branch is being alerted.
func (c *Call) alerting(l Leg) {
	if c.rings == nil {
		c.rings = make(map[Leg]bool)
	}
	c.rings[l] = true
}
