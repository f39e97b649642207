package bridge

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem"
)

// An attended transfer gives a leg of one call to another one:
//
//	call 1: A - B        A refers B to the place of A' in call 2        call 2: A' - C
//	   | handOver: B belongs to nobody (Leg.Move nil)                      |
//	   |---------------------------- gift B ------------------------------>| receive: B is C's
//	   |<------------------------- taken, or back ------------------------ |
//
// Between the two goroutines nobody waits with a lock held, and what comes of B
// meanwhile waits in B's own queue.

// handOverTime is how long another call may take to say whether it has a leg.
const handOverTime = 10 * time.Second

// gift is a leg on its way to another call.
type gift struct {
	leg      Leg
	held     bool // the leg holds its other party
	answered time.Time
	place    *Place
	by       tandem.Address
	from     *Call
	done     func(tandem.Cause) // runs on from's goroutine
}

// handOver gives the far party to the call whose leg it is to replace, and waits
// for that call's word.
func (c *Call) handOver(t *transfer) tandem.Cause {
	there := callOf(t.Place.Owner)
	switch {
	case there == nil:
		return refuse(481, "the call to join has ended")
	case there == c:
		return refuse(488, "both dialogs are of one call")
	}
	c.tell(Routed, t.by, "joins "+t.far.Party().String()+" with the other party of call "+string(there.id), Facts{Joins: there.id})
	c.silence(t.by)
	c.caller, c.other = t.by, nil
	c.playMusic(t.far)
	held := c.holds[t.far]
	c.drop(t.far)
	c.watch()
	t.far.Move(nil)
	g := gift{leg: t.far, held: held, answered: c.answered, place: t.Place, by: t.by.Party(), from: c}
	g.done = func(cause tandem.Cause) {
		if t.decided, t.cause = true, cause; cause.Status != 0 {
			c.takeBack(g)
		}
	}
	if !there.Post(func() { there.receive(g) }) {
		g.done(refuse(481, "the call to join has ended"))
	}
	c.until(handOverTime, func() bool { return t.decided })
	switch {
	case c.ended:
		return tandem.Cause{}
	case !t.decided: // the other call has panicked over it
		c.over(tandem.CauseInternal)
		return tandem.Cause{}
	case t.cause.Status != 0:
		return t.cause
	}
	c.sending = nil
	t.report(tandem.Cause{Status: 200})
	if !t.gone {
		c.until(partingGrace, t.by.Done)
	}
	return tandem.CauseTransferred
}

// takeBack has a leg again that the other call did not want.
func (c *Call) takeBack(g gift) {
	c.legs = append(c.legs, g.leg)
	if g.held {
		c.holds[g.leg] = true
	}
	g.leg.Move(c)
	if c.ended {
		g.leg.End(c.why)
	}
}

// drop takes a leg out of the call, without a word to it.
func (c *Call) drop(l Leg) {
	c.legs = slices.DeleteFunc(c.legs, func(o Leg) bool { return o == l })
	delete(c.holds, l)
	delete(c.faded, l)
	delete(c.rings, l)
	delete(c.parked, l)
}

// receive lets a leg of another call take the place of one of ours, on our
// goroutine, and says what came of it.
func (c *Call) receive(g gift) {
	if cause := c.fits(g.place); cause.Status != 0 {
		if !g.from.Post(func() { g.done(cause) }) { // that call is no more
			c.legs = append(c.legs, g.leg)
			g.leg.Move(c)
			g.leg.End(cause)
		}
		return
	}
	c.legs = append(c.legs, g.leg)
	old := g.place.Leg
	c.swap(old, g.leg)
	c.holds[g.leg] = g.held
	if c.answered.IsZero() {
		c.answered = g.answered
	}
	g.leg.Move(c)
	c.tell(Transferred, g.leg, "by "+g.by.String()+" into the place of "+old.Party().String(), Facts{Joins: g.from.id})
	old.End(tandem.CauseTransferred)
	g.from.Post(func() { g.done(tandem.Cause{}) }) // or that call is no more, and does not care
}

// fits says whether another leg may take a place in this call now.
func (c *Call) fits(p *Place) tandem.Cause {
	switch {
	case c.ended || (p.Leg != c.caller && p.Leg != c.other):
		return refuse(481, "the call to join has ended")
	case c.sending != nil || c.wanted != nil:
		return refuse(491, "a transfer of the call to join is under way")
	case c.other == nil && c.fork == nil && c.seat == nil && c.turn == nil:
		return refuse(603, "there is no other party in the call to join")
	}
	if p.Match != nil {
		return p.Match()
	}
	return tandem.Cause{}
}

// callOf is the call behind an Owner; nil where the leg has none.
func callOf(o Owner) *Call {
	if h, ok := o.(*Home); ok {
		o = h.Owner()
	}
	c, _ := o.(*Call)
	return c
}
