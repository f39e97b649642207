package media

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// jump is how far a sequence number may lie from the last one and still
	// belong to the same stream (RFC 3550 A.1, MAX_DROPOUT).
	jump = 3000
	// leap is how far a timestamp may lie from where the clock on the wall
	// says that it should be.
	leap = 2 * time.Second
)

// origin is the identity of what a line carries: a route or a player. Packets
// of another origin than the current one are not sent.
type origin struct{ _ byte }

// line is what a leg receives from us, seen as one RTP stream that never
// breaks: one SSRC, one sequence, one timestamp line from the first packet to
// the last, whatever the source is.
//
//	what happens            sequence    timestamp                        marker
//	next packet, relay      in + off    in + off                         as it came
//	next packet, our own    + 1         + length of the last             no
//	source or stream new,   + 1         + what the wall clock says since  yes
//	hold ended, gap                       the last, at least its length
//	digit                   + 1 each    of its beginning, for all of     first
//
// A loss in a relayed stream stays a gap, a packet late or twice stays so. When
// the codec changes to one with another clock the timestamps go on from where
// they are in the new unit: the sender report after it gives receivers the new
// relation to the wall clock, and the SSRC stays.
type line struct {
	ssrc uint32 // immutable

	// order is held from when a packet gets its number until it is written, so
	// that packets leave in the order of their numbers whoever sends them: the
	// reader that relays, the worker that plays or sends a digit. Nobody waits for
	// it but at the moment when one takes over from the other, and then for one
	// write, which never waits. It is taken before mu. What a reader keeps in its
	// Batch counts as written.
	order sync.Mutex

	mu      sync.Mutex // a leaf: guards what follows, never held during a write
	origin  *origin
	clock   uint32
	ts      uint32 // of the newest packet
	span    uint32 // how long the newest packet lasts
	seq     uint16 // of the newest packet
	pt      uint8
	open    bool // agreed, and the direction lets us send
	started bool
	fresh   bool  // the next packet begins a new stretch
	at      int64 // when ts was now; meaningless before the first packet
	pass    mapping
	made    sampling // of what was sent, for reports

	packets, octets uint64
	first, last     int64
	headers         headerRing
	event           lineEvent
	suppressed      uint64
	digits          uint64
}

// mapping is how packets of a relayed source become ours.
type mapping struct {
	valid     bool
	ssrc      uint32
	seqOffset uint16
	tsOffset  uint32
	base      uint16 // older packets came before the mapping and are not ours
	high      uint16 // newest in, sequence
	highTS    uint32 // newest in, timestamp
	at        int64  // when it came
	mine      uint16 // line.seq after it: another value means that we sent in between
}

func newLine(ssrc uint32) *line {
	return &line{
		ssrc: ssrc,
		// Half the range, so that the first packets do not wrap: a receiver
		// that misses them would guess the SRTP rollover counter wrong.
		seq: uint16(rand.Uint32() >> 17), ts: rand.Uint32(), clock: 8000,
	}
}

// configure says what is sent from now on.
func (l *line) configure(pt uint8, clock uint32, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if clock != l.clock {
		l.span = scale(l.span, l.clock, clock)
		l.clock, l.fresh, l.pass.valid = clock, true, false
		l.made.known = false
	}
	if open && !l.open {
		l.fresh = true
	}
	l.pt, l.open = pt, open
}

// source makes o the one whose packets are sent; nil means nobody's.
func (l *line) source(o *origin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o != l.origin {
		l.origin, l.fresh, l.pass.valid = o, true, false
	}
}

// renew says that what o sends next does not follow from what it sent last.
func (l *line) renew(o *origin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == l.origin {
		l.fresh = true
	}
}

// forward gives a relayed packet its header. false means that it is not to be
// sent. h is what the packet came with, span how long it lasts (in the clock
// of the line), size its payload in octets.
func (l *line) forward(o *origin, h *header, span uint32, size int, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.audible(o) {
		return false
	}
	m := &l.pass
	ahead := int16(h.seq - m.high)
	switch {
	case !m.valid || h.ssrc != m.ssrc || ahead > jump || ahead < -jump || m.leaps(h, l.clock, at), m.anew(h, ahead):
		l.rebase(h, at)
	case l.fresh || l.seq != m.mine:
		if ahead <= 0 {
			return false // belongs before what we sent in between
		}
		m.seqOffset, m.base = l.seq+1-h.seq, h.seq
		h.marker = true
	case int16(h.seq-m.base) < 0:
		return false
	}
	newest := l.fresh || int16(h.seq-m.high) >= 0
	l.fresh = false
	out := header{
		seq: h.seq + m.seqOffset, ts: h.ts + m.tsOffset,
		pt: l.pt, marker: h.marker, ssrc: l.ssrc,
	}
	if newest {
		m.high, m.highTS, m.at, m.mine = h.seq, h.ts, at, out.seq
		if int16(m.high-m.base) > 2*jump {
			m.base = m.high - jump
		}
		l.seq, l.ts, l.span, l.at, l.started = out.seq, out.ts, span, at, true
		l.made.note(out.ts, l.clock, at)
	}
	*h = out
	l.headers.note(h, size, at)
	l.count(size, at)
	return true
}

