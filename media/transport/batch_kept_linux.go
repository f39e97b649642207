package transport

import (
	"errors"
	"net"
	"net/netip"
)

const (
	// keptPackets is how many packets wait at most in a Batch of NewBatch.
	keptPackets = 8
	// keptSize is the longest of them, in octets; a longer one goes out at once.
	keptSize = 1500
)

// kept is what a Batch of NewBatch holds.
type kept struct {
	n       int
	since   int64 // when the first came
	room    [keptPackets][keptSize]byte
	singles int
	single  [keptPackets]single
}

// single is a packet that goes out by a socket of its leg's own.
type single struct {
	via  *udpSocket
	b    []byte
	to   netip.AddrPort
	from *legCounters
}

// NewBatch returns a Batch for who makes packets, and not only sends on what it is
// given: it holds copies, 8 at most, and is flushed when it is full.
func NewBatch() *Batch { return &Batch{kept: new(kept)} }

// Since returns when the first came of the packets that wait, as a time of Now; 0 where
// none does.
func (q *Batch) Since() int64 {
	if q == nil || q.kept == nil || q.kept.n == 0 {
		return 0
	}
	return q.kept.since
}

// copied returns a copy of b that stays until Flush; nil means that b is too long.
func (q *Batch) copied(b []byte) []byte {
	k := q.kept
	if k.n == keptPackets || len(b) > keptSize {
		q.Flush()
	}
	if len(b) > keptSize {
		return nil
	}
	if k.n == 0 {
		k.since = Now()
	}
	room := k.room[k.n][:copy(k.room[k.n][:], b)]
	k.n++
	return room
}

// keep is add for a socket of a leg's own. What a reader has to send does not wait there:
// one system call for one packet it takes in any case.
func (q *Batch) keep(b []byte, via *udpSocket, to netip.AddrPort, count *legCounters) bool {
	if q == nil || q.kept == nil || len(b) == 0 {
		return false
	}
	if b = q.copied(b); b == nil {
		return false
	}
	q.kept.single[q.kept.singles] = single{via: via, b: b, to: to, from: count}
	q.kept.singles++
	return true
}

// flush sends what has sockets of its own and makes room.
func (k *kept) flush() {
	for i := range k.singles {
		o := &k.single[i]
		if err := o.via.send(o.b, o.to); err != nil && !errors.Is(err, net.ErrClosed) {
			o.from.writeErrors.Add(1)
		}
		*o = single{}
	}
	k.singles, k.n = 0, 0
}
