package transport

import (
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"
)

// Bounds of the queue between the reader and DTLS.
const (
	earlyHellos = 8  // datagrams kept before the far end is described
	dtlsQueue   = 32 // datagrams waiting in a handshake
)

// dtlsPipe is the socket that DTLS believes to have: what the Mux has sorted
// out for it comes in, and goes out to where media goes.
type dtlsPipe struct {
	peer  *Peer
	queue *queue
	done  atomic.Bool // the handshake is over
}

var _ net.PacketConn = (*dtlsPipe)(nil)

func newDTLSPipe(p *Peer, limit int) *dtlsPipe {
	return &dtlsPipe{peer: p, queue: newQueue(limit)}
}

// takeDTLS queues a datagram for the association, on a reader of the Mux.
func (p *Peer) takeDTLS(d datagram) {
	pipe := p.pipe.Load()
	if pipe.done.Load() && !sealedRecords(d.b) {
		p.mux.count.dtlsRefused.Add(1)
		return
	}
	if !pipe.queue.put(d) {
		p.mux.count.dtlsQueueFull.Add(1)
	}
}

// sealedRecords reports whether a datagram may reach an association that is
// up: every record encrypted (epoch 1 and on), or one of those a far end
// repeats when our last flight was lost. An alert in the clear, which anyone
// who forges an address could send, must not end a call.
func sealedRecords(b []byte) bool {
	const header, changeCipherSpec, handshake = 13, 20, 22
	for len(b) > 0 {
		if len(b) < header {
			return false
		}
		n := header + int(binary.BigEndian.Uint16(b[11:]))
		if n > len(b) {
			return false
		}
		clear := b[3] == 0 && b[4] == 0
		if clear && b[0] != changeCipherSpec && b[0] != handshake {
			return false
		}
		b = b[n:]
	}
	return true
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
