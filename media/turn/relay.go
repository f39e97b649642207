package turn

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/turn/v5"

	"github.com/tandemgw/tandem/media/transport"
)

// Bounds of one allocation.
const (
	maxLinks    = 32 // media addresses of ours that it reaches
	maxChannels = 64
	queueLength = 64      // packets of ours on the way to the browser
	octetsASec  = 1 << 20 // each way
	octetsAhead = 256 << 10
	maxPacket   = 2048
)

var (
	errFull     = errors.New("no more allocations")
	errFamily   = errors.New("no media address of this family")
	errOnlyUDP  = errors.New("only UDP is relayed")
	errNoChoice = errors.New("no port can be asked for")
	errSlow     = errors.New("browser takes no more")
)

// hasRoom is asked before an allocation is made (486 where not).
func (s *Server) hasRoom(user, _ string, _ net.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.full.Load() && len(s.relays) < maxAllocations && s.users[user] < maxOfUser {
		return true
	}
	s.count.full.Add(1)
	return false
}

// generator makes relays; pion/turn takes them for sockets.
type generator struct{ server *Server }

var _ pion.RelayAddressGenerator = generator{}

// Validate implements pion.RelayAddressGenerator.
func (generator) Validate() error { return nil }

// AllocateListener implements pion.RelayAddressGenerator: RFC 6062 is not for us.
func (generator) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

// AllocateConn implements pion.RelayAddressGenerator.
func (generator) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyUDP }

// AllocatePacketConn implements pion.RelayAddressGenerator.
func (g generator) AllocatePacketConn(c pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if c.RequestedPort != 0 || c.UserID == "" {
		return nil, nil, errNoChoice
	}
	s := g.server
	own := s.ofFamily(c.Network == "udp4")
	if !own.IsValid() {
		return nil, nil, errFamily
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.relays) >= maxAllocations || s.users[c.UserID] >= maxOfUser {
		s.count.full.Add(1)
		return nil, nil, errFull
	}
	r := &relay{server: s, user: c.UserID, links: map[netip.AddrPort]*transport.Link{}, wake: make(chan struct{}, 1)}
	r.addr = s.freeAddrLocked(own)
	s.relays[r.addr] = r
	s.users[r.user]++
	s.count.made.Add(1)
	return r, net.UDPAddrFromAddrPort(r.addr), nil
}

// freeAddrLocked names a relayed address (RFC 8656 §7.2). It is only a name: no
// socket has it, and nobody but its browser sends from it.
func (s *Server) freeAddrLocked(own netip.Addr) netip.AddrPort {
	const first, count = 49152, 16384
	for {
		s.last = (s.last + 1) % count
		a := netip.AddrPortFrom(own, first+s.last)
		if s.relays[a] == nil && a.Port() != s.c.Mux.Port() {
			return a
		}
	}
}

// relay is the far side of an allocation.
type relay struct {
	server   *Server
	user     string
	addr     netip.AddrPort // the relayed address
	channels atomic.Int32
	wake     chan struct{} // of capacity 1: something waits, or it is over

	out transport.Quota // what the browser sends; of the goroutine that reads it
	buf [maxPacket + transport.Tail]byte

	mu     sync.Mutex
	links  map[netip.AddrPort]*transport.Link // by the media address of ours; guarded by mu
	queue  [queueLength]packet                // ring; guarded by mu
	first  int
	length int
	in     transport.Quota // what we send; guarded by mu
	closed bool            // guarded by mu
}

// packet is one that waits for the browser.
type packet struct {
	b    []byte
	from netip.AddrPort
}

var _ net.PacketConn = (*relay)(nil)

// WriteTo implements net.PacketConn: it takes a packet of the browser's to the
// media port. What is for anybody else goes nowhere.
func (r *relay) WriteTo(b []byte, to net.Addr) (int, error) {
	if len(b) > maxPacket || !lets(&r.out, len(b), transport.Now()) {
		r.server.count.dropped.Add(1)
		return len(b), nil
	}
	if l := r.link(addrPortOf(to)); l != nil {
		l.Take(r.buf[:copy(r.buf[:maxPacket], b)])
	}
	return len(b), nil
}

