package transport

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// queue is a bounded queue of datagrams between a reader of the Mux and the
// library that thinks it reads a socket. What does not fit is dropped. It
// carries STUN and DTLS only; media never waits in one.
type queue struct {
	mu     sync.Mutex
	items  []datagram // guarded by mu, at most limit
	limit  int
	most   int         // octets of items; immutable, 0: as many as come
	octets int         // of items; guarded by mu
	past   bool        // the read deadline has passed; guarded by mu
	closed bool        // guarded by mu
	timer  *time.Timer // of a deadline to come; guarded by mu
	wake   chan struct{}
}

// datagram is what came from an address, and through which socket.
type datagram struct {
	b    []byte
	from netip.AddrPort
	via  *muxSocket
}

func newQueue(limit int) *queue { return &queue{limit: limit, wake: make(chan struct{}, 1)} }

// put copies d into the queue; false means that it was dropped.
func (q *queue) put(d datagram) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.items) >= q.limit || q.most > 0 && q.octets+len(d.b) > q.most {
		return false
	}
	d.b = append([]byte(nil), d.b...)
	q.items = append(q.items, d)
	q.octets += len(d.b)
	q.signal()
	return true
}

// get waits for a datagram, the read deadline, or close. Only one goroutine
// may wait at a time.
func (q *queue) get() (datagram, error) {
	for {
		q.mu.Lock()
		switch {
		case q.closed:
			q.mu.Unlock()
			return datagram{}, net.ErrClosed
		case q.past:
			q.mu.Unlock()
			return datagram{}, os.ErrDeadlineExceeded
		case len(q.items) > 0:
			d := q.items[0]
			q.items = q.items[1:]
			q.octets -= len(d.b)
			if len(q.items) == 0 {
				q.items = nil
			}
			q.mu.Unlock()
			return d, nil
		}
		q.mu.Unlock()
		<-q.wake
	}
}

func (q *queue) setReadDeadline(t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	wait := time.Until(t)
	q.past = !t.IsZero() && wait <= 0
	if !t.IsZero() && wait > 0 {
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			if q.timer == timer {
				q.past = true
				q.signal()
			}
		})
		q.timer = timer
	}
	if q.past {
		q.signal()
	}
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items = true, nil
	if q.timer != nil {
		q.timer.Stop()
	}
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// grow raises the bound.
func (q *queue) grow(limit int) {
	q.mu.Lock()
	q.limit = max(q.limit, limit)
	q.mu.Unlock()
}
