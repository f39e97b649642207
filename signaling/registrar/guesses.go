package registrar

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// Guessing says that a far end has been wrong about passwords too often: its
// credentials are not looked at, and it is answered as if they were wrong.
func (r *Registrar) Guessing(now time.Time, f *flow.Flow) bool { return r.cfg.Guard.Guessing(now, f) }

// Guessed notes that a far end was wrong about a password.
func (r *Registrar) Guessed(now time.Time, f *flow.Flow) { r.cfg.Guard.Guessed(now, f) }

// Known says whether somebody is registered from an address. Such a one is never
// held back: a phone with an old password behind the same router harms nobody else
// there.
func (r *Registrar) Known(a netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.table.from[a] > 0
}
