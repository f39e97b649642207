package registrar

import (
	"cmp"
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
