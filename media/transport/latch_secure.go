package transport

import (
	"net/netip"
	"time"
)

// movedAfter is how long a source must be silent before an authentic packet from
// elsewhere moves it: a phone whose NAT has given it another port. Until then a
// copy of a packet, sent from elsewhere by somebody who has seen it, moves
// nothing.
const movedAfter = 2 * time.Second

// mayProve reports whether packets of a source may be the far end's where each of
// them has to prove it: the described address, the one known, another port of
// their hosts, and any host where a NAT may stand between. quiet says that nothing
// was heard for movedAfter.
func (l *latch) mayProve(from netip.AddrPort, rtcp, shared, quiet bool) bool {
	if !l.remote.RTP.IsValid() {
		return false
	}
	if rtcp && !shared {
		return !l.remote.Mux && l.mayProveControl(from)
	}
	switch {
	case from == l.remote.RTP, from == l.source:
		return true
	case l.source.IsValid() && !quiet:
		return false
	}
	return l.isNear(from.Addr()) || l.mayLearn()
}

// mayProveControl is mayProve for RTCP on its own port.
func (l *latch) mayProveControl(from netip.AddrPort) bool {
	if from == l.remote.RTCP || from == l.rtcp {
		return true
	}
	return l.isNear(from.Addr()) || l.source.IsValid() && from.Addr() == l.source.Addr() || !l.source.IsValid() && l.mayLearn()
}

// knows reports whether a source is the described or the accepted one.
func (l *latch) knows(from netip.AddrPort, control bool) bool {
	if control {
		return from == l.remote.RTCP || from == l.rtcp
	}
	return from == l.remote.RTP || from == l.source
}

// proven takes the source of a packet that is authentic.
func (l *latch) proven(from netip.AddrPort, ssrc uint32, rtcp, shared bool) {
	if rtcp && !shared {
		l.rtcp = from
		return
	}
	if rtcp && l.source.IsValid() {
		return // sound says where sound goes
	}
	l.source, l.ssrc, l.proved = from, ssrc, true
	l.trials = [near + 1]trial{}
}
