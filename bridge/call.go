package bridge

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

const (
	// inboxSize bounds what waits for a call's goroutine. A call sees a few
	// messages a second; one that has 256 of them waiting is stuck or flooded,
	// and what comes then is refused to whoever posts it.
	inboxSize = 256
	// lingerFor is how long a call that is over waits for its legs: 64*T1 for an
	// ACK that does not come, 64*T1 for the BYE after it (RFC 3261 §13.3.1.4, §17),
	// and a little.
	lingerFor = 66 * time.Second
	// maxHops is the Max-Forwards of calls that we make ourselves (RFC 3261
	// §8.1.1.6).
	maxHops = 70
)

// Call is one caller and what the dialplan does with it.
//
//	caller            Call.run               branch
//	  |--- INVITE ------>| route, steps         |
//	  |                  |------ INVITE ------->|
//	  |<---- 180 --------|<------- 180 ---------|   Ringing
//	  |<---- 183 SDP ----|<------- 183 SDP -----|   Early
//	  |<---- 200 --------|<------- 200 ---------|   Answered
//	  |<================ talk =================>|
//	  |----- BYE ------->|                      |   Ended
//	  |                  |------- BYE --------->|
type Call struct {
	bridge  *Bridge
	id      tandem.CallID
	arrival Arrival
	began   time.Time
	log     *slog.Logger
	inbox   chan func() // capacity inboxSize; Post refuses when it is full

	mu   sync.Mutex // a leaf: what Post lets in before gone is set is run
	gone bool       // nothing takes from the inbox any more

	// What follows belongs to the call's goroutine.

	// decision is what the dialplan made of the call, and the way to the plan that it
	// began with, which it keeps: set in run, and anew where the caller is sent on. Zero
	// in a call that we make.
	decision dialplan.Decision

	company                // who is in it now
	legs     []Leg         // every leg that is not known to be done, for the end
	named    int           // how many legs were given a name
	fork     *fork         // the branches that are called now; nil when none is
	failure  tandem.Cause  // why the last dial or ring came to nothing
	answered time.Time     // when the caller was answered; zero before
	rung     bool          // the caller has been told that it rings
	holds    map[Leg]bool  // who holds the other now
	faded    map[Leg]bool  // who is not heard although it should be
	sound    func(Leg)     // what the caller alone hears now; nil: nothing of ours
	wanted   *transfer     // asked for and not begun
	sending  *transfer     // under way
	parted   Leg           // who has last sent the other on, or tried to
	outcome  *tandem.Cause // how a step decided that the call ends
	relining *relining     // lines that a party is asked about; nil for none
	sees     bool          // the parties see each other
	ended    bool
	why      tandem.Cause    // why it ended
	endedBy  tandem.LegID    // with whose end; empty where we ended it
	rings    map[Leg]bool    // the branches that ring
	followed int             // redirections, at most maxFollowed
	visited  map[string]bool // the places that were called, and the numbers sent on to
	seat     *seat           // in a room; nil in none
	taping   bool            // the dialplan wants the call recorded
	tape     *media.Tape     // nil where it is not
	take     *voicemail.Take // what is recorded of the caller's for a box; nil for nothing
	presses  func(Press)     // what a step does with the caller's digits; nil: nothing
	turn     *turn           // in a queue; nil in none
	operated                 // what an operator does to it
	keypad                   // what the caller has pressed for menus
	inserted []dialplan.Step // that a key of a menu puts before those that are left
	manner                   // how the step that called wants the talk
}

// Post implements Owner.
func (c *Call) Post(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return false
	}
	select {
	case c.inbox <- f:
		return true
	default:
		return false
	}
}

// ID returns the call's name.
func (c *Call) ID() tandem.CallID { return c.id }

// run is the life of a call that came in.
func (c *Call) run() {
	defer c.finish()
	c.tell(Incoming, c.caller, "to "+c.arrival.To+sentOnBy(c.arrival.Diverted), Facts{From: c.from, To: c.arrival.To, Diverted: c.arrival.Diverted})
	if cause := c.caller.Begin(); cause.Status != 0 {
		c.over(cause)
		return
	}
	c.decide()
	c.routed(nil, "", c.decision)
	if c.decision.Status != 0 {
		c.over(refuse(c.decision.Status, c.decision.Reason))
		return
	}
	c.live(c.decision.Steps)
}

// runOwn is the life of a call that the gateway makes: it calls the target and
// plays echo to whoever answers.
func (c *Call) runOwn(to dialplan.Target) {
	defer c.finish()
	c.originated(to.Name)
	c.note(Routed, nil, "call back "+to.String())
	c.try([]calling{{target: to, shown: c.arrival.Caller, sender: c.sender()}}, dialplan.DefaultTimeout)
	if c.other == nil {
		return
	}
	c.caller, c.other, c.answered = c.other, nil, time.Now()
	c.note(Answered, c.caller, "the call back")
	c.live([]dialplan.Step{dialplan.EchoStep{}})
}

