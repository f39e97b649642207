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
		for _, old := range r.table.users[user] {
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
	if more > 0 && r.table.total+more > r.cfg.MaxTotal { // who is in may refresh and leave
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
	for _, old := range r.table.remove(user, b.same) {
		switch {
		case !b.Expires.After(now):
			changes = append(changes, change{Unregistered, old})
		case old.Flow.Key() == b.Flow.Key():
			kind, b.Since, b.gruu = Refreshed, old.Since, old.gruu
		default:
			changes = append(changes, change{Replaced, old})
		}
	}
	if !b.Expires.After(now) {
		return changes
	}
	for len(r.table.users[user]) >= r.now().MaxBindings {
		oldest := slices.MinFunc(r.table.users[user], func(a, b *Binding) int { return a.seen.Compare(b.seen) })
		r.table.remove(user, func(b *Binding) bool { return b == oldest })
		changes = append(changes, change{Evicted, oldest})
	}
	r.numberLocked(b)
	r.table.add(b)
	return append(changes, change{kind, b})
}

// numberLocked gives an instance the number that its GRUUs have: that of its other
// flows, or of its last registration.
func (r *Registrar) numberLocked(b *Binding) {
	if b.Instance == "" || b.gruu != 0 {
		return
	}
	for _, o := range r.table.users[b.User] {
		if o.Instance == b.Instance {
			b.gruu = o.gruu
		}
	}
	if b.gruu == 0 {
		r.table.number++
		b.gruu = r.table.number
	}
}

// proveLocked remembers who is at the other end of a connection: mostly one user,
// but each page or phone may have several accounts.
func (r *Registrar) proveLocked(user string, f *flow.Flow, wanted []*Binding) {
	if !f.Kind().Stream() || len(wanted) > 0 && wanted[0].Path != nil {
		return // through a proxy others may come on the same connection
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
	for _, b := range r.table.users[user] {
		if b.live(now) {
			out = append(out, b)
		}
	}
	return out
}
