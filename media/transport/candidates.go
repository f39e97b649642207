package transport

import (
	"crypto/rand"
	"fmt"
	"net/netip"
)

// maxCandidates bounds our own host candidates; machines with many bridges
// would fill a description.
const maxCandidates = 16

// iceChars are the characters of user fragments and passwords (RFC 8839 §5.4).
const iceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// iceText returns n random ice-chars of six bits each.
func iceText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	for i, o := range b {
		b[i] = iceChars[o&63]
	}
	return string(b)
}

// candidateLines writes one host candidate for each address, the first with
// the highest priority (RFC 8445 §5.1.2.1, RFC 8839 §5.1). Only component 1:
// RTCP shares the port.
func candidateLines(addrs []netip.AddrPort) []string {
	lines := make([]string, 0, len(addrs)+maxTCPCandidates)
	for i, a := range addrs {
		priority := uint32(126)<<24 | uint32(65535-i)<<8 | 255
		lines = append(lines, fmt.Sprintf("%d 1 udp %d %s %d typ host", i+1, priority, a.Addr(), a.Port()))
	}
	return lines
}

// maxTCPCandidates bounds those of ICE over TCP: a browser opens a connection
// to each, in every call.
const maxTCPCandidates = 4

// candidates writes the candidates of a description: UDP first, and after them
// the passive ones of TCP (RFC 6544 §4.5), which browsers try where UDP is
// blocked and which any pair of UDP is preferred to (§4.2).
func (m *Mux) candidates() []string {
	addrs := m.Addrs()
	lines := candidateLines(addrs)
	m.links.mu.Lock()
	ports := m.links.ports
	m.links.mu.Unlock()
	const passive = 4 // direction preference
	n := 0
	for _, p := range ports {
		for _, a := range addrs {
			ip := p.Addr()
			if n == maxTCPCandidates || ip.IsValid() && !ip.IsUnspecified() && ip != a.Addr() ||
				ip == netip.IPv4Unspecified() && !a.Addr().Is4() {
				continue
			}
			priority := uint32(90)<<24 | uint32(passive<<13|8191-n)<<8 | 255
			lines = append(lines, fmt.Sprintf("%d 1 tcp %d %s %d typ host tcptype passive", len(lines)+1, priority, a.Addr(), p.Port()))
			n++
		}
	}
	return lines
}
