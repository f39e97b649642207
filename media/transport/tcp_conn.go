package transport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of ICE over TCP (RFC 6544).
const (
	maxTCP      = 2048             // connections at a time
	maxTCPHost  = 256              // of one address: a whole office may share it
	tcpProof    = 10 * time.Second // until the first check that belongs to a peer
	tcpIdle     = 60 * time.Second // browsers check every 2.5 s
	tcpStuck    = 5 * time.Second  // a write that takes longer ends the connection
	tcpBacklog  = 64 << 10         // octets waiting to be written
	tcpReadSize = 8 << 10
)

var (
	errLinkClosed = errors.New("connection is closed")
	errLinkFull   = errors.New("connection takes no more")
)

// tcpConn is a connection of ICE over TCP: frames of a length of two octets and
// a packet (RFC 4571 §2). It has one reader and one writer, which nobody waits
// for.
type tcpConn struct {
	mux  *Mux
	conn net.Conn
	link *Link
	wake chan struct{} // of capacity 1: there is something to write, or it is over

	mu      sync.Mutex
	pending []byte // frames to write, at most tcpBacklog; guarded by mu
	closed  bool   // guarded by mu
}

// ServeTCP takes a connection that began with first, the octets that were read
// off it already. It returns at once; the connection is the Mux's from now on.
func (m *Mux) ServeTCP(conn net.Conn, first []byte) {
	from, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	own, _ := netip.ParseAddrPort(conn.LocalAddr().String())
	c := &tcpConn{mux: m, conn: conn, wake: make(chan struct{}, 1)}
	if !m.tcp.enter(from.Addr(), c) {
		m.count.tcpRefused.Add(1)
		_ = conn.Close()
		return
	}
	link, err := m.OpenLink(LinkConfig{Send: c.send, Mapped: unmap(from), Local: unmap(own), Kind: "tcp", Lost: c.close})
	if err != nil {
		m.tcp.leave(from.Addr(), c)
		_ = conn.Close()
		return
	}
	c.link = link
	m.count.tcpTaken.Add(1)
	markTCP(conn)
	m.tcp.running.Go(c.write)
	head := append([]byte(nil), first...) // the owner's buffer is the owner's
	m.tcp.running.Go(func() {
		defer m.tcp.leave(from.Addr(), c)
		c.read(head)
	})
}

// read is the goroutine of the connection. It ends with the first octet that
// does not belong here.
func (c *tcpConn) read(first []byte) {
	defer c.link.Close()
	defer c.close()
	in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(first), c.conn), tcpReadSize)
	buf := make([]byte, maxPacket+Tail)
	until := time.Now().Add(tcpProof)
	for proven := false; ; {
		if proven = proven || c.link.Proven(); proven {
			until = time.Now().Add(tcpIdle)
		}
		_ = c.conn.SetReadDeadline(until)
		n, err := readFrame(in, buf[:maxPacket])
		if err != nil {
			if !proven {
				c.mux.count.tcpUnproven.Add(1)
			}
			return
		}
		if n == 0 || !proven && classify(buf[:n]) != kindSTUN {
			c.mux.count.tcpUnproven.Add(1)
			return
		}
		c.link.Take(buf[:n])
	}
}

var errFrame = errors.New("frame is longer than a packet may be")

// readFrame reads one frame (RFC 4571 §2) into b and returns its length.
func readFrame(in io.Reader, b []byte) (int, error) {
	if _, err := io.ReadFull(in, b[:2]); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return 0, errFrame
	}
	return io.ReadFull(in, b[:n])
}

// send frames a packet and leaves it to the writer. A backlog that is full
// drops it: the far end is slow, and media that is late is worth nothing.
func (c *tcpConn) send(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return errLinkClosed
	case len(b) > maxPacket || len(c.pending)+2+len(b) > tcpBacklog:
		c.mux.count.tcpFull.Add(1)
		return errLinkFull
	}
	c.pending = binary.BigEndian.AppendUint16(c.pending, uint16(len(b)))
	c.pending = append(c.pending, b...)
	c.signal()
	return nil
}

func (c *tcpConn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write is the writer: all that waits goes out at once.
func (c *tcpConn) write() {
	var out []byte
	for range c.wake {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		out, c.pending = c.pending, out[:0]
		c.mu.Unlock()
		_ = c.conn.SetWriteDeadline(time.Now().Add(tcpStuck))
		if _, err := c.conn.Write(out); err != nil {
			c.close() // half a frame may be out: nothing can follow it
		}
	}
}

// close ends the connection and with it the reader.
func (c *tcpConn) close() {
	c.mu.Lock()
	already := c.closed
	c.closed = true
	c.mu.Unlock()
	if !already {
		_ = c.conn.Close()
		c.signal()
	}
}
