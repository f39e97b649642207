package bridge

import (
	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// company is who is in a call, and how the next party that is called is told of
// it. A transfer changes all of it, and one that fails brings all of it back.
type company struct {
	caller   Leg                  // nil in a call that we make, until it is answered
	other    Leg                  // the branch that answered, while the two talk
	itself   Leg                  // a branch that has said itself who has answered; nil for none
	renamed  bool                 // the caller was another one when it was answered than when it called
	options  dialplan.DialOptions // of the step that has called other
	from     dialplan.Source      // as whose calls the steps' calls are made
	shown    tandem.Address
	sentTo   string             // the number that the caller was sent on to; empty: it is where it has called
	referred tandem.Address     // who has sent the caller on; zero for nobody
	diverted []tandem.Diversion // the newest first
}

// opposite is the party that l talks with; nil when it talks with nobody.
func (c *Call) opposite(l Leg) Leg {
	switch l {
	case c.caller:
		return c.other
	case c.other:
		return c.caller
	}
	return nil
}

// swap puts a leg in the place of a party and lets it hear what that one heard.
func (c *Call) swap(old, l Leg) {
	c.forgetLines()
	if old == c.caller {
		c.caller = l
		c.shown = l.Party()
	} else {
		c.other = l
	}
	if c.sending != nil && c.sending.far == old {
		c.sending.far = l
	}
	c.options = dialplan.DialOptions{}
	delete(c.holds, old)
	delete(c.faded, old)
	delete(c.parked, old)
	c.watch()
	c.hearAgain(l)
	if c.other != nil {
		c.align()
		l.Connected(c.opposite(l).Party())
		c.opposite(l).Connected(l.Party())
	}
}

// hearAgain lets a party hear what it is to hear now, from the beginning.
func (c *Call) hearAgain(l Leg) {
	switch {
	case c.other != nil:
		c.reunite()
	case c.fork != nil && c.fork.early != nil:
		join(l, c.fork.early)
	case c.fork != nil && c.rung && c.backing == "" && c.turn == nil:
		c.hear(c.playRingback)
	case c.sound != nil:
		c.sound(l)
	}
}

// reunite lets the two parties hear each other, or music where one of them holds
// the other, or a soft tone where one is not heard from.
func (c *Call) reunite() {
	c.sound = nil
	join(c.caller, c.other)
	for _, l := range [2]Leg{c.caller, c.other} {
		switch o := c.opposite(l); {
		case c.parked[l], c.holds[o]:
			c.playMusic(l)
		case c.parked[o], c.faded[o]:
			c.playTone(l)
		}
	}
	c.caller.Suit(c.other)
}

// seenAs is whom the other party sees of one: of the caller what the step says that has called.
func (c *Call) seenAs(l Leg) tandem.Address {
	if l == c.caller {
		return ShowAs(l.Party(), c.options)
	}
	return l.Party()
}

// acquaint tells the caller who has answered: somebody else, it may be, than it has dialed. A
// number elsewhere is who it was when it was dialed, however the dialplan has written it for
// the trunk, unless that says otherwise. Who has picked the call up is told whose it is.
func (c *Call) acquaint() {
	if !c.other.Called() || c.renamed {
		c.other.Connected(c.seenAs(c.caller))
	}
	who := c.other.Party()
	if c.other.User() == "" && c.itself != c.other {
		who = c.asked()
	}
	c.caller.Connected(who)
}
