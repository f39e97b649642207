package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

	"github.com/tandemgw/tandem/media/transport"
)

// sieve is a UDP socket that lets through what has an allocation, and of the rest
// only what could get one; and that answers no address with more than it has sent.
type sieve struct {
	*net.UDPConn
	server *Server
	near   netip.AddrPort

	mu     sync.Mutex
	asked  netip.AddrPort // who may be answered, without an allocation; guarded by mu
	credit int            // octets that the answer may have; guarded by mu
}

const (
	headers     = 28 // IPv4 and UDP, of each datagram
	gain        = 3
	stunMagic   = 0x2112A442
	allocate    = 0x0003
	stunMinimum = 20
)

func newSieve(s *Server, c *net.UDPConn) *sieve {
	_ = c.SetReadBuffer(1 << 20) // best effort
	transport.LetFragment(c)
	return &sieve{UDPConn: c, server: s, near: addrPortOf(c.LocalAddr())}
}

// ReadFrom implements net.PacketConn.
func (s *sieve) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.ReadFromUDPAddrPort(b)
		if err != nil {
			if isTemporary(err) {
				continue
			}
			return 0, nil, err
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if !s.server.lets(b[:n], from, s.near) {
			continue
		}
		s.mu.Lock()
		s.asked, s.credit = from, gain*(n+headers)
		s.mu.Unlock()
		return s.server.unbind(b[:n], from, s.near), net.UDPAddrFromAddrPort(from), nil
	}
}

// lets says whether a message may be looked at, and counts it where not: of an
// allocation what is within its share, else what could get one, and not too often.
func (s *Server) lets(b []byte, far, near netip.AddrPort) bool {
	if has := s.tuples.find(far, near); has != nil {
		if !has.takes(b) {
			s.count.dropped.Add(1)
			return false
		}
		return true
	}
	if !isAllocate(b) || !s.hosts.takes(far.Addr()) {
		s.count.ignored.Add(1)
		return false
	}
	return true
}

// isTemporary says whether a socket may be read again after an error: a far end
// that is not there any more says so by ICMP.
func isTemporary(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

// isAllocate says whether a datagram is a request for an allocation (RFC 8656
// §18.1): it is the one thing that an address without one has to say.
func isAllocate(b []byte) bool {
	return len(b) >= stunMinimum && binary.BigEndian.Uint16(b) == allocate && binary.BigEndian.Uint32(b[4:]) == stunMagic &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-stunMinimum
}

// WriteTo implements net.PacketConn.
func (s *sieve) WriteTo(b []byte, to net.Addr) (int, error) {
	far, size := addrPortOf(to), len(b)
	b = s.server.bind(b, far, s.near)
	if !s.server.tuples.has(far, s.near) && !s.spend(far, len(b)+headers) {
		s.server.count.withheld.Add(1)
		return size, nil
	}
	if _, err := s.WriteToUDPAddrPort(b, far); err != nil {
		s.server.count.dropped.Add(1) // ENETUNREACH and the like end nothing
	}
	return size, nil
}

func (s *sieve) spend(far netip.AddrPort, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked != far || s.credit < n {
		return false
	}
	s.credit -= n
	return true
}
