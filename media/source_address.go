package media

import (
	"net"
	"net/netip"

	"github.com/tandemgw/tandem/media/transport"
)

// toldWay is a browser's way whose own end was looked up.
type toldWay struct {
	remote netip.Addr
	local  netip.Addr
}

// ownEnd is our end of a browser's pair in words that say something: where the socket
// listens on every address, the one that this machine sends from to the far end. The
// routing table is asked once for each far end; nothing is sent.
func (ep *Endpoint) ownEnd(p *transport.PeerStats) netip.AddrPort {
	if !p.Local.Addr().IsUnspecified() || !p.Remote.IsValid() {
		return p.Local
	}
	to := p.Remote.Addr().Unmap()
	if t := ep.told.Load(); t != nil && t.remote == to {
		return netip.AddrPortFrom(t.local, p.Local.Port())
	}
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return p.Local
	}
	defer func() { _ = c.Close() }()
	local, ok := netip.AddrFromSlice(c.LocalAddr().(*net.UDPAddr).IP)
	if !ok {
		return p.Local
	}
	t := &toldWay{to, local.Unmap()}
	ep.told.Store(t)
	return netip.AddrPortFrom(t.local, p.Local.Port())
}
