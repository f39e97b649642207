package registrar

import (
	"net/netip"
	"slices"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// rounds is how many parts the bindings are dealt with in, one after the other, so
// that many phones are not all written to in one moment.
const rounds = 25

// table holds the bindings, and finds them by what else they are looked for. It is
// guarded by the registrar's lock.
type table struct {
	users    map[string][]*Binding
	flows    map[flow.Key][]*Binding // of connections
	from     map[netip.Addr]int      // bindings by the address they came from
	numbered map[uint64]*Binding     // the newest of an instance, by its number in GRUUs
	slots    [rounds]map[*Binding]struct{}
	turn     int               // the slot whose turn was last
	agents   map[string]string // one copy of each User-Agent; at most maxAgents
	total    int
	number   uint64 // last given to an instance
}

// maxAgents bounds the User-Agents of which one copy is shared.
const maxAgents = 1024

func newTable() table {
	t := table{
		users: make(map[string][]*Binding), flows: make(map[flow.Key][]*Binding), from: make(map[netip.Addr]int),
		numbered: make(map[uint64]*Binding), agents: make(map[string]string),
	}
	for i := range t.slots {
		t.slots[i] = make(map[*Binding]struct{})
	}
	return t
}

// add enters a binding whose like has been removed before.
func (t *table) add(b *Binding) {
	b.UserAgent = t.agent(b.UserAgent)
	t.users[b.User] = append(t.users[b.User], b)
	t.total++
	t.from[b.Flow.Remote().Addr()]++
	if b.Flow.Kind().Stream() {
		t.flows[b.Flow.Key()] = append(t.flows[b.Flow.Key()], b)
	}
	if b.gruu != 0 {
		t.numbered[b.gruu] = b
	}
	b.slot = t.turn
	t.slots[b.slot][b] = struct{}{}
}

// agent returns the one copy of a User-Agent.
func (t *table) agent(s string) string {
	if same, ok := t.agents[s]; ok {
		return same
	}
	if len(t.agents) < maxAgents {
		t.agents[s] = s
	}
	return s
}

// remove takes out the bindings of a user that match, and returns them.
func (t *table) remove(user string, match func(*Binding) bool) []*Binding {
	var gone []*Binding
	kept := slices.DeleteFunc(t.users[user], func(b *Binding) bool {
		if match(b) {
			gone = append(gone, b)
			return true
		}
		return false
	})
	if len(kept) == 0 {
		delete(t.users, user)
	} else {
		t.users[user] = kept
	}
	for _, b := range gone {
		t.unlink(b)
	}
	return gone
}

func (t *table) unlink(b *Binding) {
	t.total--
	addr := b.Flow.Remote().Addr()
	if t.from[addr]--; t.from[addr] <= 0 {
		delete(t.from, addr)
	}
	if b.Flow.Kind().Stream() {
		key := b.Flow.Key()
		left := slices.DeleteFunc(t.flows[key], func(o *Binding) bool { return o == b })
		if t.flows[key] = left; len(left) == 0 {
			delete(t.flows, key)
		}
	}
	if b.gruu != 0 && t.numbered[b.gruu] == b {
		delete(t.numbered, b.gruu)
		for _, o := range t.users[b.User] { // another flow of the instance
			if o.gruu == b.gruu {
				t.numbered[b.gruu] = o
			}
		}
	}
	delete(t.slots[b.slot], b)
}

// next is the turn of the next part of the bindings: those that have ended are
// taken out and returned, and the flows of UDP on which the others are.
func (t *table) next(now time.Time) (gone []*Binding, flows map[flow.Key]*flow.Flow) {
	t.turn = (t.turn + 1) % rounds
	flows = make(map[flow.Key]*flow.Flow, len(t.slots[t.turn]))
	for b := range t.slots[t.turn] {
		switch {
		case !b.live(now):
			gone = append(gone, t.remove(b.User, func(o *Binding) bool { return o == b })...)
		case b.Flow.Kind() == flow.UDP:
			flows[b.Flow.Key()] = b.Flow
		}
	}
	return gone, flows
}
