package transport

import "net/netip"

// plausibility is how much speaks for a source that was not described. The better
// one goes before the other.
type plausibility uint8

const (
	// elsewhere: nothing speaks for it.
	elsewhere plausibility = iota
	// likely: it has something that a stranger would have to know or to stand near for. It
	// has the described port, as most NATs keep it (RFC 4787 §4.2.1) where RTP is
	// symmetric (RFC 4961); it is in the net of the described host or of the
	// signaling's, as carriers' servers of media are, and the addresses of one NAT; the
	// description names its host elsewhere; or it has an announced SSRC (RFC 5576).
	likely
	// near: the host that was described or the host of the signaling.
	near
)

// maxHints is how many hosts and sources of a description are looked at.
const maxHints = 4

// plausibility says what speaks for a source and the SSRC of its packets.
func (l *latch) plausibility(from netip.AddrPort, ssrc uint32) plausibility {
	host := from.Addr().WithZone("")
	switch {
	case l.isNear(host):
		return near
	case l.remote.RTP.IsValid() && from.Port() == l.remote.RTP.Port(),
		sameNet(host, l.remote.Signaling), sameNet(host, l.remote.RTP.Addr()):
		return likely
	}
	for _, named := range l.remote.Hosts[:min(len(l.remote.Hosts), maxHints)] {
		if host == named {
			return likely
		}
	}
	for _, announced := range l.remote.SSRCs[:min(len(l.remote.SSRCs), maxHints)] {
		if ssrc == announced && ssrc != 0 {
			return likely
		}
	}
	return elsewhere
}

func (l *latch) isNear(host netip.Addr) bool {
	host = host.WithZone("")
	return host == l.remote.Signaling || host == l.remote.RTP.Addr().WithZone("")
}

// sameNet reports whether two hosts are of one /24 (IPv4) or one /64 (IPv6). All of
// 127.0.0.0/8 is one host and has no nets.
func sameNet(a, b netip.Addr) bool {
	if !a.IsValid() || !b.IsValid() || a.BitLen() != b.BitLen() || a.IsLoopback() {
		return false
	}
	bits := 24
	if a.Is6() {
		bits = 64
	}
	net, err := b.Prefix(bits)
	return err == nil && net.Contains(a.WithZone(""))
}

// inside reports whether an address is of a net that is not reached from elsewhere:
// private, shared behind a carrier's NAT (RFC 6598), of a link or of the host.
func inside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") //nolint:gochecknoglobals // a constant
