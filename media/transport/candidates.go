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
	lines := make([]string, 0, len(addrs))
	for i, a := range addrs {
		priority := uint32(126)<<24 | uint32(65535-i)<<8 | 255
		lines = append(lines, fmt.Sprintf("%d 1 udp %d %s %d typ host", i+1, priority, a.Addr(), a.Port()))
	}
	return lines
}
