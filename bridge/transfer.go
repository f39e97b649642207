package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// partingGrace is how long a party that has sent the other on may take to hang up
// by itself, as telephones do when they hear that it went well (RFC 5589 §6.1).
const partingGrace = 2 * time.Second

// maxForwarded bounds the diversions of one call that are kept.
const maxForwarded = tandem.MaxDiversions

// Transfer is a party's wish that the other party of its call talks with somebody
// else: with whoever a number leads to, or with the far party of another call of
// the same party.
//
//	A talks with B          Call.sendOn              C
//	  |--- REFER: to C --------->| routed as a call of A's
//	  |<-- 202, NOTIFY 100 ------|  (B hears music)
//	  |                          |------ INVITE ----->|  from B, as it is shown
//	  |<-- NOTIFY 180 -----------|<------ 180 --------|  (B hears ringback)
//	  |<-- NOTIFY 200 -----------|<------ 200 --------|
//	  |--- BYE ----------------->|  B talks with C
//
// A failure is told in place of the 200, and A and B talk again.
type Transfer struct {
	// From is whose call to the number it is, and Party how it is known.
	From  dialplan.Source
	Party tandem.Address
	// To is the number; empty where Place is set.
	To string
	// Place is the leg whose place the other party is to take; nil for a number.
	Place *Place
	// Report is told what becomes of it, on the call's goroutine: 180 at most
	// once, and at last a cause whose Status is 200 or says why it failed. A
	// transfer whose party is gone is told too.
	Report func(tandem.Cause)
}

// Place is a leg of any call, to be replaced.
type Place struct {
	Owner Owner
	Leg   Leg
	// Match says, on the goroutine of the call that has the leg, whether it is
	// the one that was meant and may be replaced so: a Cause with a Status means
	// that it is not. Nil matches.
	Match func() tandem.Cause
}

// transfer is a Transfer that is under way.
type transfer struct {
	Transfer
	by, far Leg
	gone    bool // by has hung up
	rung    bool
	decided bool // of a hand-over: the other call has taken far, or given it back
	cause   tandem.Cause
}

func (t *transfer) report(c tandem.Cause) {
	if t.Report != nil {
		t.Report(c)
	}
}

// Transfer implements Owner. It only notes the wish: the call's goroutine carries
// it out when it comes back to it.
func (c *Call) Transfer(l Leg, t Transfer) tandem.Cause {
	far := c.opposite(l)
	switch {
	case c.ended:
		return refuse(481, "the call has ended")
	case c.wanted != nil || c.sending != nil:
		return refuse(491, "another transfer of this call is under way")
	case far == nil:
		return refuse(603, "there is no other party who could be sent on")
	}
	c.wanted = &transfer{Transfer: t, by: l, far: far}
	return tandem.Cause{}
}

// sendOn carries out the transfer that is wanted, and lasts as long as the parties
// talk that come of it. It returns what the call comes to.
func (c *Call) sendOn() tandem.Cause {
	t := c.wanted
	c.wanted, c.sending, c.parted = nil, t, t.by
	c.forgetLines()
	c.tidy()
	c.bringBack()
	before := c.company
	var why tandem.Cause
	if t.Place != nil {
		why = c.handOver(t)
	} else {
		why = c.redirect(t)
	}
	if c.sending != t || c.ended { // it went well, or all is over
		return why
	}
	c.sending = nil
	t.report(failed(why))
	c.emit(Event{
		Kind: Declined, Leg: t.by.ID(), Ref: t.by.Ref(), Party: t.by.Party(), Cause: why,
		Text: "the transfer failed: " + why.Words(),
	})
	if t.gone {
		return why
	}
	if before.caller == t.by { // not simply as before: far may have been replaced
		before.other = t.far
	} else {
		before.caller = t.far
	}
	c.company = before
	c.watch()
	c.reunite()
	c.converse()
	return tandem.CauseNormal
}

// failed is a cause as a transfer reports it: with a status that is a failure.
func failed(why tandem.Cause) tandem.Cause {
	if why.Status < 300 {
		why.Status = 480
	}
	return why
}

// redirect calls the number as a call of the party that sends on; the dialplan
// decides, and its steps are the far party's.
func (c *Call) redirect(t *transfer) tandem.Cause {
	decision := c.route(dialplan.Request{From: t.From, To: t.To, Caller: t.Party.User, CallerName: t.Party.Name, At: time.Now()})
	c.routed(t.by, "sends "+t.far.Party().String()+" on to "+t.To+": ", decision)
	if decision.Status != 0 {
		return refuse(decision.Status, decision.Reason)
	}
	c.decision = decision
	c.caller, c.other, c.sentTo = t.far, nil, t.To
	c.from, c.shown, c.referred = t.From, t.far.Party(), t.Party
	c.divert(tandem.Diversion{User: t.Party.User, Reason: "deflection"})
	c.failure, c.rung = tandem.Cause{}, false
	c.silence(t.by)
	c.hear(c.playMusic)
	c.watch()
	return c.perform(decision.Steps)
}

// asked is the number whose steps are done: what the caller has dialed, or what it was
// sent on to.
func (c *Call) asked() tandem.Address {
	if c.sentTo != "" {
		return tandem.Address{User: c.sentTo}
	}
	return tandem.Address{User: c.arrival.To}
}

// reached tells the party that sends on that the other one has somebody to talk
// with now, or something to hear; it may go. Without a transfer it does nothing.
func (c *Call) reached(who tandem.Address) {
	t := c.sending
	c.awaits = false
	if t == nil || c.ended {
		return
	}
	c.sending = nil
	delete(c.holds, t.by)
	c.tell(Transferred, t.far, "by "+t.by.Party().String()+" to "+who.String(), Facts{By: t.by.ID()})
	t.report(tandem.Cause{Status: 200})
	if !t.gone {
		c.part(t.by)
	}
}

// part ends the leg of a party that has sent the other on, unless it does so
// itself.
func (c *Call) part(l Leg) {
	time.AfterFunc(partingGrace, func() { c.Post(func() { l.End(tandem.CauseTransferred) }) })
}

// left takes note of the end of a party that has sent the other on and has not
// heard yet what came of it.
func (c *Call) left(l Leg) bool {
	if c.sending == nil || l != c.sending.by {
		return false
	}
	c.sending.gone = true
	return true
}

// abandon tells whoever waits for a transfer that the call is over.
func (c *Call) abandon() {
	for _, t := range [2]*transfer{c.wanted, c.sending} {
		if t != nil {
			c.guard(func() { t.report(failed(c.why)) })
		}
	}
	c.wanted, c.sending = nil, nil
}

// tidy forgets legs that are done, so that a call that is sent on for ever does
// not grow.
func (c *Call) tidy() {
	kept := c.legs[:0]
	for _, l := range c.legs {
		if l.Done() && l != c.caller && l != c.other {
			l.Close()
			delete(c.holds, l)
			delete(c.faded, l)
			delete(c.rings, l)
			delete(c.parked, l)
			continue
		}
		kept = append(kept, l)
	}
	clear(c.legs[len(kept):])
	c.legs = kept
}
