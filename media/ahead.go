package media

import (
	"sync"
	"unsafe"

	"github.com/tandemgw/tandem/media/transport"
)

var _ transport.Ahead = (*Endpoint)(nil)

// FetchIn implements transport.Ahead: the route, the listener, its line, its wire.
func (ep *Endpoint) FetchIn(step int) {
	if step == 0 {
		transport.Prefetch(unsafe.Pointer(&ep.endpointPath), unsafe.Offsetof(ep.in)+unsafe.Offsetof(ep.in.baseSeq))
		return
	}
	r := ep.route.Load()
	if r == nil {
		return
	}
	if step == 1 {
		ep.in.headers.fetch(&ep.in.mu)
		transport.Prefetch(unsafe.Pointer(r), unsafe.Offsetof(r.entries))
		transport.Prefetch(unsafe.Pointer(&r.entries[ep.heardType.Load()&0x7f]), unsafe.Sizeof(entry{}))
		return
	}
	to := r.to
	switch {
	case to == nil || r.path != nil && !r.relays: // a worker will touch the rest, at another time
		return
	case step == 2:
		transport.Prefetch(unsafe.Pointer(&to.endpointPath), unsafe.Offsetof(to.in))
		return
	case step == 3:
		transport.Prefetch(unsafe.Pointer(to.line), unsafe.Offsetof(to.line.event))
	case step == 4:
		to.line.headers.fetch(&to.line.mu)
	}
	if w, ok := to.wire.(transport.WireAhead); ok {
		w.FetchOut(step - 3)
	}
}

// fetch asks for the place of the next header, where nobody has the mutex of the ring.
func (r *headerRing) fetch(mu *sync.Mutex) {
	if !mu.TryLock() {
		return
	}
	if r.n < len(r.room) {
		transport.Prefetch(unsafe.Pointer(&r.room[r.n]), unsafe.Sizeof(keptHeader{}))
	}
	mu.Unlock()
}