// ofFamily is the first of our media addresses that are of IPv4, or of IPv6; none is zero.
func (s *Server) ofFamily(v4 bool) netip.Addr {
	for _, a := range s.c.Mux.Addrs() {
		if a.Addr().Is4() == v4 {
			return a.Addr()
		}
	}
	return netip.Addr{}
}

// leads says whether an address is one of our own media.
func (s *Server) leads(peer netip.AddrPort) bool {
	for _, a := range s.c.Mux.Addrs() {
		if a == peer {
			return true
		}
	}
	return false
}

// permits answers CreatePermission and ChannelBind (403 where not).
func (s *Server) permits(_ net.Addr, peer net.IP) bool {
	ip, _ := netip.AddrFromSlice(peer)
	for _, a := range s.c.Mux.Addrs() {
		if a.Addr() == ip.Unmap() {
			return true
		}
	}
	s.count.forbidden.Add(1)
	return false
}

// link returns the way into the Mux for one of our addresses. Each is one of its
// own, so that an answer comes from the address that was asked.
func (r *relay) link(peer netip.AddrPort) *transport.Link {
	r.mu.Lock()
	l, full := r.links[peer], r.closed || len(r.links) >= maxLinks
	r.mu.Unlock()
	switch {
	case l != nil:
		return l
	case full || !r.server.leads(peer):
		r.server.count.forbidden.Add(1)
		return nil
	}
	l, err := r.server.c.Mux.OpenLink(transport.LinkConfig{
		Kind: "relay", Mapped: r.addr, Send: func(b []byte) error { return r.push(b, peer) },
	})
	if err != nil {
		return nil
	}
	r.mu.Lock()
	closed := r.closed
	if !closed {
		r.links[peer] = l
	}
	r.mu.Unlock()
	if closed {
		l.Close()
		return nil
	}
	return l
}

// push leaves a packet of ours for the browser, or drops it.
func (r *relay) push(b []byte, from netip.AddrPort) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return net.ErrClosed
	case r.length == queueLength || !lets(&r.in, len(b), transport.Now()):
		r.server.count.dropped.Add(1)
		return errSlow
	}
	p := &r.queue[(r.first+r.length)%queueLength]
	p.b, p.from = append(p.b[:0], b...), from
	r.length++
	r.signal()
	return nil
}

// ReadFrom implements net.PacketConn: it waits for a packet of ours.
func (r *relay) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return 0, nil, net.ErrClosed
		}
		if r.length > 0 {
			p := &r.queue[r.first]
			n, from := copy(b, p.b), net.UDPAddrFromAddrPort(p.from)
			r.first, r.length = (r.first+1)%queueLength, r.length-1
			r.mu.Unlock()
			return n, from, nil
		}
		r.mu.Unlock()
		<-r.wake
	}
}

func (r *relay) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// end closes the relay; pion/turn, which reads it, then forgets the allocation.
func (r *relay) end() {
	r.mu.Lock()
	already, links := r.closed, r.links
	r.closed, r.links = true, nil
	r.signal()
	r.mu.Unlock()
	if already {
		return
	}
	for _, l := range links {
		l.Close()
	}
	s := r.server
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.relays, r.addr)
	if s.users[r.user]--; s.users[r.user] <= 0 {
		delete(s.users, r.user)
	}
}

// Close implements net.PacketConn.
func (r *relay) Close() error { r.end(); return nil }

// LocalAddr implements net.PacketConn.
func (r *relay) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(r.addr) }

// SetDeadline implements net.PacketConn; nobody sets one.
func (r *relay) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.PacketConn.
func (r *relay) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.PacketConn. Writes do not wait.
func (r *relay) SetWriteDeadline(time.Time) error { return nil }

// lets says whether n octets may go at a time of transport.Now: octetsASec, and octetsAhead
// at once.
func lets(q *transport.Quota, n int, now int64) bool {
	const octet = time.Second / octetsASec
	return q.Spend(time.Duration(n)*octet, octetsAhead*octet, now)
}
