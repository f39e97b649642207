package media

import (
	"sync/atomic"

	"github.com/tandemgw/tandem/media/transport"
)

var _ transport.Sink = (*Endpoint)(nil)

// counts are what an Endpoint counts without a lock.
type counts struct {
	refused, rtcpMalformed       atomic.Uint64
	late, concealed, recovered   atomic.Uint64
	dropped, digitsIn, duplicate atomic.Uint64
	brokenWrites                 atomic.Uint64
}

// RTP implements transport.Sink. It runs on the reader of the leg's socket and
// does all there is to do for a packet that is passed through.
func (ep *Endpoint) RTP(b []byte, at int64) {
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
		ep.count.refused.Add(1)
		return
	}
	if ep.in.packet(&h, e, end-begin, at) && ep.o.Events.FirstMedia != nil {
		ep.o.Events.FirstMedia()
	}
	if begin == end {
		return // a keep-alive (RFC 6263 §4.1)
	}
	switch e.do {
	case doPass, doPassULaw, doPassALaw:
		r.relay(e, &h, b[begin-headerSize:end], at)
	case doTranscode:
		r.path.push(&h, e.format, b[begin:end], at)
	case doEvent:
		ep.digits.packet(&h, e.clock, b[begin:end], at)
		if r.path != nil {
			r.path.push(&h, formatNone, nil, at)
		}
	}
}

// RTCP implements transport.Sink.
func (ep *Endpoint) RTCP(b []byte, at int64) {
	if !ep.in.reports(b, ep.line.ssrc, at) {
		ep.count.rtcpMalformed.Add(1)
	}
}
