package main

import (
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/tandemgw/tandem/config"
)

// localAddrs are the addresses of this machine, loopback first, without
// link-local ones, which need a zone that no description can name.
func localAddrs() []netip.Addr {
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

// served are the hosts that we answer for: the domain, and the addresses that we
// listen on.
type served map[string]bool

func servedHosts(file *config.File) served {
	s := served{file.Domain: true}
	if name, err := os.Hostname(); err == nil {
		s[strings.ToLower(name)] = true
	}
	add := func(l config.Listener) {
		if l.IP.IsValid() && !l.IP.IsUnspecified() {
			s[l.IP.String()] = true
			if l.IP.IsLoopback() {
				s["localhost"] = true
			}
			return
		}
		s["localhost"] = true
		for _, a := range localAddrs() {
			s[a.String()] = true
		}
	}
	for _, l := range file.Listen.SIP {
		add(l)
	}
	for _, l := range file.Listen.Web {
		add(l)
	}
	for _, a := range file.PublicIP.Addrs {
		s[a.String()] = true
	}
	return s
}

// has says whether the host of a URI is one of ours.
func (s served) has(host string) bool {
	return s[strings.ToLower(strings.Trim(host, "[]"))]
}

// toward is the address that a plain leg's description names: a public one for
// far ends that would not find this machine by its own, else what it sends from.
func toward(file *config.File) func(netip.Addr) netip.Addr {
	fixed := file.Listen.RTP.IP
	return func(far netip.Addr) netip.Addr {
		far = far.Unmap()
		public := file.PublicIP.Of(far.Is4())
		if public.IsValid() && needsPublic(public, far) && !isNeighbor(far) {
			return public
		}
		if fixed.IsValid() && !fixed.IsUnspecified() {
			return fixed
		}
		return sourceFor(far)
	}
}

// needsPublic says whether a far end is told the public address: one of the whole
// net is, where it is outside itself; one that is private, as that of a container's
// host, always.
func needsPublic(public, far netip.Addr) bool {
	if far.IsLoopback() || far.IsLinkLocalUnicast() {
		return false
	}
	return isInside(public) || !isInside(far)
}

// isInside says whether an address is of no use to the whole net.
func isInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
}

// sharedSpace is what carriers have behind their own NAT (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// isNeighbor says whether a far end is on a network of this machine's own, so that
// nothing between the two changes an address.
func isNeighbor(far netip.Addr) bool {
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

// sourceFor is the address that this machine sends to far from. Connecting a
// datagram socket sends nothing.
func sourceFor(far netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(far, 9)))
	if err != nil {
		return netip.IPv4Unspecified()
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
