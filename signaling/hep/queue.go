package hep

import (
	"net/netip"
	"sync"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

const (
	// maxQueue and maxOctets bound what waits for Homer.
	maxQueue  = 4096
	maxOctets = 16 << 20
)

// item is one thing that waits to be sent.
type item struct {
	at        time.Time
	protocol  Protocol
	transport flow.Kind
	from, to  netip.AddrPort
	ref       string // the SIP Call-ID
	mayBegin  bool   // it is of an INVITE: its call may not have told of itself yet
	payload   []byte
}

// queue holds what waits, the oldest first.
type queue struct {
	mu      sync.Mutex // a leaf: guards what follows
	items   []item
	octets  int
	dropped uint64
	closed  bool

	more chan struct{} // capacity 1: there is something
}

func newQueue() *queue { return &queue{more: make(chan struct{}, 1)} }

// put adds an item. Where there is no room, the oldest make some.
func (q *queue) put(i item) {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	for len(q.items) > 0 && (len(q.items) >= maxQueue || q.octets+len(i.payload) > maxOctets) {
		q.popLocked()
		q.dropped++
	}
	q.items = append(q.items, i)
	q.octets += len(i.payload)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default: // it is known
	}
}

// first returns the oldest item without taking it away.
func (q *queue) first() (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item{}, false
	}
	return q.items[0], true
}

// take takes the oldest item away.
func (q *queue) take() (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item{}, false
	}
	return q.popLocked(), true
}

func (q *queue) popLocked() item {
	i := q.items[0]
	q.items[0] = item{} // its octets may go
	q.items = q.items[1:]
	q.octets -= len(i.payload)
	if len(q.items) == 0 {
		q.items = nil
	}
	return i
}

// close drops what is left: nothing is taken any more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped += uint64(len(q.items))
	q.items, q.octets, q.closed = nil, 0, true
}

func (q *queue) drops() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
