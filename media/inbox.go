package media

import "sync"

const (
	// inboxSlots is how many packets of one direction wait for the worker or
	// are held by it.
	inboxSlots = 24
	// slotSize is the longest payload taken: the longest Opus packet has 1275
	// octets (RFC 6716 §3.4), 120 ms of G.711 has 960.
	slotSize = 1280
)

// slot holds one packet that a reader has copied for a worker.
type slot struct {
	h      header
	format format // formatNone: a telephone-event, which has no sound
	at     int64
	size   int
	data   [slotSize]byte
}

func (s *slot) payload() []byte { return s.data[:s.size] }

// inbox hands packets from a reader to a worker. The slots are made with the
// first packet and never again. When all are in use the oldest packet that
// waits is dropped: late sound is worth less than new.
type inbox struct {
	mu      sync.Mutex // a leaf: guards what follows
	slots   []slot
	free    []uint8
	waiting []uint8 // in the order in which they came
}

// put copies a packet. dropped says that another one had to go, or that this
// one is too long.
func (q *inbox) put(h *header, f format, b []byte, at int64) (dropped bool) {
	if len(b) > slotSize {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.slots == nil {
		q.slots = make([]slot, inboxSlots)
		q.free, q.waiting = make([]uint8, inboxSlots), make([]uint8, 0, inboxSlots)
		for i := range q.free {
			q.free[i] = uint8(i)
		}
	}
	var i uint8
	switch {
	case len(q.free) > 0:
		i = q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
	case len(q.waiting) > 0:
		i, dropped = q.first(), true
	default:
		return true
	}
	s := &q.slots[i]
	s.h, s.format, s.at = *h, f, at
	s.size = copy(s.data[:], b)
	q.waiting = append(q.waiting, i)
	return dropped
}

// first takes the oldest packet that waits.
func (q *inbox) first() uint8 {
	i := q.waiting[0]
	q.waiting = q.waiting[:copy(q.waiting, q.waiting[1:])]
	return i
}

// get takes the oldest packet. It stays the caller's until it is given back.
func (q *inbox) get() (i uint8, s *slot, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return 0, nil, false
	}
	i = q.first()
	return i, &q.slots[i], true
}

func (q *inbox) giveBack(i uint8) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free = append(q.free, i)
}
