package bridge

import (
	"sync"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

var _ Owner = (*Home)(nil)

// Home is a leg's way to the call that has it, whichever that is: the Owner that a
// leg, its timers and its transactions hold for the leg's whole life. What is
// posted runs in order, on the goroutine of the call that has the leg when it
// runs.
//
// Post may be called from anywhere. The other methods of Owner are called on the
// goroutine of the call that has the leg, and Move as Leg.Move says.
type Home struct {
	// mu guards what follows. It is held while posting to the owner, which
	// neither waits nor calls back: so the order in the queue is the order in the
	// owner's inbox.
	mu    sync.Mutex
	owner Owner // nil while the leg is on its way from one call to another
	queue []func()
}

// NewHome returns the home of a leg that o has.
func NewHome(o Owner) *Home { return &Home{owner: o} }

// Move does what Leg.Move is to do. It must be the last thing that is done with
// the leg, since what has waited is run before it returns.
func (h *Home) Move(to Owner) {
	h.mu.Lock()
	h.owner = to
	waiting := len(h.queue)
	h.mu.Unlock()
	if to == nil {
		return
	}
	for range waiting {
		h.next(to)
	}
}

// Post implements Owner. It returns false when the call has ended or when too
// much waits.
func (h *Home) Post(f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queue) >= inboxSize {
		return false
	}
	if o := h.owner; o != nil && !o.Post(func() { h.next(o) }) {
		return false
	}
	h.queue = append(h.queue, f)
	return true
}

// next runs what has waited longest, unless o does not have the leg any more: then
// it is not o's to run, and waits for the next owner.
func (h *Home) next(o Owner) {
	h.mu.Lock()
	if h.owner != o || len(h.queue) == 0 {
		h.mu.Unlock()
		return
	}
	f := h.queue[0]
	h.queue[0] = nil
	h.queue = h.queue[1:]
	h.mu.Unlock()
	f()
}

// Owner returns the call that has the leg now; nil while it is on its way.
func (h *Home) Owner() Owner {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owner
}

// Ringing implements Owner.
func (h *Home) Ringing(l Leg) { h.with(func(o Owner) { o.Ringing(l) }) }

// Early implements Owner.
func (h *Home) Early(l Leg) { h.with(func(o Owner) { o.Early(l) }) }

// Redirected implements Owner.
func (h *Home) Redirected(l Leg, r Redirection) { h.with(func(o Owner) { o.Redirected(l, r) }) }

// Answered implements Owner.
func (h *Home) Answered(l Leg) { h.with(func(o Owner) { o.Answered(l) }) }

// Changed implements Owner.
func (h *Home) Changed(l Leg, held bool) { h.with(func(o Owner) { o.Changed(l, held) }) }

// Relined implements Owner.
func (h *Home) Relined(l Leg, offered []media.LineOffer, answer func([]media.LineOffer)) (now bool) {
	h.with(func(o Owner) { now = o.Relined(l, offered, answer) })
	return now
}

// Unlined implements Owner.
func (h *Home) Unlined(l Leg) { h.with(func(o Owner) { o.Unlined(l) }) }

// Renamed implements Owner.
func (h *Home) Renamed(l Leg) { h.with(func(o Owner) { o.Renamed(l) }) }

// Pressed implements Owner.
func (h *Home) Pressed(l Leg, p Press) { h.with(func(o Owner) { o.Pressed(l, p) }) }

// Other implements Owner.
func (h *Home) Other(l Leg) (other Leg) {
	h.with(func(o Owner) { other = o.Other(l) })
	return other
}

// Away implements Owner.
func (h *Home) Away(l Leg, away bool) { h.with(func(o Owner) { o.Away(l, away) }) }

// Faded implements Owner.
func (h *Home) Faded(l Leg, faded bool) { h.with(func(o Owner) { o.Faded(l, faded) }) }

// Ended implements Owner.
func (h *Home) Ended(l Leg, cause tandem.Cause) { h.with(func(o Owner) { o.Ended(l, cause) }) }

// Transfer implements Owner.
func (h *Home) Transfer(l Leg, t Transfer) (cause tandem.Cause) {
	cause = refuse(481, "the leg is in no call")
	h.with(func(o Owner) { cause = o.Transfer(l, t) })
	return cause
}

// Replace implements Owner.
func (h *Home) Replace(old Leg, r Replacement) (cause tandem.Cause) {
	cause = refuse(481, "the leg is in no call")
	h.with(func(o Owner) { cause = o.Replace(old, r) })
	return cause
}

func (h *Home) with(do func(Owner)) {
	if o := h.Owner(); o != nil {
		do(o)
	}
}
