package media

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// digitReader hears the digits of one leg and makes each anew on the line of
// the leg that listens. It runs on the reader of the socket, in step with the
// packets that come, for relayed and transcoded calls alike; only an end that
// is lost is made up by the worker.
type digitReader struct {
	ep    *Endpoint
	watch job // worker: looks for lost ends

	// mu guards what follows. Other than the locks of lines it is held while
	// the packets of a digit are written, to keep them in order; sound takes it
	// only while there is a digit.
	mu       sync.Mutex
	in       eventReader
	to       *Endpoint // who hears the digit
	relaying bool      // its line is ours until the digit ends
	buf      [eventSize + transport.Tail]byte
}

func (d *digitReader) init(ep *Endpoint) {
	d.ep = ep
	d.watch.worker, d.watch.run = ep.worker, d.expire
}

// packet takes one telephone-event packet.
func (d *digitReader) packet(h *header, clock uint32, b []byte, at int64) {
	d.mu.Lock()
	c := d.in.packet(h, b, clock, at)
	if c.lost {
		d.finish(&c.before, at)
	}
	if c.began {
		d.begin(h, at)
	}
	if c.began || c.updated && !c.ended {
		d.update(at) // a digit always begins with a packet that is not its end
	}
	if c.ended {
		d.finish(&d.in.now, at)
	}
	now := d.in.now
	d.ep.pressed.Store(d.in.active)
	d.mu.Unlock()
	if c.lost {
		d.tell(&c.before)
	}
	if c.ended {
		d.tell(&now)
	} else if c.began {
		d.watch.wake()
	}
}

// sound takes note of a packet of sound while a digit is pressed: one that it comes
// after is over.
func (d *digitReader) sound(h *header) {
	d.mu.Lock()
	before := d.in.sounded
	d.in.heardSound(h)
	sooner := d.in.sounded && !before
	d.mu.Unlock()
	if sooner {
		d.watch.wake()
	}
}

// expire is the watch job: it ends a digit whose end is lost.
func (d *digitReader) expire(now int64) (next int64) {
	d.mu.Lock()
	ended := d.in.expire(now)
	if ended {
		d.finish(&d.in.now, now)
	} else if d.in.active {
		next = d.in.deadline()
	}
	digit := d.in.now
	d.ep.pressed.Store(d.in.active)
	d.mu.Unlock()
	if ended {
		d.tell(&digit)
	}
	return next
}

// begin takes the listener's line for a digit that has just begun.
func (d *digitReader) begin(h *header, at int64) {
	d.to, d.relaying = nil, false
	if r := d.ep.route.Load(); r != nil && r.to != nil {
		d.to = r.to
		d.relaying = d.to.line.beginEvent(d, d.in.now.code, h, at)
	}
}

// update sends one packet for one that came.
func (d *digitReader) update(at int64) {
	if d.relaying {
		now := &d.in.now
		d.to.writeEvent(d, d.buf[:eventSize], progress{total: now.total, clock: now.clock}, at)
	}
}

// finish sends the end of digit e, three times whatever came (RFC 4733
// §2.5.1.4). Where the line could not be taken the whole digit is queued: the
// listener has no telephone-event, or is just being sent another digit.
func (d *digitReader) finish(e *heardEvent, at int64) {
	digit, _ := digitOf(e.code)
	if d.relaying {
		d.to.endEvent(d, d.buf[:eventSize], progress{total: e.total, clock: e.clock, end: true}, at)
	} else if d.to != nil {
		_ = d.to.SendDigit(digit, e.length())
	}
	d.to, d.relaying = nil, false
}

// tell counts a whole digit and calls Events.Digit.
func (d *digitReader) tell(e *heardEvent) {
	d.ep.count.digitsIn.Add(1)
	if digit, ok := digitOf(e.code); ok {
		d.ep.noteDigit(NoticeDigitIn, digit, e.length())
	}
	if told := d.ep.o.Events.Digit; told != nil && !d.ep.closed.Load() {
		digit, _ := digitOf(e.code)
		told(digit, max(e.length(), time.Millisecond))
	}
}

// writeEvent sends the packet that says how far a digit has come, two or more
// where it has outgrown its segment. b has eventSize octets.
func (ep *Endpoint) writeEvent(owner any, b []byte, p progress, at int64) {
	ep.line.order.Lock()
	defer ep.line.order.Unlock()
	for more := true; more; {
		var ok bool
		if ok, more = ep.line.updateEvent(owner, b, p, at); !ok {
			return
		}
		ep.write(b, nil)
	}
}

// endEvent sends the end of a digit and gives the line back.
func (ep *Endpoint) endEvent(owner any, b []byte, p progress, at int64) {
	for range 3 {
		ep.writeEvent(owner, b, p, at)
	}
	ep.line.release(owner)
}
