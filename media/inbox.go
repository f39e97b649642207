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
	data   []byte // the payload; it keeps its room
}

func (s *slot) payload() []byte { return s.data }

// commonSize is the room that a slot begins with: speech takes less.
const commonSize = 256

// keep copies a payload.
func (s *slot) keep(b []byte) {
	switch {
	case len(b) <= cap(s.data):
	case len(b) <= commonSize:
		s.data = make([]byte, 0, commonSize)
	default:
		s.data = make([]byte, 0, slotSize)
	}
	s.data = append(s.data[:0], b...)
}

// inbox hands packets from a reader to a worker. A slot is made when more are needed
// than ever before, which is two or three on a good network: all of them would take 31
// KiB. When all are in use the oldest packet that waits is dropped: late sound is worth
// less than new.
type inbox struct {
	mu      sync.Mutex // a leaf: guards what follows
	slots   [inboxSlots]*slot
	made    uint8 // slots that there are, the first ones
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
	if q.made == 0 {
		q.free, q.waiting = make([]uint8, 0, inboxSlots), make([]uint8, 0, inboxSlots)
	}
	var i uint8
	switch {
	case len(q.free) > 0:
		i = q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
	case q.made < inboxSlots:
		i = q.made
		q.slots[i] = new(slot)
		q.made++
	case len(q.waiting) > 0:
		i, dropped = q.first(), true
	default:
		return true
	}
	s := q.slots[i]
	s.h, s.format, s.at = *h, f, at
	s.keep(b)
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
	return i, q.slots[i], true
}

func (q *inbox) giveBack(i uint8) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free = append(q.free, i)
}
