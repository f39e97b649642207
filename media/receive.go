package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/transport"
)

var _ transport.Sink = (*Endpoint)(nil)

// counts are what an Endpoint counts without a lock.
type counts struct {
	refused, rtcpMalformed     atomic.Uint64
	late, concealed, recovered atomic.Uint64
	dropped, digitsIn, fax     atomic.Uint64
	digitsUnsent               atomic.Uint64
	brokenWrites, encodeErrors atomic.Uint64
	flooded                    atomic.Uint64 // RTP and RTCP beyond the quotas
	unknown                    atomic.Uint64 // of refused: payload type not agreed
	unknownType                atomic.Uint32 // of the last of them
}

// RTP implements transport.Sink. It runs on the reader of the leg's socket and
// does all there is to do for a packet that is passed through.
func (ep *Endpoint) RTP(b []byte, at int64, q *transport.Batch) {
	r := ep.route.Load()
	if r == nil {
		ep.count.refused.Add(1)
		return
	}
	h, begin, end, ok := parseHeader(b)
	if !ok {
		ep.count.refused.Add(1)
		return
	}
	e := &r.entries[h.pt]
	if e.do == doRefuse {
		if ep.takeVideo(&h, b, payload{begin, end}, at, q) {
			return
		}
		ep.count.unknown.Add(1)
		ep.count.unknownType.Store(uint32(h.pt))
		ep.count.refused.Add(1)
		return
	}
	if !ep.quota.Spend(soundEvery, soundAtOnce, at) {
		ep.count.flooded.Add(1)
		return
	}
	if t := uint32(h.pt); t != ep.heardType.Load() {
		ep.heardType.Store(t)
	}
	n := ep.in.packet(&h, e, end-begin, at)
	if n.first && ep.o.Events.FirstMedia != nil {
		ep.o.Events.FirstMedia(h.pt)
	}
	if n.again {
		ep.count.late.Add(1)
		return
	}
	if n.sample {
		ep.heardLevel.payload(e.format, b[begin:end])
	}
	if c := ep.clear.Load(); c != nil {
		c.keepIn(&h, b[begin:end], at)
	}
	if begin == end {
		ep.keptAlive(r, &h, at)
		return
	}
	if t := ep.tap.Load(); t != nil {
		t.take(&h, e, b[begin:end], at)
	}
	if e.format != formatNone && ep.pressed.Load() {
		ep.digits.sound(&h)
	}
	switch e.do {
	case doPass, doPassULaw, doPassALaw:
		if !e.passes.fits(end - begin) {
			ep.reframe(r)
		}
		r.path.ends(&h, at)
		if !r.relay(e, &h, b[begin-headerSize:end], at, q) {
			ep.overtaken(r, &h, b, payload{begin, end}, at, q)
		}
	case doTranscode:
		r.path.begins()
		r.path.push(&h, e.format, b[begin:end], at)
	case doMix:
		r.input.push(&h, e.format, b[begin:end], at)
	case doComfort:
		switch {
		case r.decodesNow():
			r.path.push(&h, formatComfort, b[begin:end], at)
		case r.input != nil:
			r.input.push(&h, formatNone, nil, at)
		case r.comfort:
			r.relayComfort(&h, b[begin-headerSize:end], at, q)
		case r.to != nil:
			// Who has not agreed to it hears the background go on from now on.
			// The place of this one must not look like a loss.
			r.to.line.omit(&r.origin, &h)
			ep.reframing.keep(&h, b[begin:end], at)
			ep.reframe(r)
		}
	case doEvent:
		q.Flush() // the digit goes out at once, and the sound came before it
		ep.digits.packet(&h, e.clock, b[begin:end], at)
		if r.decodesNow() {
			r.path.push(&h, formatNone, nil, at)
		} else if r.to != nil {
			r.to.line.omit(&r.origin, &h) // where the digit is told in another way
		}
		if r.input != nil {
			r.input.push(&h, formatNone, nil, at)
		}
	}
}

// keptAlive takes a packet that holds nothing (RFC 6263 §4.1). Its place in the sequence
// must not look like a loss.
func (ep *Endpoint) keptAlive(r *route, h *header, at int64) {
	if t := ep.tap.Load(); t != nil {
		for _, ear := range t.ears {
			ear.push(h, formatNone, nil, at)
		}
	}
	switch {
	case r.input != nil:
		r.input.push(h, formatNone, nil, at)
	case r.decodesNow():
		r.path.push(h, formatNone, nil, at)
	case r.to != nil:
		r.to.line.omit(&r.origin, h)
	}
}

// overtaken takes a packet by the present route where another one took the place of r
// while the packet was on its way: the worker's, say, that gives packets another
// length. Else a packet would be lost whenever that happens.
func (ep *Endpoint) overtaken(r *route, h *header, b []byte, in payload, at int64, q *transport.Batch) {
	now := ep.route.Load()
	if now == nil || now == r || now.to != r.to {
		return // it was not to be sent, or somebody else listens
	}
	switch e := &now.entries[h.pt]; e.do {
	case doPass, doPassULaw, doPassALaw:
		now.relay(e, h, b[in.begin-headerSize:in.end], at, q)
	case doTranscode:
		now.path.begins()
		now.path.push(h, e.format, b[in.begin:in.end], at)
	}
}

// RTCP implements transport.Sink.
func (ep *Endpoint) RTCP(b []byte, at int64) {
	if !ep.quotaRTCP.Spend(pictureEvery, pictureAtOnce, at) {
		ep.count.flooded.Add(1)
		return
	}
	ep.showReport(b, true)
	b, all := rtcpmsg.First(b)
	if t := ep.videos.Load(); t != nil {
		heardOfVideo(t.lines, b, at)
	}
	r, ok := rtcpmsg.Read(b, ep.line.ssrc)
	if !ok || !all {
		ep.count.rtcpMalformed.Add(1)
	}
	ep.in.take(r, uint32(rtcpmsg.NTP(time.Now())>>16), at)
	if r.About {
		ep.loss.note(r.Block.Fraction)
	}
}
