package turn

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// What is taken at most: one each so often, and at once what comes of that in the time
// beside it.
const (
	requestEvery  = 50 * time.Millisecond // of an allocation: it is kept alive, and its ways, once in minutes
	requestAtOnce = 10 * time.Second      // 200
	dataEvery     = 250 * time.Microsecond
	dataAtOnce    = time.Second           // 4000, as 8 Mbit/s in packets of 260 octets
	hostEvery     = 50 * time.Millisecond // requests of a host for allocations: a whole office may share it
	hostAtOnce    = 10 * time.Second
	hostSlots     = 512 // so that whoever forges all addresses takes a tenth of a core
)

// share is what one allocation may send, whatever its transport. It belongs to the
// goroutine that reads the socket or the connection.
type share struct{ requests, data transport.Quota }

// takes reports whether a message may go on: a request costs its integrity and an
// answer, whatever else may come costs a look.
func (s *share) takes(b []byte) bool {
	now := transport.Now()
	if isRequest(b) && !s.requests.Spend(requestEvery, requestAtOnce, now) {
		return false
	}
	return s.data.Spend(dataEvery, dataAtOnce, now)
}

// isRequest says whether a message is a request of STUN (RFC 8489 §5).
func isRequest(b []byte) bool { return len(b) >= 2 && b[0]>>6 == 0 && b[0]&0x01 == 0 && b[1]&0x10 == 0 }

// hostPaces bound what hosts without an allocation ask for. Several may share a place;
// which ones nobody can tell from outside.
type hostPaces struct {
	seed maphash.Seed // immutable

	mu  sync.Mutex // a leaf
	all [hostSlots]transport.Quota
}

func (h *hostPaces) takes(from netip.Addr) bool {
	a := from.As16()
	slot := maphash.Bytes(h.seed, a[:8]) // the network of an address of IPv6
	if from.Is4() {
		slot = maphash.Bytes(h.seed, a[:])
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all[slot%hostSlots].Spend(hostEvery, hostAtOnce, transport.Now())
}
