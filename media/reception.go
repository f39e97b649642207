package media

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
)

// reception is what arrives from a leg: the statistics of RFC 3550 A.1, A.3
// and A.8 about the stream that the leg sends now.
type reception struct {
	mu sync.Mutex // a leaf: guards what follows

	// What each packet touches.
	started     bool
	codec       uint8  // formatName of the last packet
	maxSeq      uint16 // highest sequence number seen
	ssrc        uint32
	clock       uint32
	cycles      uint32 // of maxSeq, shifted by 16
	badSeq      uint32 // the last one expected after a jump + 1
	received    uint32 // of this stream
	transit     int64  // of the packet before, in clock units
	ts          uint32 // of the newest packet of sound,
	tsSeq       uint16 // whose number this is
	span        uint32 // how long packets last, in clock units; 0 = unknown
	seen        uint64 // which of the last 64 numbers up to maxSeq have come
	settled     uint32 // up to here bursts has been told of what is lost
	pauses      uint8  // how often it sent nothing for a while and no packet was missing, at most knownPauses
	paused      bool   // its last packet said that it pauses
	jitter      int64  // scaled by 16
	packets     uint64
	octets      uint64
	first, last int64
	heard       int64 // any RTP or RTCP
	headers     headerRing

	baseSeq       uint32
	lost          int64  // of streams before this one
	expectedPrior uint32 // at the last report
	receivedPrior uint32

	bursts bursts // of this stream
	before bursts // gaps and missing of the streams before

	lastSR   uint32 // middle of the NTP timestamp of their last sender report
	lastSRBy uint32 // whose that was
	lastSRAt int64  // when it came; 0 = none yet
	byeAt    int64  // when they said goodbye; 0 = not
	far      farReport
	xr       farState
}

// farReport is what a leg says about what it receives from us.
type farReport struct {
	at        int64 // when it last did; 0 = never
	lost      int64
	fraction  uint8
	jitter    uint32
	roundTrip time.Duration
}

// farState is what a leg says in extended reports (RFC 3611).
type farState struct {
	heard     bool   // it sends them, so that it gets them
	from      uint32 // who wants its reference time back
	reference uint32 // the middle of it
	at        int64  // when it came; 0 = none, or given back already
	told      bool   // it has said how what we send sounds
	quality   rtcpmsg.Quality
}

// noted says what is special about a packet.
type noted struct {
	first  bool // the first ever
	sample bool // one of the few whose sound is measured
	again  bool // it came before
}

// packet notes one RTP packet.
func (r *reception) packet(h *header, e *entry, size int, at int64) (n noted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started || h.ssrc != r.ssrc {
		r.restart(h, e.clock)
	} else {
		n.again = r.repeats(h)
		r.measure(h, e)
		r.update(h.seq)
	}
	if e.clock != r.clock {
		r.clock, r.transit, r.jitter, r.span = e.clock, 0, 0, 0
	}
	if e.format != formatNone { // events keep the timestamp of their beginning
		r.spread(h.ts, at)
		if h.seq == r.maxSeq {
			r.ts, r.tsSeq = h.ts, h.seq
		}
	}
	if h.seq == r.maxSeq {
		r.paused = e.do == doComfort || e.format == formatOpus && size <= dtxPayload
	}
	n.first, n.sample = r.first == 0, r.packets%sampleEvery == 0
	if n.first {
		r.first = at
	}
	r.headers.note(h, size, at)
	r.packets++
	r.octets += uint64(size)
	r.last, r.heard = at, at
	if e.format != formatNone {
		r.codec = uint8(e.format)
	}
	return n
}

// repeats reports whether a packet came before, and notes that it has come. One whose
// timestamp is later than all that came is of a far end that began to count anew.
func (r *reception) repeats(h *header) bool {
	ahead, behind := h.seq-r.maxSeq, r.maxSeq-h.seq
	switch {
	case behind < 64:
		bit := uint64(1) << behind
		if r.seen&bit != 0 && int32(h.ts-r.ts) <= 0 {
			return true
		}
		r.seen |= bit
	case ahead < jump: // none are left of those before, from 64 on
		r.settle(r.extended() + uint32(ahead) - settleAfter)
		r.seen = r.seen<<ahead | 1
	}
	return false
}

// measure notes how long packets last, which those of sound say that follow each other:
// none lasts more than 120 ms, so that a longer step is a pause.
func (r *reception) measure(h *header, e *entry) {
	if h.seq != r.maxSeq+1 || h.seq != r.tsSeq+1 || e.format == formatNone {
		return
	}
	switch step := h.ts - r.ts; {
	case step-1 < r.clock/1000*120:
		r.span = step
	case int32(step) > 0 && r.pauses < knownPauses:
		r.pauses++
	}
}

// knownPauses is how many pauses make of a far end one that sends nothing while nobody
// speaks there: one or two may be the ends of holds.
const knownPauses = 3

