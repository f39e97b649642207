package transport

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// plainPipe is the socket that DTLS believes to have.
type plainPipe struct {
	h        *plainHandshake
	queue    *queue
	doubtful atomic.Bool // something of another address than the described one was let in
	dtlsSieve
}

var _ net.PacketConn = (*plainPipe)(nil)

func newPlainPipe(h *plainHandshake) *plainPipe {
	return &plainPipe{h: h, queue: newDTLSQueue(dtlsQueue)}
}

// ReadFrom implements net.PacketConn.
func (c *plainPipe) ReadFrom(b []byte) (int, net.Addr, error) {
	d, err := c.queue.get()
	if err != nil {
		return 0, nil, err
	}
	if last := c.h.from.Load(); !c.done.Load() && (last == nil || *last != d.from) {
		c.h.from.Store(&d.from)
	}
	return copy(b, d.b), dtlsFar, nil
}

// WriteTo implements net.PacketConn: to where what was read last came from, else to
// where the far end is described. Without a way it counts as lost.
func (c *plainPipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p := c.h.plain
	to, conn := p.to.Load(), p.rtp
	at := to.rtp
	if c.h.control {
		at, conn = to.rtcp, p.rtcp
	}
	if from := c.h.from.Load(); from != nil && p.ports.allowed(*from) {
		if c.h.setup == sdp.Active && !c.h.spoke.Load() && at.IsValid() && at != *from {
			_ = p.write(conn, b, at) // whoever has spoken may not be who was called
		}
		at = *from
	}
	if at.IsValid() {
		_ = p.write(conn, b, at)
	}
	return len(b), nil
}

// Close implements net.PacketConn.
func (c *plainPipe) Close() error { c.queue.close(); return nil }

// LocalAddr implements net.PacketConn.
func (c *plainPipe) LocalAddr() net.Addr { return dtlsFar }

// SetDeadline implements net.PacketConn.
func (c *plainPipe) SetDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetReadDeadline implements net.PacketConn.
func (c *plainPipe) SetReadDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetWriteDeadline implements net.PacketConn. Writes do not wait.
func (c *plainPipe) SetWriteDeadline(time.Time) error { return nil }
