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
	more := 0
	for _, b := range wanted {
		known := false
		for _, old := range r.bindings[user] {
			if !old.same(b) {
				continue
			}
			known = true
			if old.callID == b.callID && b.cseq <= old.cseq {
				return errOutOfOrder()
			}
		}
		if !known && b.Expires.After(b.seen) {
			more++
		}
	}
	if more > 0 && r.total+more > r.cfg.MaxTotal { // who is in may refresh and leave
		return &refusal{status: 503, reason: "Service Unavailable", why: "the registrar is full"}
	}
	return nil
}

func errOutOfOrder() error {
	return &refusal{status: 500, reason: "Server Internal Error", why: "CSeq out of order"}
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
		oldest := slices.MinFunc(r.bindings[user], func(a, b *Binding) int { return a.seen.Compare(b.seen) })
		r.removeLocked(user, func(b *Binding) bool { return b == oldest })
		changes = append(changes, change{Evicted, oldest})
	}
	r.bindings[user] = append(r.bindings[user], b)
	r.total++
	return append(changes, change{kind, b})
}

// proveLocked remembers who is at the other end of a connection: mostly one user,
// but each page or phone may have several accounts.
func (r *Registrar) proveLocked(user string, f *flow.Flow, wanted []*Binding) {
	if !f.Kind().Stream() {
		return
	}
	ids := r.proven[f.Key()]
	i := slices.IndexFunc(ids, func(id identity) bool { return id.user == user })
	if i < 0 {
		i, ids = len(ids), append(ids, identity{user: user})
	}
	for _, b := range wanted {
		if b.Instance != "" {
			ids[i].instance = b.Instance
		}
	}
	r.proven[f.Key()] = ids
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
