package media

import (
	"encoding/binary"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

var _ transport.Sink = (*video)(nil)

const nackFeedback = sdp.NACK

// takeVideo does all there is to do for a packet whose payload type is none of the
// audio's, and reports whether it is of a video line.
func (ep *Endpoint) takeVideo(h *header, b []byte, p payload, at int64, q *transport.Batch) bool {
	t := ep.videos.Load()
	if t == nil {
		return false
	}
	v := t.find(h)
	if v == nil {
		return false
	}
	v.receive(h, b, p, at, q)
	return true
}

// payload is where in a packet its payload begins and ends.
type payload struct{ begin, end int }

// RTP implements transport.Sink, for a line that has ports of its own.
func (v *video) RTP(b []byte, at int64, q *transport.Batch) {
	h, begin, end, ok := parseHeader(b)
	if !ok {
		v.counts.refused.Add(1)
		return
	}
	v.receive(&h, b, payload{begin, end}, at, q)
}

// receive passes a packet on, on the goroutine that read it.
func (v *video) receive(h *header, b []byte, p payload, at int64, q *transport.Batch) {
	if !v.quota.Spend(pictureEvery, pictureAtOnce, at) {
		v.counts.flooded.Add(1)
		return
	}
	t := v.terms.Load()
	if t == nil || !t.receives || t.entries[h.pt].codec.IsZero() {
		v.counts.refused.Add(1)
		return
	}
	if apt := t.entries[h.pt].apt; apt != 0 {
		// RFC 4588 §4: the number it had, then what it was.
		if p.end-p.begin <= 2 {
			return // only there to find out how much gets through
		}
		h.seq, h.pt, h.ssrc = binary.BigEndian.Uint16(b[p.begin:]), apt, v.source.Load()
		p.begin += 2
	} else {
		if v.source.Load() != h.ssrc {
			v.source.Store(h.ssrc)
			v.high = h.seq
			v.begins(t, at)
		}
		v.in.packet(h, &entry{clock: videoClock, format: formatOpaque}, p.end-p.begin, at)
		v.missing(h, t)
	}
	r := v.route.Load()
	if r == nil {
		return
	}
	v.ask(at)
	pt := r.pts[h.pt]
	switch {
	case pt == 0:
		v.counts.refused.Add(1)
	case p.begin == p.end:
		r.to.out.omit(&r.origin, h)
	default:
		r.relay(h, pt, b[r.turn(t, h, b, p):p.end], at, q)
	}
}

// relay sends a packet on with a header of its own.
func (r *videoRoute) relay(h *header, pt uint8, b []byte, at int64, q *transport.Batch) {
	if !r.to.out.forward(&r.origin, h, pt, b, at) {
		return
	}
	if r.terms.wire.RelayRTP(b, q) != nil {
		r.to.ep.count.brokenWrites.Add(1)
	}
}

// missing asks for packets that were left out, once, where whoever sees them
// cannot ask by itself.
func (v *video) missing(h *header, t *videoTerms) {
	const most = 32
	ahead := h.seq - v.high
	if int16(ahead) <= 0 {
		return
	}
	first := v.high + 1
	v.high = h.seq
	if ahead < 2 || ahead > most || t.entries[h.pt].codec.Feedback&sdp.NACK == 0 {
		return
	}
	if r := v.route.Load(); r == nil || r.terms.feedback&sdp.NACK != 0 {
		return
	}
	var lost [most]uint16
	for i := range ahead - 1 {
		lost[i] = first + i
	}
	v.sendNACK(lost[:ahead-1])
}

// nacked repeats packets that the far end misses; those that have not come here
// either are asked for.
func (v *video) nacked(lost []uint16, at int64) {
	t := v.terms.Load()
	if t == nil {
		return
	}
	var upstream [maxNACKs]uint16
	n := 0
	scratch, _ := v.ep.engine.scratch.Get().(*scratchPacket)
	if scratch == nil {
		scratch = new(scratchPacket)
	}
	defer v.ep.engine.scratch.Put(scratch)
	from := v.from.Load()
	for _, seq := range lost {
		size := v.out.repeat(seq, scratch[:longestKept+2], at)
		if size > 0 {
			v.counts.repeated.Add(1)
			if t.wire.WriteRTP(scratch[:size:len(scratch)], nil) != nil {
				v.ep.count.brokenWrites.Add(1)
			}
			continue
		}
		if in, ok := v.out.arrived(seq); size == 0 && ok && n < len(upstream) {
			upstream[n] = in
			n++
		}
	}
	if from != nil && n > 0 && from.asks.lost.may(at) {
		from.sendNACK(upstream[:n])
	}
}

// scratchPacket has room for a packet that is repeated.
type scratchPacket [longestKept + 2 + transport.Tail]byte
