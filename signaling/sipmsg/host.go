package sipmsg

import "net/netip"

// BracketHost writes a host for a URI: IPv6 literals in brackets and without their
// zone (RFC 3261 §25.1).
func BracketHost(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + a.WithZone("").String() + "]"
	}
	return host
}