// omit closes the gap that a packet of the source leaves which is not sent on.
func (l *line) omit(o *origin, h *header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &l.pass
	if o != l.origin || !m.valid || h.ssrc != m.ssrc || h.seq != m.high+1 || l.seq != m.mine {
		return
	}
	m.seqOffset--
	m.high, m.base = h.seq, h.seq+1
}

// rebase makes a mapping that lets the line go on with h.
func (l *line) rebase(h *header, at int64) {
	l.pass = mapping{
		valid: true, ssrc: h.ssrc, base: h.seq, high: h.seq,
		seqOffset: l.seq + 1 - h.seq, tsOffset: l.nextTS(at) - h.ts,
	}
	l.fresh = true
	h.marker = true
}

// leaps reports whether the timestamps of a source moved much more, or much
// less, than time did.
func (m *mapping) leaps(h *header, clock uint32, at int64) bool {
	moved := int64(int32(h.ts - m.highTS))
	d := moved - units(at-m.at, clock)
	limit := int64(clock) * int64(leap/time.Second)
	return d > limit || d < -limit
}

// anew reports whether a packet that is numbered before another is later than it: its
// source has begun to count anew.
func (m *mapping) anew(h *header, ahead int16) bool { return ahead < 0 && int32(h.ts-m.highTS) > 0 }

// send gives a packet of our own its header: payload of span units, after skip
// units in which nothing was sent. false means that it is not to be sent.
func (l *line) send(o *origin, b []byte, span, skip uint32, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.audible(o) {
		return false
	}
	h := header{seq: l.seq + 1, ts: l.ts + l.span + skip, pt: l.pt, marker: skip > 0, ssrc: l.ssrc}
	if l.fresh || !l.started {
		h.ts, h.marker = l.nextTS(at), true
	}
	h.put(b)
	l.fresh, l.started = false, true
	l.seq, l.ts, l.span, l.at = h.seq, h.ts, span, at
	l.made.note(h.ts, l.clock, at)
	l.headers.note(&h, len(b)-headerSize, at)
	l.count(len(b)-headerSize, at)
	return true
}

// audible reports whether sound of o may be sent now, and counts when not.
func (l *line) audible(o *origin) bool {
	if o == l.origin && l.open && l.event.owner == nil {
		return true
	}
	l.suppressed++
	return false
}

// nextTS returns the timestamp of a packet that does not follow from the one
// before: time has gone on meanwhile, and never less than the last one lasts.
func (l *line) nextTS(at int64) uint32 {
	if !l.started {
		return l.ts
	}
	elapsed := units(at-l.at, l.clock)
	if l.made.known { // of what was late as if it had not been
		elapsed = int64(int32(l.made.now(l.clock, at) - l.ts))
	}
	return l.ts + uint32(max(elapsed, int64(l.span)))
}

func (l *line) count(size int, at int64) {
	l.packets++
	l.octets += uint64(size)
	if l.first == 0 {
		l.first = at
	}
	l.last = at
}

// now returns what a sender report says of the line (RFC 3550 §6.4.1): the
// timestamp at a time, packets and octets. ok is false before the first packet.
func (l *line) now(at int64) (ts uint32, packets, octets uint32, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.made.known { // the clock has changed, and nothing was sent with it yet
		l.made.note(l.ts, l.clock, l.at)
	}
	return l.made.now(l.clock, at), uint32(l.packets), uint32(l.octets), l.started
}

// units turns nanoseconds into units of a clock.
func units(ns int64, clock uint32) int64 {
	const second = int64(time.Second)
	return ns/second*int64(clock) + ns%second*int64(clock)/second
}

// scale turns units of one clock into those of another.
func scale(n, from, to uint32) uint32 {
	if from == to || from == 0 {
		return n
	}
	return uint32(uint64(n) * uint64(to) / uint64(from))
}