// maySayNothing reports whether the far end is one of which nothing may come for long
// though it is there: it has said that it pauses (RFC 3389, RFC 7587 §3.1.3), or does so
// without a word.
func (r *reception) maySayNothing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.paused || r.pauses == knownPauses
}

// settleAfter is how many packets must have come after one for it to be lost: fewer may
// have overtaken it.
const settleAfter = 16

// settle tells bursts what has not come of the packets up to an extended sequence number,
// before a packet that comes is noted.
func (r *reception) settle(end uint32) {
	newest := r.extended()
	if int32(end-r.settled) <= 0 {
		return
	}
	for n := r.settled + 1; int32(end-n) >= 0; n++ {
		if int32(n-newest) > 0 { // all of these
			r.bursts.lost(n, end-n+1)
			break
		}
		if r.seen>>(newest-n)&1 == 0 {
			r.bursts.lost(n, 1)
		}
	}
	r.settled = end
}

// restart begins a new stream; what the one before lost is kept.
func (r *reception) restart(h *header, clock uint32) {
	if r.started {
		r.lost += r.lostNow()
	}
	r.putAside()
	r.started, r.ssrc, r.clock = true, h.ssrc, clock
	r.maxSeq, r.baseSeq, r.cycles, r.settled = h.seq, uint32(h.seq), 0, uint32(h.seq)
	r.badSeq = 1 << 17 // never equal to a sequence number
	r.received, r.expectedPrior, r.receivedPrior = 1, 0, 0
	r.transit, r.jitter, r.span, r.seen = 0, 0, 0, 1
	r.pauses = 0
	if r.lastSRBy != h.ssrc { // its report may come before its first packet
		r.lastSR, r.lastSRAt = 0, 0
	}
	r.bursts.begin(uint32(h.seq))
}

// putAside keeps what is known of the losses of a stream that is over.
func (r *reception) putAside() {
	if r.started {
		r.settle(r.extended())
	}
	r.before.gaps += r.bursts.gaps
	r.before.missing += r.bursts.missing
}

// update is update_seq of RFC 3550 A.1, without the probation of new sources:
// the latch and SRTP have judged them already.
func (r *reception) update(seq uint16) {
	const maxMisorder = 100
	ahead := seq - r.maxSeq
	switch {
	case ahead < jump:
		if seq < r.maxSeq {
			r.cycles += 1 << 16
		}
		r.maxSeq = seq
	case uint32(ahead) <= 1<<16-maxMisorder:
		if uint32(seq) != r.badSeq {
			r.badSeq = uint32(seq + 1)
			return
		}
		// Two in a row: the far end began again without a new SSRC.
		r.lost += r.lostNow()
		r.putAside()
		r.maxSeq, r.baseSeq, r.cycles, r.settled = seq, uint32(seq), 0, uint32(seq)
		r.badSeq = 1 << 17
		r.received, r.expectedPrior, r.receivedPrior, r.seen = 0, 0, 0, 1
		r.bursts.begin(uint32(seq))
	}
	r.received++
}

// spread is the interarrival jitter of RFC 3550 A.8.
func (r *reception) spread(ts uint32, at int64) {
	transit := int64(int32(uint32(units(at, r.clock)) - ts))
	if r.transit != 0 {
		d := transit - r.transit
		if d < 0 {
			d = -d
		}
		if d < int64(r.clock)*int64(leap/time.Second) { // else a new timestamp line
			r.jitter += d - (r.jitter+8)>>4
		}
	}
	r.transit = transit
	if r.transit == 0 {
		r.transit = 1
	}
}

// extended returns the extended highest sequence number received.
func (r *reception) extended() uint32 { return r.cycles + uint32(r.maxSeq) }

// expected returns how many packets of this stream should have come.
func (r *reception) expected() uint32 { return r.extended() - r.baseSeq + 1 }

func (r *reception) lostNow() int64 {
	return int64(int32(r.expected() - r.received))
}

// takeReport returns the block for the next report and begins a new interval.
// ok is false while nothing was received.
func (r *reception) takeReport(now int64) (b rtcpmsg.Block, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		return b, false
	}
	expected := r.expected() - r.expectedPrior
	received := r.received - r.receivedPrior
	r.expectedPrior, r.receivedPrior = r.expected(), r.received
	lost := int64(int32(expected - received))
	if expected != 0 && lost > 0 {
		b.Fraction = uint8(min(lost<<8/int64(expected), 255))
	}
	b.SSRC, b.Highest = r.ssrc, r.extended()
	b.Lost = int32(max(-0x800000, min(r.lostNow(), 0x7fffff)))
	b.Jitter = uint32(r.jitter >> 4)
	if r.lastSRAt != 0 {
		b.LastSR = r.lastSR
		b.Delay = uint32(units(now-r.lastSRAt, 1<<16))
	}
	return b, true
}

// lastHeard returns when RTP or RTCP came last; ok is false when never.
func (r *reception) lastHeard() (at int64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard, r.heard != 0
}
