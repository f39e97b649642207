package bridge

import (
	"slices"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// queues are where callers wait for somebody to answer, and who of the members is
// rung for them. A caller stays its call's own; the queue has but a place for it.
//
// The lock is a leaf: nothing is called with it held. Calls are told by Post that
// it may be their turn, and look again once a second in any case, since nobody
// tells when a member registers or hangs up.
type queues struct {
	mu      sync.Mutex
	open    map[string]*queue
	members map[string]*agent // by target; those that are not simply idle
}

// queue is the callers that wait in one queue, and what became of others.
type queue struct {
	name    string
	waiting []*turn // in the order in which they are served
	QueueCounts
}

// QueueCounts say what became of callers since the gateway began.
type QueueCounts struct {
	Answered  int // by a member
	Abandoned int // hung up
	Left      int // had waited long enough, pressed the key, or nobody was there any more
}

// turn is a caller's place in a queue.
type turn struct {
	queue *queue // immutable, as what follows
	call  *Call
	since time.Time
	rank  int // priority

	// Guarded by queues.mu:
	leg    tandem.LegID
	party  tandem.Address
	rings  bool // members are rung for it
	served bool // it is not in the queue any more

	// The call's goroutine only:
	exit  bool // the key that leaves was pressed
	woken bool
	told  int // how often its place was told
	timer *time.Timer
}

// agent is a member that is rung or talks for some queue, or is left in peace after
// that.
type agent struct {
	state string // ringing, talking or resting
	call  tandem.CallID
	since time.Time
	until time.Time // resting
}

// The states of a member of a queue, as people are told of them.
const (
	MemberIdle    = "idle"
	MemberRinging = "ringing"
	MemberTalking = "talking"
	MemberResting = "resting" // after a call, or after not answering
	MemberBusy    = "busy"    // in a call that did not come by a queue
	MemberAway    = "away"    // not registered
)

// enqueue gives a call a place, behind those of its priority; nil and a Cause where
// there is none left.
func (b *Bridge) enqueue(c *Call, rules dialplan.Queue) (*turn, tandem.Cause) {
	p := &turn{call: c, since: time.Now(), rank: rules.Priority, leg: c.caller.ID(), party: c.shown}
	b.queues.mu.Lock()
	defer b.queues.mu.Unlock()
	q := b.queues.open[rules.Name]
	if q == nil {
		q = &queue{name: rules.Name}
		b.queues.open[rules.Name] = q
	}
	if len(q.waiting) >= rules.Callers {
		return nil, refuse(486, "queue "+rules.Name+" is full")
	}
	at := len(q.waiting)
	for at > 0 && q.waiting[at-1].rank < p.rank {
		at--
	}
	p.queue = q
	q.waiting = slices.Insert(q.waiting, at, p)
	return p, tandem.Cause{}
}

// dequeue takes a place back and notes what became of its caller; only the first
// time counts. A queue that the plan has no more goes with its last caller.
func (b *Bridge) dequeue(p *turn, count *int) {
	known := b.plan.Load().Queues()[p.queue.name] != nil
	b.queues.mu.Lock()
	q := p.queue
	if !p.served {
		p.served = true
		*count++
		q.waiting = slices.DeleteFunc(q.waiting, func(o *turn) bool { return o == p })
		if len(q.waiting) == 0 && !known && b.queues.open[q.name] == q {
			delete(b.queues.open, q.name)
		}
	}
	next := q.nextLocked()
	b.queues.mu.Unlock()
	next.wake()
}

// nextLocked is the first caller that no member is rung for.
func (q *queue) nextLocked() *turn {
	if i := slices.IndexFunc(q.waiting, func(p *turn) bool { return !p.rings }); i >= 0 {
		return q.waiting[i]
	}
	return nil
}

// wake tells a call that it may be its turn. A full inbox is no loss: it looks by
// itself.
func (p *turn) wake() {
	if p != nil {
		p.call.Post(func() { p.woken = true })
	}
}

// claim gives the members that are to be rung for a caller now: none unless it is
// the next. They are nobody else's until they are released.
func (b *Bridge) claim(p *turn, rules dialplan.Queue) []dialplan.Target {
	able := b.able(rules)
	if len(able) == 0 {
		return nil
	}
	now := time.Now()
	t := &b.queues
	t.mu.Lock()
	if p.queue.nextLocked() != p {
		t.mu.Unlock()
		return nil
	}
	able = slices.DeleteFunc(able, func(x dialplan.Target) bool { return t.takenLocked(x.String(), now) })
	if rules.Strategy != dialplan.RingAll && len(able) > 1 {
		able = able[:1]
	}
	for _, x := range able {
		t.members[x.String()] = &agent{state: MemberRinging, call: p.call.id, since: now}
	}
	p.rings = len(able) > 0
	var next *turn
	if p.rings {
		next = p.queue.nextLocked()
	}
	t.mu.Unlock()
	next.wake()
	return able
}

// takenLocked says whether a member is rung, talks or rests; who has rested is
// forgotten.
func (t *queues) takenLocked(member string, now time.Time) bool {
	a := t.members[member]
	if a == nil {
		return false
	}
	if a.state == MemberResting && !now.Before(a.until) {
		delete(t.members, member)
		return false
	}
	return true
}

// able gives the members that could be rung as far as the world goes, in the order
// of the strategy.
func (b *Bridge) able(rules dialplan.Queue) []dialplan.Target {
	all := b.talkers.order(rules.Strategy, b.talkers.free(rules.Members))
	return slices.DeleteFunc(slices.Clone(all), func(t dialplan.Target) bool {
		return b.stateOf(t) != MemberIdle
	})
}

// stateOf says how a member stands apart from queues.
func (b *Bridge) stateOf(t dialplan.Target) string {
	s := b.cfg.State
	switch {
	case s == nil || t.Kind != dialplan.TargetUser:
	case !s.Registered(t.Name):
		return MemberAway
	case s.Busy(t.Name):
		return MemberBusy
	}
	return MemberIdle
}

// attended says whether some member is there, be it in a call.
func (b *Bridge) attended(rules dialplan.Queue) bool {
	return slices.ContainsFunc(rules.Members, func(t dialplan.Target) bool { return b.stateOf(t) != MemberAway })
}

// release lets members rest for a time, or go at once, and gives the caller's place
// back its turn.
func (b *Bridge) release(p *turn, members []dialplan.Target, rest time.Duration) {
	now := time.Now()
	b.queues.mu.Lock()
	p.rings = false
	for _, t := range members {
		if rest > 0 {
			b.queues.members[t.String()] = &agent{state: MemberResting, since: now, until: now.Add(rest)}
		} else {
			delete(b.queues.members, t.String())
		}
	}
	next := p.queue.nextLocked()
	b.queues.mu.Unlock()
	next.wake()
}

// talks notes that a member talks with the caller now.
func (b *Bridge) talks(p *turn, member dialplan.Target) {
	b.queues.mu.Lock()
	b.queues.members[member.String()] = &agent{state: MemberTalking, call: p.call.id, since: time.Now()}
	b.queues.mu.Unlock()
}

// position is the caller's place in the queue, from 1.
func (b *Bridge) position(p *turn) int {
	b.queues.mu.Lock()
	defer b.queues.mu.Unlock()
	return slices.Index(p.queue.waiting, p) + 1
}