// live does the steps, and after them whatever the parties make of the call by
// sending each other on.
func (c *Call) live(steps []dialplan.Step) {
	why := c.perform(steps)
	if c.wanted == nil {
		c.tellFailed(why)
	}
	for c.wanted != nil && !c.ended {
		why = c.sendOn()
	}
	c.over(why)
}

// perform does the steps one after the other, until they have run out, one of them
// decides how the call ends, or a party is to be sent on. It returns what they
// came to: a caller who was never answered is refused with the last failure.
func (c *Call) perform(steps []dialplan.Step) tandem.Cause {
	c.outcome, c.inserted = nil, nil
	for fits := true; len(steps) > 0 && !c.ended && c.outcome == nil && c.wanted == nil; {
		c.step(steps[0])
		if steps, fits = c.pending(steps[1:]); !fits {
			return refuse(500, "menus have led to more and more steps")
		}
	}
	switch {
	case c.outcome != nil:
		return *c.outcome
	case !c.unanswered():
		return tandem.CauseNormal
	case c.failure.Status != 0:
		return c.failure
	}
	return refuse(480, "the row's steps ran out before anybody answered")
}

// unanswered says that the caller has not got what it asked for yet: its call is
// not answered, or the party is not that it was sent on to or rung for.
func (c *Call) unanswered() bool { return c.answered.IsZero() || c.sending != nil || c.awaits }

// until lets the call's goroutine do what is posted to it until done says so, the
// time is over (d <= 0: no limit), or the call has ended.
func (c *Call) until(d time.Duration, done func() bool) {
	var expired <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		expired = t.C
	}
	stopping := c.bridge.ctx.Done()
	for !c.ended && !done() {
		select {
		case f := <-c.inbox:
			f()
		case <-expired:
			return
		case <-stopping:
			stopping = nil
			c.over(c.stopped())
		}
	}
}

// stopped is the cause when the gateway stops: a caller who waits is told to come
// back, parties that talk are told why they are cut off.
func (c *Call) stopped() tandem.Cause {
	if c.answered.IsZero() {
		return refuse(503, "the gateway is stopping")
	}
	return tandem.Cause{Q850: 41, Text: "the gateway is stopping"}
}

// over marks the call as ended; finish does the rest.
func (c *Call) over(why tandem.Cause) {
	if c.ended {
		return
	}
	c.ended, c.why = true, why
}

// finish ends every leg, says what the call came to, and lingers until the legs
// are done. It is also where a panic of the call's goroutine ends.
func (c *Call) finish() {
	defer c.bridge.wg.Done()
	if p := recover(); p != nil {
		c.log.Error("call panicked", "panic", p, "stack", string(debug.Stack()))
		c.over(tandem.CauseInternal)
	}
	if !c.ended {
		c.over(c.failure)
	}
	c.bridge.forget(c)
	c.bridge.told.end(c.id)
	c.endTape()
	c.abandon()
	c.guard(c.tellMedia)
	c.endLegs()
	talked := time.Duration(0)
	if !c.answered.IsZero() {
		talked = time.Since(c.answered)
	}
	c.guard(func() {
		c.emit(Event{Kind: Ended, Cause: c.why, Text: c.why.Words(), Talked: talked, Facts: Facts{By: c.endedBy}})
	})
	c.linger()
	c.leave()
}

// guard runs f where the call is over and a panic can end no more than f.
func (c *Call) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("call panicked while it ended", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f()
}

// endLegs ends what is still there. The branch of a talk is told how the caller
// went, branches that only rang that the caller gave up.
func (c *Call) endLegs() {
	for _, l := range c.legs {
		why := c.why
		if l != c.caller && l != c.other && l != c.parted && why.Q850 == tandem.CauseNormal.Q850 {
			why = tandem.CauseCanceled
		}
		c.guard(func() { l.End(why) })
	}
}

// linger gives the legs time to end in good order: a BYE to be answered, a
// canceled INVITE to be finished.
func (c *Call) linger() {
	t := time.NewTimer(lingerFor)
	defer t.Stop()
	for !c.allDone() {
		select {
		case f := <-c.inbox:
			c.guard(f)
		case <-t.C:
			return
		}
	}
}

// leave lets nothing more in, does what was let in before, and frees the legs.
func (c *Call) leave() {
	c.mu.Lock()
	c.gone = true
	c.mu.Unlock()
	for waiting := true; waiting; {
		select {
		case f := <-c.inbox:
			c.guard(f)
		default:
			waiting = false
		}
	}
	for _, l := range c.legs {
		c.guard(l.Close)
	}
}

func (c *Call) allDone() bool {
	for _, l := range c.legs {
		if !l.Done() {
			return false
		}
	}
	return true
}
