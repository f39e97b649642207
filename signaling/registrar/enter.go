package registrar

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// change is what enter found to do, told to others once the lock is free.
type change struct {
	kind ChangeKind
	b    *Binding
}

// enter puts the bindings of one REGISTER into the table, all or none (RFC 3261
// §10.3 step 7).
func (r *Registrar) enter(now time.Time, user string, f *flow.Flow, wanted []*Binding) error {
	r.mu.Lock()
	var changes []change
	err := r.orderLocked(user, wanted)
	if err == nil {
		for _, b := range wanted {
			changes = append(changes, r.enterLocked(now, user, b)...)
		}
		r.proveLocked(user, f, wanted)
	}
	r.mu.Unlock()
	for _, c := range changes {
		r.tell(now, c.kind, []*Binding{c.b})
	}
	return err
}

// orderLocked refuses what came out of order: a REGISTER with a Call-ID seen
// before and no higher CSeq (RFC 3261 §10.3 step 7).
func (r *Registrar) orderLocked(user string, wanted []*Binding) error {
	for _, b := range wanted {
		for _, old := range r.bindings[user] {
			if old.same(b) && old.callID == b.callID && b.cseq <= old.cseq {
				return &refusal{status: 500, reason: "Server Internal Error", why: "CSeq out of order"}
			}
		}
	}
	if r.total+len(wanted) > r.cfg.MaxTotal {
		return &refusal{status: 503, reason: "Service Unavailable", why: "the registrar is full"}
	}
	return nil
}

func (r *Registrar) enterLocked(now time.Time, user string, b *Binding) []change {
	kind := Registered
	var changes []change
	for _, old := range r.removeLocked(user, b.same) {
		switch {
		case !b.Expires.After(now):
			changes = append(changes, change{Unregistered, old})
		case old.Flow.Key() == b.Flow.Key():
			kind, b.Since = Refreshed, old.Since
		default:
			changes = append(changes, change{Replaced, old})
		}
	}
	if !b.Expires.After(now) {
		return changes
	}
	for len(r.bindings[user]) >= r.cfg.MaxBindings {
		oldest := slices.MinFunc(r.bindings[user], func(a, b *Binding) int { return a.Since.Compare(b.Since) })
		r.removeLocked(user, func(b *Binding) bool { return b == oldest })
		changes = append(changes, change{Evicted, oldest})
	}
	r.bindings[user] = append(r.bindings[user], b)
	r.total++
	return append(changes, change{kind, b})
}

// proveLocked remembers who is at the other end of a connection.
func (r *Registrar) proveLocked(user string, f *flow.Flow, wanted []*Binding) {
	if !f.Kind().Stream() {
		return
	}
	id := identity{user: user}
	if old, ok := r.proven[f.Key()]; ok && old.user == user {
		id = old
	}
	for _, b := range wanted {
		if b.Instance != "" {
			id.instance = b.Instance
		}
	}
	r.proven[f.Key()] = id
}

// all returns the live bindings of a user, oldest first.
func (r *Registrar) all(now time.Time, user string) []*Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*Binding
	for _, b := range r.bindings[user] {
		if b.live(now) {
			out = append(out, b)
		}
	}
	return out
}
