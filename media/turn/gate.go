package turn

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of connections.
const (
	maxConns     = 1024
	maxConnsHost = 128 // of one address: a whole office may share it
	shakeTime    = 10 * time.Second
	proofTime    = 15 * time.Second // until there is an allocation
	idleTime     = 90 * time.Second // browsers check every 2.5 s
	writeTime    = 5 * time.Second
	acceptPause  = 50 * time.Millisecond
)

// gate is a listener whose connections have shaken hands and are bounded. It is
// what pion/turn accepts from.
type gate struct {
	net.Listener
	server *Server
	tls    *tls.Config // nil without TLS
	ready  chan net.Conn
	ended  chan struct{}
	once   sync.Once
	works  sync.WaitGroup

	mu    sync.Mutex
	open  map[*gateConn]struct{} // guarded by mu; at most maxConns
	hosts map[netip.Addr]int     // guarded by mu
}

func newGate(s *Server, l net.Listener, c *tls.Config) *gate {
	g := &gate{
		Listener: l, server: s, tls: c, ready: make(chan net.Conn), ended: make(chan struct{}),
		open: map[*gateConn]struct{}{}, hosts: map[netip.Addr]int{},
	}
	g.works.Go(g.run)
	return g
}

// run accepts until the listener is closed.
func (g *gate) run() {
	for {
		c, err := g.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many open files, a client that is gone already
			time.Sleep(acceptPause)
			continue
		}
		conn := &gateConn{Conn: c, gate: g, began: time.Now(), far: addrPortOf(c.RemoteAddr()), near: addrPortOf(c.LocalAddr())}
		if !g.enter(conn) {
			g.server.count.refused.Add(1)
			_ = c.Close()
			continue
		}
		g.server.count.connections.Add(1)
		g.works.Go(func() { g.pass(conn) })
	}
}

// pass shakes hands, where there is TLS, and hands the connection over.
func (g *gate) pass(c *gateConn) {
	if g.tls != nil {
		secure := tls.Server(c.Conn, g.tls)
		ctx, cancel := context.WithTimeout(context.Background(), shakeTime)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			g.server.count.refused.Add(1)
			_ = c.Close()
			return
		}
		c.mu.Lock()
		c.Conn = secure
		c.mu.Unlock()
	}
	select {
	case g.ready <- c:
	case <-g.ended:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case c := <-g.ready:
		return c, nil
	case <-g.ended:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (g *gate) Close() error {
	var err error
	g.once.Do(func() { close(g.ended); err = g.Listener.Close() })
	return err
}

// end closes every connection too, and waits for the gate's own goroutines.
func (g *gate) end() {
	_ = g.Close()
	g.mu.Lock()
	all := make([]*gateConn, 0, len(g.open))
	for c := range g.open {
		all = append(all, c)
	}
	g.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
	g.works.Wait()
}

func (g *gate) enter(c *gateConn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	host := c.far.Addr()
	if len(g.open) >= maxConns || g.hosts[host] >= maxConnsHost {
		return false
	}
	g.open[c] = struct{}{}
	g.hosts[host]++
	return true
}

func (g *gate) leave(c *gateConn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.open[c]; !ok {
		return
	}
	delete(g.open, c)
	if host := c.far.Addr(); g.hosts[host] <= 1 {
		delete(g.hosts, host)
	} else {
		g.hosts[host]--
	}
}

// gateConn is a connection with deadlines: one that gets no allocation, falls
// silent or does not read is cut off.
type gateConn struct {
	net.Conn  // guarded by mu until it is handed over
	gate      *gate
	began     time.Time
	far, near netip.AddrPort
	in        *bufio.Reader // of the reading goroutine, like spoke
	spoke     bool
	mu        sync.Mutex
}

// Read implements net.Conn: it gives one message at a time, and those only that may be
// looked at. Whoever has no allocation must begin to ask for one.
func (c *gateConn) Read(b []byte) (int, error) {
	if c.in == nil {
		c.in = bufio.NewReaderSize(c.Conn, inboundMTU)
	}
	for {
		until, has := c.began.Add(proofTime), c.gate.server.tuples.has(c.far, c.near)
		if has {
			until = time.Now().Add(idleTime)
		}
		_ = c.Conn.SetReadDeadline(until)
		n, err := readFrame(c.in, b)
		if err != nil {
			return 0, err
		}
		if !c.spoke && !isAllocate(b[:n]) { // data of a channel: nobody who begins
			c.gate.server.count.ignored.Add(1)
			return 0, net.ErrClosed
		}
		c.spoke = true
		if c.gate.server.lets(b[:n], c.far, c.near) {
			return c.gate.server.unbind(b[:n], c.far, c.near), nil
		}
	}
}

// Write implements net.Conn. It waits, on the allocation's own goroutine.
func (c *gateConn) Write(b []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(writeTime))
	if _, err := c.Conn.Write(c.gate.server.bind(b, c.far, c.near)); err != nil {
		_ = c.Close() // half a frame may be out: nothing can follow it
		return 0, err
	}
	return len(b), nil
}

// Close implements net.Conn.
func (c *gateConn) Close() error {
	c.gate.leave(c)
	c.mu.Lock()
	conn := c.Conn
	c.mu.Unlock()
	return conn.Close()
}
