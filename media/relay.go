package media

import (
	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// relay sends a packet on as it is, on the goroutine that read it: a new header
// in place of the old one, right in front of the payload. b is header and
// payload; q is the reader's. false means that it was not sent, and h and b are as
// they were.
func (r *route) relay(e *entry, h *header, b []byte, at int64, q *transport.Batch) bool {
	size := len(b) - headerSize
	r.to.line.order.Lock()
	defer r.to.line.order.Unlock()
	if !r.to.line.forward(&r.origin, h, e.format.span(size), size, at) {
		return false
	}
	switch e.do {
	case doPassULaw:
		codecs.ULawToALaw(b[headerSize:])
	case doPassALaw:
		codecs.ALawToULaw(b[headerSize:])
	}
	h.put(b)
	r.to.remember(b, nil)
	if c := r.to.clear.Load(); c != nil {
		c.keepOut(b, at)
	}
	if r.to.wire.RelayRTP(b, q) != nil {
		r.to.count.brokenWrites.Add(1)
	}
	return true
}

// relayComfort sends comfort noise on to a listener that has agreed to it.
func (r *route) relayComfort(h *header, b []byte, at int64, q *transport.Batch) {
	r.to.line.order.Lock()
	defer r.to.line.order.Unlock()
	if !r.to.line.forward(&r.origin, h, 0, len(b)-headerSize, at) {
		return
	}
	h.pt = r.comfortPT
	h.put(b)
	if c := r.to.clear.Load(); c != nil {
		c.keepOut(b, at)
	}
	if r.to.wire.RelayRTP(b, q) != nil {
		r.to.count.brokenWrites.Add(1)
	}
}

// lasting is how long a packet lasts, and how long nothing was sent before it, in units
// of the line; and who has encoded it.
type lasting struct {
	span, skip uint32
	by         codecs.Encoder
}

// emit sends sound of our own: a packet whose header is written here. q is that of
// the worker that it runs on.
func (ep *Endpoint) emit(o *origin, b []byte, l lasting, at int64, q *transport.Batch) {
	ep.line.order.Lock()
	defer ep.line.order.Unlock()
	if ep.line.send(o, b, l.span, l.skip, at) {
		ep.remember(b, l.by)
		ep.write(b, q)
	}
}

// write sends a packet that has its header, where q is not nil together with others.
// The line's order is held.
func (ep *Endpoint) write(b []byte, q *transport.Batch) {
	if c := ep.clear.Load(); c != nil {
		c.keepOut(b, transport.Now())
	}
	if ep.wire.WriteRTP(b, q) != nil {
		ep.count.brokenWrites.Add(1)
	}
}
