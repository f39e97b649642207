package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// connection is a c= line (RFC 8866 §5.7).
type connection struct {
	addr netip.Addr
	text string // the address as written
	said bool
}

// connectionOf returns the nearest c= line.
func connectionOf(levels [][]Line) connection {
	for _, lines := range levels {
		for _, l := range lines {
			if l.Type == 'c' {
				return parseConnection(l.Value)
			}
		}
	}
	return connection{}
}

func parseConnection(value string) connection {
	c := connection{said: true}
	if fields := strings.Fields(value); len(fields) > 0 {
		c.text = fields[len(fields)-1]
	}
	host, _, _ := strings.Cut(c.text, "/") // TTL and count of multicast
	c.addr = parseAddr(host)
	return c
}

// parseAddr returns the address text stands for, the zero Addr when it is none
// (a host name, which is not looked up, or one with a zone).
func parseAddr(text string) netip.Addr {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}
	}
	return addr.Unmap()
}

// canSendTo reports whether packets may be sent to a: a unicast address that
// means a host. Loopback and private addresses do, since peers live there.
func canSendTo(a netip.Addr) bool {
	if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
		return false
	}
	if a.Is4() {
		first := a.As4()[0]
		return first != 0 && first < 240 // "this network", class E, broadcast
	}
	return true
}

// rtcpAddr reads a=rtcp:<port> [IN IP4 <address>] (RFC 3605 §2.1). Without it
// RTCP is at the next port.
func rtcpAddr(lines []Line, rtp netip.AddrPort) netip.AddrPort {
	if !rtp.IsValid() {
		return netip.AddrPort{}
	}
	if value, ok := attribute(lines, "rtcp"); ok {
		fields := strings.Fields(value)
		if len(fields) > 0 {
			port, err := strconv.ParseUint(fields[0], 10, 16)
			addr := rtp.Addr()
			if len(fields) >= 4 {
				addr = parseAddr(fields[3])
			}
			if err == nil && port != 0 && canSendTo(addr) {
				return netip.AddrPortFrom(addr, uint16(port))
			}
		}
	}
	if rtp.Port() == 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1)
}
