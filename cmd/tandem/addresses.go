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
	if file.PublicIP.Addr.IsValid() {
		s[file.PublicIP.Addr.String()] = true
	}
	return s
}

// has says whether the host of a URI is one of ours.
func (s served) has(host string) bool {
	return s[strings.ToLower(strings.Trim(host, "[]"))]
}

// announced are the addresses that ICE candidates name: all of this machine's,
// and before them the public one where the configuration gives it.
func announced(file *config.File) []netip.Addr {
	if !file.PublicIP.Addr.IsValid() {
		return nil
	}
	out := []netip.Addr{file.PublicIP.Addr}
	for _, a := range localAddrs() {
		if a != file.PublicIP.Addr {
			out = append(out, a)
		}
	}
	return out
}

// toward is the address that a plain leg's description names: the public one for
// far ends outside, else what this machine sends from.
func toward(file *config.File) func(netip.Addr) netip.Addr {
	public := file.PublicIP.Addr
	fixed := file.Listen.RTP.IP
	return func(far netip.Addr) netip.Addr {
		far = far.Unmap()
		if fixed.IsValid() && !fixed.IsUnspecified() {
			return fixed
		}
		if public.IsValid() && !far.IsPrivate() && !far.IsLoopback() {
			return public
		}
		return sourceFor(far)
	}
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
