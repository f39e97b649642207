package sdp

import (
	"net/netip"
	"slices"
	"strings"
)

// maxHosts is how many hosts of a plain description are kept beside that of c=.
const maxHosts = 4

// readHosts returns what other addresses of the far end a plain description names:
// that of o= (RFC 8866 §5.2), then its candidates (RFC 8839 §5.1), which also far
// ends write that have asked a STUN server and do no ICE with us. Names and
// addresses that are no unicast are left out.
func readHosts(d *layout, m *Media) []netip.Addr {
	var found []netip.Addr
	add := func(text string) {
		a, err := netip.ParseAddr(text)
		if a = a.Unmap(); err == nil && len(found) < maxHosts && a.Zone() == "" && canSendTo(a) && !slices.Contains(found, a) {
			found = append(found, a)
		}
	}
	add(d.Origin.Address)
	for name, value := range attributes(m.Lines) {
		if name != "candidate" || len(found) == maxHosts {
			continue
		}
		if fields := strings.Fields(value[:min(len(value), 200)]); len(fields) > 4 {
			add(fields[4])
		}
	}
	return found
}
