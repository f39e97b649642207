package transport

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// tcpTable is the connections of ICE over TCP.
type tcpTable struct {
	running sync.WaitGroup

	mu     sync.Mutex
	open   map[*tcpConn]struct{} // guarded by mu; at most maxTCP
	hosts  map[netip.Addr]int    // connections by address; guarded by mu
	closed bool                  // guarded by mu
}

func (t *tcpTable) enter(from netip.Addr, c *tcpConn) bool {
	from = from.Unmap()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.open) >= maxTCP || t.hosts[from] >= maxTCPHost {
		return false
	}
	if t.open == nil {
		t.open, t.hosts = map[*tcpConn]struct{}{}, map[netip.Addr]int{}
	}
	t.open[c] = struct{}{}
	t.hosts[from]++
	return true
}

func (t *tcpTable) leave(from netip.Addr, c *tcpConn) {
	from = from.Unmap()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, c)
	if t.hosts[from]--; t.hosts[from] <= 0 {
		delete(t.hosts, from)
	}
}

// end closes every connection and waits for the readers.
func (t *tcpTable) end() {
	t.mu.Lock()
	t.closed = true
	all := make([]*tcpConn, 0, len(t.open))
	for c := range t.open {
		all = append(all, c)
	}
	t.mu.Unlock()
	for _, c := range all {
		c.close()
	}
	t.running.Wait()
}

// closeLinks ends the connections, and tells the owners of other links.
func (m *Mux) closeLinks() {
	m.tcp.end()
	m.links.mu.Lock()
	m.links.closed = true
	all := make([]*Link, 0, len(m.links.open))
	for _, l := range m.links.open {
		all = append(all, l)
	}
	m.links.mu.Unlock()
	for _, l := range all {
		l.Close()
		if l.c.Lost != nil {
			l.c.Lost()
		}
	}
}

// ShareTCP lets a listener of something else, HTTP or TLS, carry ICE over TCP
// besides (RFC 6544): what begins like a frame of STUN becomes the Mux's, all
// else is the owner's as before. at is where the listener is bound, which
// candidates announce from now on.
func (m *Mux) ShareTCP(l net.Listener, at netip.AddrPort) net.Listener {
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	m.links.mu.Lock()
	m.links.ports = append(slices.Clone(m.links.ports), at)
	m.links.mu.Unlock()
	return &sharedListener{Listener: l, mux: m, at: at}
}

// sharedListener accepts connections that look at their first octet.
type sharedListener struct {
	net.Listener
	mux  *Mux
	at   netip.AddrPort
	once sync.Once
}

// Close implements net.Listener. Candidates announce the place no more; connections
// that the Mux has taken go on.
func (l *sharedListener) Close() error {
	l.once.Do(func() {
		t := &l.mux.links
		t.mu.Lock()
		defer t.mu.Unlock()
		if i := slices.Index(t.ports, l.at); i >= 0 {
			t.ports = slices.Delete(slices.Clone(t.ports), i, i+1)
		}
	})
	return l.Listener.Close()
}

// Accept implements net.Listener.
func (l *sharedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &sharedConn{Conn: c, mux: l.mux}, nil
}

// sharedConn is a connection that is the owner's unless its first octet is not.
// The owner's read of it does the looking, under the deadlines that the owner has
// set for a header or a handshake, so that a slow connection costs what it did
// before. When it is taken, the owner sees it closed.
//
//	 0..3       the length of a STUN message in two octets (RFC 4571 §2)
//	0x16        TLS
//	letters     HTTP
type sharedConn struct {
	net.Conn
	mux   *Mux
	known bool // the first octet was seen; of the reading goroutine

	mu    sync.Mutex
	taken bool // guarded by mu
}

// Read implements net.Conn.
func (c *sharedConn) Read(b []byte) (int, error) {
	if c.known {
		if c.isTaken() {
			return 0, net.ErrClosed
		}
		return c.Conn.Read(b)
	}
	n, err := c.Conn.Read(b)
	if n == 0 {
		return n, err
	}
	c.known = true
	if b[0] > 3 {
		return n, err
	}
	c.mu.Lock()
	c.taken = true
	_ = c.Conn.SetDeadline(time.Time{})
	c.mu.Unlock()
	c.mux.ServeTCP(c.Conn, b[:n])
	return 0, net.ErrClosed
}

func (c *sharedConn) isTaken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken
}

// Write implements net.Conn.
func (c *sharedConn) Write(b []byte) (int, error) {
	if c.isTaken() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

// Close implements net.Conn.
func (c *sharedConn) Close() error {
	if c.isTaken() {
		return nil
	}
	return c.Conn.Close()
}

// SetDeadline implements net.Conn.
func (c *sharedConn) SetDeadline(t time.Time) error { return c.unlessTaken(t, net.Conn.SetDeadline) }

// SetReadDeadline implements net.Conn.
func (c *sharedConn) SetReadDeadline(t time.Time) error {
	return c.unlessTaken(t, net.Conn.SetReadDeadline)
}

// SetWriteDeadline implements net.Conn.
func (c *sharedConn) SetWriteDeadline(t time.Time) error {
	return c.unlessTaken(t, net.Conn.SetWriteDeadline)
}

func (c *sharedConn) unlessTaken(t time.Time, set func(net.Conn, time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken {
		return nil
	}
	return set(c.Conn, t)
}
