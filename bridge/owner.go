package bridge

import "github.com/tandemgw/tandem"

var _ Owner = (*Call)(nil)

// Ringing implements Owner: the caller hears that it rings, once.
func (c *Call) Ringing(l Leg) {
	if c.ended || c.fork == nil || !c.fork.has(l) {
		return
	}
	c.alerting(l)
	c.note(Ringing, l, "rings on "+l.Path())
	if t := c.sending; t != nil && !t.rung {
		t.rung = true
		t.report(tandem.Cause{Status: 180})
	}
	c.alerted(l)
	c.watch()
}

// tellRinging sends one 180 to the caller, or a ringback tone where the caller
// is answered already and so hears nothing from its own phone.
func (c *Call) tellRinging() {
	if c.caller == nil || c.rung {
		return
	}
	c.rung = true
	if !c.answered.IsZero() {
		c.hear(c.playRingback)
		return
	}
	if cause := c.caller.Progress(Progress{}); cause.Status != 0 {
		c.over(cause)
	}
}

// Early implements Owner: the first branch that sends sound is heard; the early
// media of the others is not, since a caller has one pair of ears.
func (c *Call) Early(l Leg) {
	if c.ended || c.fork == nil || !c.fork.has(l) || c.fork.early != nil || c.turn != nil {
		return
	}
	c.alerting(l)
	c.note(Early, l, "sound before the answer")
	if c.caller == nil || !c.hearsEarly(l) {
		return
	}
	c.fork.early, c.backing = l, ""
	if cause := c.caller.Progress(Progress{Sound: true, From: l}); cause.Status != 0 {
		c.over(cause)
		return
	}
	c.sound = nil
	join(c.caller, l)
}

// Answered implements Owner: the first branch that answers has the call.
func (c *Call) Answered(l Leg) {
	if c.ended || c.fork == nil || !c.fork.has(l) || c.fork.winner != nil {
		l.End(tandem.CauseElsewhere)
		return
	}
	c.fork.winner = l
}

// Changed implements Owner: the party that holds no longer hears the other, who
// gets music instead of silence. Nothing is sent to the other leg's far
// end: a hold is a change of direction on one leg alone.
func (c *Call) Changed(l Leg, held bool) {
	if c.ended {
		return
	}
	kind, text := Resumed, "resumed"
	if held {
		kind, text = Held, "on hold"
	}
	c.note(kind, l, text)
	c.holds[l] = held
	c.watch()
	if c.opposite(l) != nil {
		c.reunite()
	}
}

// Renamed implements Owner.
func (c *Call) Renamed(l Leg) {
	if c.fork != nil && c.fork.winner == l {
		c.itself = l
		return
	}
	if l == c.caller && c.other == nil {
		c.renamed, c.shown = true, l.Party()
	}
	if o := c.opposite(l); o != nil && !c.ended {
		o.Connected(c.seenAs(l))
		c.watch()
	}
}

// Other implements Owner.
func (c *Call) Other(l Leg) Leg {
	if c.ended {
		return nil
	}
	return c.opposite(l)
}

// Pressed implements Owner: a digit that came by signaling goes to the other
// party; one that came in the media is heard there already.
func (c *Call) Pressed(l Leg, p Press) {
	if c.ended {
		return
	}
	if o := c.opposite(l); o != nil {
		if !p.InMedia {
			o.Digit(p.Digit, p.Length)
		}
		return
	}
	if l == c.caller && c.presses != nil {
		c.presses(p)
	}
}

// Ended implements Owner.
func (c *Call) Ended(l Leg, cause tandem.Cause) {
	if c.fork != nil && c.fork.has(l) && l != c.fork.winner {
		if !c.ended {
			e := Event{Kind: Declined, Cause: cause, Text: cause.Words()}
			e.of(l)
			c.emit(e)
		}
		c.failed(c.fork, l, cause)
		return
	}
	switch {
	case c.left(l):
	case l == c.caller, l == c.other, c.fork != nil && l == c.fork.winner, c.sending != nil && l == c.sending.far:
		if !c.ended {
			c.endedBy = l.ID()
		}
		c.over(cause)
	}
}
