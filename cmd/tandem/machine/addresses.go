package machine

import (
	"net"
	"net/netip"
)

// Addrs are the addresses of this machine, loopback first, without
// link-local ones, which need a zone that no description can name.
func Addrs() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var loop, rest []netip.Addr
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		ip = ip.Unmap()
		switch {
		case !ok || ip.IsLinkLocalUnicast():
		case ip.IsLoopback():
			loop = append(loop, ip)
		default:
			rest = append(rest, ip)
		}
	}
	return append(loop, rest...)
}

// IsInside says whether an address is of no use to the whole net.
func IsInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
}

// sharedSpace is what carriers have behind their own NAT (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// IsNeighbor says whether a far end is on a network of this machine's own, so that
// nothing between the two changes an address.
func IsNeighbor(far netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.Contains(far.AsSlice()) {
			return true
		}
	}
	return false
}

// SourceFor is the address that this machine sends to far from. Connecting a
// datagram socket sends nothing.
func SourceFor(far netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(far, 9)))
	if err != nil {
		return netip.IPv4Unspecified()
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// LANAddr is the address that others in the local network most likely reach us at:
// that of the way out, else the first; the zero Addr where there is none.
func LANAddr() netip.Addr {
	out := SourceFor(netip.AddrFrom4([4]byte{203, 0, 113, 1})) // TEST-NET-3 (RFC 5737); nothing is sent there
	if !out.IsUnspecified() && !out.IsLoopback() {
		return out
	}
	var six netip.Addr
	for _, a := range Addrs() {
		switch {
		case a.IsLoopback():
		case a.Is4():
			return a
		case !six.IsValid():
			six = a
		}
	}
	return six
}
