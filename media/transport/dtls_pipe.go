package transport

import (
	"net"
	"time"
)

// Bounds of the queue between the reader and DTLS. A flight comes at once, however
// long it is, and the goroutine of its handshake may have to wait for a processor: the
// longest message that the sieve lets through, in pieces of 256 octets, waits whole.
// Browsers send two datagrams, telephones with a chain of certificates some ten.
const (
	earlyHellos = 8        // datagrams kept before the far end is described
	dtlsQueue   = 288      // datagrams waiting in a handshake
	dtlsOctets  = 80 << 10 // octets of them
)

// dtlsPipe is the socket that DTLS believes to have: what the Mux has sorted
// out for it comes in, and goes out to where media goes.
type dtlsPipe struct {
	peer  *Peer
	queue *queue
	dtlsSieve
}

var _ net.PacketConn = (*dtlsPipe)(nil)

func newDTLSPipe(p *Peer, limit int) *dtlsPipe {
	return &dtlsPipe{peer: p, queue: newDTLSQueue(limit)}
}

func newDTLSQueue(limit int) *queue {
	q := newQueue(limit)
	q.most = dtlsOctets
	return q
}

// takeDTLS queues a datagram for the association, on a reader of the Mux.
func (p *Peer) takeDTLS(d datagram) {
	pipe := p.pipe.Load()
	if !pipe.passes(d.b, false) {
		p.mux.count.dtlsRefused.Add(1)
		return
	}
	if !pipe.queue.put(d) {
		p.mux.count.dtlsQueueFull.Add(1)
	}
}

// ReadFrom implements net.PacketConn.
func (c *dtlsPipe) ReadFrom(b []byte) (int, net.Addr, error) {
	d, err := c.queue.get()
	if err != nil {
		return 0, nil, err
	}
	return copy(b, d.b), dtlsFar, nil
}

// WriteTo implements net.PacketConn. Without a way it counts as lost.
func (c *dtlsPipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	if to := c.peer.flow.Load(); to != nil {
		c.peer.send(b, *to)
	}
	return len(b), nil
}

// dtlsFar stands for the far end, whose address ICE may change at any time.
var dtlsFar = &net.UDPAddr{IP: net.IPv4zero}

// Close implements net.PacketConn.
func (c *dtlsPipe) Close() error { c.queue.close(); return nil }

// LocalAddr implements net.PacketConn.
func (c *dtlsPipe) LocalAddr() net.Addr { return dtlsFar }

// SetDeadline implements net.PacketConn.
func (c *dtlsPipe) SetDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetReadDeadline implements net.PacketConn.
func (c *dtlsPipe) SetReadDeadline(t time.Time) error { c.queue.setReadDeadline(t); return nil }

// SetWriteDeadline implements net.PacketConn. Writes do not wait.
func (c *dtlsPipe) SetWriteDeadline(time.Time) error { return nil }
