package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// maxBranches bounds the branches of one dial or ring step.
const maxBranches = 64

// fork is the branches that are called at the same time, of which one may
// answer. It belongs to the call's goroutine.
type fork struct {
	branches []Leg
	early    Leg // the one whose early media the caller hears
	winner   Leg
	quit     bool             // the caller has had enough of it
	best     tandem.Cause     // of those that have failed
	called   map[Leg]*calling // how each branch was called
	chains   []*chain         // the redirections that are followed
	after    *continuation    // what a redirection leads to when nobody answers; nil: nothing
}

// calling is how a target is called: as whose call, and for whose sake.
type calling struct {
	target  dialplan.Target
	place   string // the URI that a trunk has named itself; "" for the target's own
	shown   tandem.Address
	hurry   bool
	options dialplan.DialOptions // of the step that calls it
	sender
	chain *chain // nil for what the step itself calls
}

// sender is as whose call somebody is called, and by whom it was sent on.
type sender struct {
	from     dialplan.Source
	diverted []tandem.Diversion // the newest first
	hops     int
}

// sender is as whose call the steps' calls are made.
func (c *Call) sender() sender { return sender{c.from, c.diverted, c.arrival.Hops - c.forwards} }

func (f *fork) has(l Leg) bool {
	for _, b := range f.branches {
		if b == l {
			return true
		}
	}
	return false
}

// drop takes a branch out that has failed and keeps the better of the causes.
func (f *fork) drop(l Leg, cause tandem.Cause) {
	f.remove(l)
	f.best = better(f.best, cause)
}

// remove takes a branch out.
func (f *fork) remove(l Leg) {
	for i, b := range f.branches {
		if b == l {
			f.branches = append(f.branches[:i], f.branches[i+1:]...)
			break
		}
	}
	if f.early == l {
		f.early = nil
	}
}

// decided says that waiting longer changes nothing: somebody answered, everybody
// failed, or somebody refused for the whole world (RFC 3261 §16.7 step 5: a 6xx
// ends the search).
func (f *fork) decided() bool {
	return f.quit || f.winner != nil || len(f.branches) == 0 || f.best.Status >= 600
}

// better chooses between two failures as RFC 3261 §16.7 step 6 does: a 6xx
// before all, then the lowest class; among 4xx, busy before no answer before all
// else. dialplan's simulator chooses the same way.
func better(a, b tandem.Cause) tandem.Cause {
	if a.Status == 0 || rank(b) < rank(a) {
		return b
	}
	return a
}

func rank(c tandem.Cause) int {
	switch class := c.Status / 100; {
	case class == 6:
		return 0
	case class != 4:
		return class * 10
	}
	switch c.Status {
	case 486:
		return 41
	case 408:
		return 42
	}
	return 43
}

// try calls the targets at the same time and waits until somebody answers
// (c.other is set) or nobody will (c.failure is set, and c.outcome where somebody
// has sent the caller on to steps that decide).
func (c *Call) try(all []calling, timeout time.Duration) {
	f := &fork{called: make(map[Leg]*calling)}
	c.fork = f
	for _, who := range all {
		c.invite(f, who)
	}
	c.tellBegun(f)
	c.until(timeout, f.decided)
	c.fork = nil
	f.stop()
	why := tandem.CauseElsewhere
	switch {
	case f.winner != nil:
		c.other, c.member, c.options = f.winner, "", dialplan.DialOptions{}
		if who := f.called[f.winner]; who != nil { // else it has taken the place of one that rang
			c.member, c.options = who.target.String(), who.options
		}
	case c.ended:
		return // finish ends the branches, with the caller's reason
	case f.best.Status >= 600, len(f.branches) == 0:
		c.failure, why = f.best, tandem.CauseCanceled
	default:
		late := tandem.CauseNoAnswer
		late.Detail = "the dialplan's timeout of " + timeout.String()
		c.failure, why = better(f.best, late), late
	}
	for _, l := range f.branches {
		if l != f.winner {
			l.End(why)
		}
	}
	c.watch()
	if f.after != nil && c.other == nil {
		c.continueWith(f.after)
	}
}

// invite calls one target of a fork.
func (c *Call) invite(f *fork, who calling) {
	t := who.target
	inv := Invitation{
		Call: c.id, Target: t, Place: who.place, From: who.from, By: c.caller, Caller: who.shown, Hops: who.hops, Hurry: who.hurry,
		Diverted: who.diverted, Referred: c.referred, Name: c.name,
		Device: c.arrival.Device, Options: who.options,
	}
	c.visit(who)
	if c.caller != nil {
		inv.Formats, inv.Lines = c.caller.Formats(), c.caller.Lines()
	}
	legs, cause := c.reach(inv)
	if len(legs) == 0 {
		f.best = better(f.best, cause)
		if who.chain != nil {
			who.chain.best = better(who.chain.best, cause)
		}
		c.emit(Event{Kind: Declined, Party: tandem.Address{User: t.String()}, Cause: cause, Text: t.String() + ": " + cause.Words(), Facts: Facts{Target: t}})
		return
	}
	for _, l := range legs {
		c.legs = append(c.legs, l)
		if len(f.branches) >= maxBranches {
			l.End(refuse(503, "too many branches"))
			continue
		}
		f.branches, f.called[l] = append(f.branches, l), &who
		if who.chain != nil {
			who.chain.live++
		}
		c.tell(Calling, l, t.String()+" on "+l.Path(), Facts{Target: t})
		if cause := l.Begin(); cause.Status != 0 {
			c.Ended(l, cause)
		}
	}
}

// name gives a new leg its identifier.
func (c *Call) name() tandem.LegID {
	c.named++
	return c.id.Leg(c.named - 1)
}

// talk answers the caller, joins the two legs, and lasts until one of them is
// gone or is to be sent on. It does nothing when nobody has answered.
func (c *Call) talk() {
	if c.ended || c.other == nil || c.wanted != nil {
		return
	}
	c.note(Answered, c.other, "by "+c.other.Party().String()+" on "+c.other.Path())
	if cause := c.caller.Answer(c.other); cause.Status != 0 {
		c.over(cause)
		return
	}
	if c.answered.IsZero() {
		c.answered = time.Now()
	}
	c.acquaint()
	c.reached(c.other.Party())
	c.reunite()
	c.align()
	if c.taping {
		c.wantTape()
	}
	c.limit()
	c.converse()
}
