package bridge

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// maxTalkers bounds whom the gateway remembers the calls of. Of more, some who do
// not talk are forgotten: they count as idle since ever.
const maxTalkers = 20000

// talkers knows who talks, since when the others do not, and how many calls each
// has answered: what the groups of ring go by. It begins anew with the process.
type talkers struct {
	mu  sync.Mutex // a leaf: guards all
	all map[string]*talker
}

// talker is one member, by the name of its target: "user:201".
type talker struct {
	calls int       // in which he talks now
	taken int       // that he has answered
	idle  time.Time // when the last one ended
}

// begin notes that somebody talks; taken says that he has answered the call.
func (t *talkers) begin(who string, taken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.all[who]
	if k == nil {
		if len(t.all) >= maxTalkers && !t.forgetLocked() {
			return
		}
		k = &talker{}
		if t.all == nil {
			t.all = make(map[string]*talker)
		}
		t.all[who] = k
	}
	k.calls++
	if taken {
		k.taken++
	}
}

// forgetLocked drops somebody who does not talk; false when all do.
func (t *talkers) forgetLocked() bool {
	for who, k := range t.all {
		if k.calls == 0 {
			delete(t.all, who)
			return true
		}
	}
	return false
}

// end notes that a talk of somebody's is over.
func (t *talkers) end(who string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.all[who]; k != nil && k.calls > 0 {
		k.calls--
		k.idle = now
	}
}

// free gives the targets that do not talk.
func (t *talkers) free(targets []dialplan.Target) []dialplan.Target {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(targets), func(x dialplan.Target) bool {
		k := t.all[x.String()]
		return k != nil && k.calls > 0
	})
}

// order gives targets in the order of a strategy; those that are equal stay in the
// order of the file.
func (t *talkers) order(s dialplan.Strategy, targets []dialplan.Target) []dialplan.Target {
	if s == "" || s == dialplan.RingAll || s == dialplan.RingInTurn {
		return targets
	}
	targets = slices.Clone(targets)
	if s == dialplan.RingRandom {
		rand.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
		return targets
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	of := func(x dialplan.Target) talker {
		if k := t.all[x.String()]; k != nil {
			return *k
		}
		return talker{}
	}
	slices.SortStableFunc(targets, func(x, y dialplan.Target) int {
		a, b := of(x), of(y)
		if s == dialplan.RingLeastCalls {
			return cmp.Compare(a.taken, b.taken)
		}
		if c := cmp.Compare(min(a.calls, 1), min(b.calls, 1)); c != 0 {
			return c // who talks now comes last
		}
		return a.idle.Compare(b.idle)
	})
	return targets
}

// noteTalkers tells the bridge who of the call's parties talks now.
func (c *Call) noteTalkers() {
	now := make(map[string]bool, 2)
	for _, l := range [2]Leg{c.caller, c.other} {
		switch {
		case l == nil || c.ended || c.answered.IsZero() && c.other == nil:
		case l.User() != "":
			now["user:"+l.User()] = now["user:"+l.User()] || l.Called()
		case l == c.other && c.member != "":
			now[c.member] = true
		}
	}
	for who, taken := range now {
		if !c.talking[who] {
			c.bridge.talkers.begin(who, taken)
		}
	}
	for who := range c.talking {
		if _, still := now[who]; !still {
			c.bridge.talkers.end(who, time.Now())
		}
	}
	c.talking = make(map[string]bool, len(now))
	for who := range now {
		c.talking[who] = true
	}
}
