package media

import (
	"encoding/binary"
	"sync"
)

// videoClock is the RTP clock of video, in Hz.
const videoClock = 90000

const (
	// kept is how many packets a line keeps to repeat: about two seconds of a
	// picture of 1.5 Mbit/s, a quarter of one of 12.
	kept = 256
	// longestKept is the longest packet that is kept, in octets.
	longestKept = 1500
	// mostCredit bounds how many octets may be repeated at once; each octet that is
	// sent gives credit for one that is repeated, so that nobody gets more than
	// twice what there is, however much he asks for.
	mostCredit = 256 << 10
	// repeatAfter is how soon a packet is repeated again, in nanoseconds.
	repeatAfter = 10e6
)

// videoLine is what a leg sees of us, as one stream that never breaks, whatever
// its source: the video's counterpart of line. A loss stays a gap, so that the far
// end can ask for what it misses.
type videoLine struct {
	ssrc, rtxSSRC uint32 // immutable

	mu      sync.Mutex // a leaf: guards what follows, never held during a write
	origin  *origin
	open    bool
	fresh   bool // the next packet begins a new stretch
	started bool
	seq     uint16 // of the newest packet
	ts      uint32
	at      int64
	pass    mapping
	made    sampling
	rtx     uint8 // payload type of repetitions; 0: as they were
	rtxSeq  uint16
	credit  int          // octets that may be repeated
	ring    *keptPackets // nil while the far end asks for none

	packets, octets uint64
}

// keptPackets are the newest packets of a line, by sequence number.
type keptPackets [kept]keptPacket

type keptPacket struct {
	size int // 0: none
	at   int64
	b    [longestKept]byte
}

// configure puts new terms to work; nil switches the line off.
func (l *videoLine) configure(t *videoTerms, e *Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := t != nil && t.sends
	if open && !l.open {
		l.fresh = true
	}
	l.open = open
	switch keeps := t != nil && t.feedback&nackFeedback != 0; {
	case keeps && l.ring == nil:
		l.ring, _ = e.rings.Get().(*keptPackets)
		if l.ring == nil {
			l.ring = new(keptPackets)
		}
		for i := range l.ring {
			l.ring[i].size = 0
		}
	case !keeps && l.ring != nil:
		e.rings.Put(l.ring)
		l.ring = nil
	}
	if t != nil {
		l.rtx = t.rtx
	}
}

// setSource makes o the one whose packets are sent.
func (l *videoLine) setSource(o *origin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o != l.origin {
		l.origin, l.fresh, l.pass.valid = o, true, false
	}
}

// forward gives a packet its place in the line, its header and payload type pt, and
// keeps it. b is room for the header, its extension where it has one, and the payload. false means that it is not
// to be sent.
func (l *videoLine) forward(o *origin, h *header, pt uint8, b []byte, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o != l.origin || !l.open {
		return false
	}
	m := &l.pass
	ahead := int16(h.seq - m.high)
	switch {
	case !m.valid || l.fresh || h.ssrc != m.ssrc || ahead > jump || ahead < -jump || ahead > 0 && m.leaps(h, videoClock, at):
		*m = mapping{
			valid: true, ssrc: h.ssrc, base: h.seq, high: h.seq,
			seqOffset: l.seq + 1 - h.seq, tsOffset: l.nextTS(at) - h.ts,
		}
	case int16(h.seq-m.base) < 0:
		return false // came before the stretch began
	}
	newest := l.fresh || int16(h.seq-m.high) >= 0 || !l.started
	l.fresh = false
	in := h.seq
	out := header{seq: h.seq + m.seqOffset, ts: h.ts + m.tsOffset, pt: pt, marker: h.marker, ssrc: l.ssrc, extended: h.extended}
	if newest {
		m.high, m.highTS, m.at = in, h.ts, at
		if int16(m.high-m.base) > 2*jump {
			m.base = m.high - jump
		}
		l.seq, l.ts, l.at, l.started = out.seq, out.ts, at, true
		l.made.note(out.ts, videoClock, at)
	}
	out.put(b)
	l.keep(out.seq, b)
	l.packets++
	l.octets += uint64(len(b) - out.size())
	l.credit = min(l.credit+len(b), mostCredit)
	return true
}

// keep remembers a packet that may have to be repeated.
func (l *videoLine) keep(seq uint16, b []byte) {
	if l.ring == nil {
		return
	}
	k := &l.ring[seq%kept]
	k.size, k.at = 0, 0
	if len(b) <= longestKept {
		k.size = copy(k.b[:], b)
	}
}

// omit closes the gap of a packet that has nothing in it.
func (l *videoLine) omit(o *origin, h *header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &l.pass
	if o != l.origin || !m.valid || l.fresh || h.ssrc != m.ssrc || h.seq != m.high+1 {
		return
	}
	m.seqOffset--
	m.high, m.base = h.seq, h.seq+1
}

// nextTS returns the timestamp of a packet that does not follow from the one
// before: as much later as time has gone on, at least a thirtieth of a second.
func (l *videoLine) nextTS(at int64) uint32 {
	if !l.started {
		return l.ts
	}
	return l.ts + uint32(max(units(at-l.at, videoClock), videoClock/30))
}

// repeat writes the packet seq into b once more, in the way of RFC 4588 where that
// is agreed, and returns its size; 0 where it is not kept, below 0 where it was
// repeated a moment ago, or too much was.
func (l *videoLine) repeat(seq uint16, b []byte, at int64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ring == nil || !l.open {
		return 0
	}
	k := &l.ring[seq%kept]
	if k.size == 0 || binary.BigEndian.Uint16(k.b[2:]) != seq {
		return 0
	}
	if k.at != 0 && at-k.at < repeatAfter || l.credit < k.size {
		return -1
	}
	k.at = at
	l.credit -= k.size
	if l.rtx == 0 {
		return copy(b, k.b[:k.size])
	}
	h, begin, _, _ := parseHeader(k.b[:k.size])
	l.rtxSeq++
	h.seq, h.pt, h.ssrc, h.extended = l.rtxSeq, l.rtx, l.rtxSSRC, begin > headerSize
	copy(b[:begin], k.b[:begin]) // RFC 4588 §4: with the extension it had
	h.put(b)
	binary.BigEndian.PutUint16(b[begin:], seq)
	return begin + 2 + copy(b[begin+2:], k.b[begin:k.size])
}

// arrived returns the sequence number that a packet of the line came with.
func (l *videoLine) arrived(seq uint16) (in uint16, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &l.pass
	in = seq - m.seqOffset
	behind := int16(m.high - in)
	return in, m.valid && l.open && behind >= 0 && behind < 1024 && int16(in-m.base) >= 0
}

// now returns what a sender report says of the line (RFC 3550 §6.4.1).
func (l *videoLine) now(at int64) (ts, packets, octets uint32, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made.now(videoClock, at), uint32(l.packets), uint32(l.octets), l.started
}
