package bridge

import "github.com/tandemgw/tandem"

// Replacement is a leg that has called us to take the place of another one (RFC
// 3891): a page that was reloaded, a second device of the same user.
type Replacement struct {
	// Open makes the leg, on the call's goroutine. It must not block.
	Open func(Owner, tandem.LegID) Leg
	// Match says whether the leg to be replaced is the one that was meant; a
	// Cause with a Status means that it is not. Nil matches.
	Match func() tandem.Cause
}

// Replace implements Owner.
//
//	A            Call.Replace              B, then B'
//	|<=============== talk ==============>| B
//	|                 |<- INVITE Replaces -| B'
//	|                 |------- 200 ------->| B'
//	|                 |------- BYE ------->| B
//	|<=============== talk ==============>| B'
//
// A leg that still rings is picked up so: its INVITE is canceled.
func (c *Call) Replace(old Leg, r Replacement) tandem.Cause {
	ringing := c.fork != nil && c.fork.has(old) && c.fork.winner == nil
	switch {
	case c.ended:
		return refuse(603, "the call has ended")
	case !ringing && old != c.caller && old != c.other:
		return refuse(481, "the dialog to replace is in no call")
	case c.sending != nil && old == c.sending.by, c.wanted != nil:
		return refuse(491, "a transfer is under way")
	case old == c.caller && c.answered.IsZero():
		return refuse(481, "the dialog to replace is not answered") // RFC 3891 §3
	}
	if r.Match != nil {
		if cause := r.Match(); cause.Status != 0 {
			return cause
		}
	}
	c.tidy()
	l := r.Open(c, c.name())
	c.legs = append(c.legs, l)
	other := c.opposite(old)
	if ringing {
		other = c.caller
	}
	cause := l.Begin()
	if cause.Status == 0 {
		cause = l.Answer(other)
	}
	if cause.Status != 0 {
		l.End(cause) // which refuses it; the call stays as it was
		return tandem.Cause{}
	}
	c.note(Replaced, l, "takes the place of "+old.Party().String()+" on "+l.Path())
	if ringing { // the others, and this one, are canceled when the fork is over
		c.fork.branches = append(c.fork.branches, l)
		c.fork.winner = l
		return tandem.Cause{}
	}
	c.swap(old, l)
	old.End(tandem.CauseReplaced)
	return tandem.Cause{}
}
