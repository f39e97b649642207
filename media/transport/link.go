package transport

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
)

// LinkConfig is how a Link is set up.
type LinkConfig struct {
	// Send takes one packet of ours to the far end. It must not block nor keep
	// b: what cannot go at once is dropped, and the error says so. Needed.
	Send func(b []byte) error
	// Mapped is where the far end's checks seem to come from, as it is told in
	// XOR-MAPPED-ADDRESS (RFC 8489 §14.2), and what Stats name.
	Mapped netip.AddrPort
	// Local is our own end of it as Stats name it; zero where there is none.
	Local netip.AddrPort
	// Kind is what Stats call the way: "tcp" or "relay".
	Kind string
	// Lost is called once when the Mux closes the link. May be nil; it must not
	// block and must not call the link.
	Lost func()
}

// Link is a way to one far end that is no datagram of the Mux's port: a
// connection of ICE over TCP (RFC 6544), an allocation of a relay. Inside the
// Mux it has an address that exists nowhere else, so that a browser behind it
// is one more peer-reflexive address to ICE, to DTLS and to the flow table.
type Link struct {
	mux    *Mux
	c      LinkConfig
	addr   netip.AddrPort
	socket *muxSocket
	closed atomic.Bool
}

// Addresses of links: 240.0.0.0/5 (RFC 1112 §4, reserved) where there is IPv4,
// else 100::/64 (RFC 6666, discard-only). No packet on a wire has them.
const (
	linkNet  = 0xf0000000
	linkMask = 0x07ffffff
	linkPort = 1
)

// OpenLink makes a link. The error is ErrClosed.
func (m *Mux) OpenLink(c LinkConfig) (*Link, error) {
	l := &Link{mux: m, c: c}
	m.links.mu.Lock()
	defer m.links.mu.Unlock()
	if m.links.closed {
		return nil, ErrClosed
	}
	l.addr = m.freeLinkAddrLocked()
	l.socket = &muxSocket{bind: l.addr.Addr(), link: l}
	m.links.open[l.addr] = l
	return l, nil
}

// freeLinkAddrLocked returns the next address that no open link has.
func (m *Mux) freeLinkAddrLocked() netip.AddrPort {
	for {
		m.links.last = m.links.last%linkMask + 1
		a := linkAddr(m.links.last, len(m.v4) > 0)
		if m.links.open[a] == nil {
			return a
		}
	}
}

func linkAddr(n uint32, v4 bool) netip.AddrPort {
	if v4 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], linkNet|n)
		return netip.AddrPortFrom(netip.AddrFrom4(b), linkPort)
	}
	b := [16]byte{0: 1}
	binary.BigEndian.PutUint32(b[12:], n)
	return netip.AddrPortFrom(netip.AddrFrom16(b), linkPort)
}

// isLinkAddr says whether an address is one that only links have.
func isLinkAddr(a netip.Addr) bool {
	a = a.Unmap()
	if a.Is4() {
		return a.As4()[0]&0xf8 == linkNet>>24
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:]) == 1<<56
}

// Take hands over one packet of the far end's. b may be rewritten and needs
// Tail octets of spare capacity. It is called by one goroutine at a time.
func (l *Link) Take(b []byte) {
	switch {
	case l.closed.Load():
	case len(b) > maxPacket:
		l.mux.count.tooLong.Add(1)
	default:
		l.mux.take(datagram{b, l.addr, l.socket}, nil)
	}
}

// Proven reports whether the far end has shown by a check that it belongs to a
// peer (RFC 8445 §7.3): before, nobody is known to be there.
func (l *Link) Proven() bool { return l.mux.flows.find(l.addr) != nil }

// Close forgets the link. What was sent over it looks for another way.
func (l *Link) Close() {
	if !l.closed.CompareAndSwap(false, true) {
		return
	}
	l.mux.links.mu.Lock()
	delete(l.mux.links.open, l.addr)
	l.mux.links.mu.Unlock()
	if p := l.mux.flows.find(l.addr); p != nil {
		p.lose(l.addr)
	}
}

func (l *Link) write(b []byte) error {
	if l.closed.Load() {
		return errLinkClosed
	}
	return l.c.Send(b)
}

// lose takes an address from the peer for good. Media stops until ICE proves
// another way (usable), which a browser tries at once.
func (p *Peer) lose(a netip.AddrPort) {
	p.mu.Lock()
	sessions := [...]*iceSession{p.current, p.next, p.old}
	if f := p.flow.Load(); f != nil && f.addr == a {
		p.flow.Store(nil)
	}
	p.mu.Unlock()
	for _, s := range sessions {
		if s != nil {
			s.lose(a)
		}
	}
	p.mux.flows.release(a, p)
}

func (s *iceSession) lose(a netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.paths[a]
	if p == nil {
		return
	}
	delete(s.paths, a)
	if p.heard {
		s.known--
	}
}

// mapped is where a datagram came from, as its sender is told.
func (d datagram) mapped() netip.AddrPort {
	if d.via != nil && d.via.link != nil {
		return d.via.link.c.Mapped
	}
	return d.from
}

// remap writes a success response of the agent's anew where the agent knows the
// far end by an address of a link.
func (s *iceSession) remap(b []byte, t target) []byte {
	p, ok := peekSTUN(b)
	if !ok || p.kind != bindingSuccess || t.via == nil || t.via.link == nil {
		return b
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own.success(new([maxSTUN]byte), p.id, t.via.link.c.Mapped)
}
