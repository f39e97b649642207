package txn

import (
	"net"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// conn is a flow as sipgo's machines want it: a sip.Connection whose life is
// not theirs to end.
type conn struct {
	l *Layer
	f *flow.Flow
}

func (c conn) LocalAddr() net.Addr    { return net.UDPAddrFromAddrPort(c.f.Local()) }
func (c conn) Ref(int) int            { return 1 }
func (c conn) TryClose() (int, error) { return 1, nil }
func (c conn) Close() error           { return nil }

// serverConn writes answers. A machine writes the same answer again by its
// timers; over UDP that is kept below three times what came in, since the
// request may have come with somebody else's address on it.
type serverConn struct {
	conn
	in   atomic.Int64 // octets of the request and its repetitions
	free atomic.Bool  // the sender is vouched for: no limit
	out  int          // octets written; within the machine's lock
	last sip.Message  // what was written last; within the machine's lock
	raw  []byte       // last as octets
}

// amplification is the most octets that go out for each that came in, by the
// machine's own timers, over UDP.
const amplification = 3

// WriteMsg sends an answer; it is called within the machine's lock.
func (c *serverConn) WriteMsg(m sip.Message) error {
	again := m == c.last
	if !again {
		c.last, c.raw = m, sipmsg.Bytes(m)
	}
	limited := c.f.Kind() == flow.UDP && !c.free.Load()
	if again && limited && c.out+len(c.raw) > amplification*int(c.in.Load()) {
		c.l.counts.withheld.Add(1)
		return nil
	}
	c.out += len(c.raw)
	return c.l.write(c.f, c.raw)
}

// clientConn writes a request, and the ACK that the machine makes.
type clientConn struct {
	conn
	raw []byte                 // the request as octets; within the machine's lock
	ack atomic.Pointer[[]byte] // the ACK to a refusal, once made
}

// WriteMsg sends the request, or the ACK to its refusal; it is called within the
// machine's lock, and once before.
func (c *clientConn) WriteMsg(m sip.Message) error {
	if req, ok := m.(*sip.Request); ok && req.IsAck() {
		raw := sipmsg.Bytes(req)
		c.ack.Store(&raw)
		return c.l.write(c.f, raw)
	}
	if c.raw == nil {
		c.raw = sipmsg.Bytes(m)
	}
	return c.l.write(c.f, c.raw)
}
