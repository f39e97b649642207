package registrar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// List returns all that can be reached now: by user, the devices of one in the
// order in which they came.
func (r *Registrar) List(now time.Time) []Binding {
	r.mu.Lock()
	out := make([]Binding, 0, r.table.total)
	for _, bs := range r.table.users {
		for _, b := range bs {
			if b.live(now) {
				out = append(out, *b)
			}
		}
	}
	r.mu.Unlock()
	slices.SortFunc(out, func(a, b Binding) int {
		return cmp.Or(cmp.Compare(a.User, b.User), a.Since.Compare(b.Since), cmp.Compare(a.Contact.String(), b.Contact.String()))
	})
	return out
}

// Seen returns when the device last sent a REGISTER for the binding.
func (b *Binding) Seen() time.Time { return b.seen }

// Transports returns how many devices can be reached now, by the transport of their
// flow.
func (r *Registrar) Transports(now time.Time) map[flow.Kind]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[flow.Kind]int{}
	for _, bs := range r.table.users {
		for _, b := range bs {
			if b.live(now) {
				n[b.Flow.Kind()]++
			}
		}
	}
	return n
}

// ID tells one binding of a user from the others, also to those outside; it says
// nothing of the device.
func (b *Binding) ID() string {
	sum := sha256.Sum256([]byte(b.User + "\x00" + b.Instance + "\x00" + b.RegID + "\x00" + b.Contact.String()))
	return hex.EncodeToString(sum[:8])
}

// Kick ends the binding of an ID; false where there is none. The device may register
// again.
func (r *Registrar) Kick(now time.Time, id string) bool {
	for _, b := range r.List(now) {
		if b.ID() != id {
			continue
		}
		r.mu.Lock()
		gone := r.table.remove(b.User, func(one *Binding) bool { return one.ID() == id })
		r.mu.Unlock()
		r.tell(now, Dropped, gone)
		return len(gone) > 0
	}
	return false
}
