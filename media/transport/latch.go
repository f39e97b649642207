package transport

import "net/netip"

// latchPackets is how many packets in a row a source that was not described
// has to send before it is believed.
const latchPackets = 4

// verdict is what the latch says of a packet.
type verdict uint8

const (
	accept    verdict = iota // hand it on
	judging                  // its source is on probation: drop
	stranger                 // drop
	malformed                // drop
)

// latch decides whose RTP and RTCP is taken and where ours goes, for
// symmetric RTP (RFC 4961) without letting strangers in or audio out. It is
// a pure state machine: no clock, no I/O, no locks.
//
// It starts at the described address. Another source is learned only if the
// described host is not the host the signaling comes from, so that a NAT may be
// between, and only after latchPackets packets in sequence from one source, with
// one SSRC and expected payload types, while no other source competes. Sources are
// judged apart by how much speaks for them (see plausibility), and the better ones
// before the others, so that a stranger cannot hold them up.
//
// Once a source is accepted only it is heard. In its place comes, again by
// latchPackets packets in sequence: the described address; a source for which more
// speaks, after a stranger who was the first or a NAT that the far end has left (its
// next request comes from another host then); and another port of its host, or of a
// near one, with the same SSRC, where it has fallen silent: a NAT that has given it
// another port.
//
// A source for which nothing speaks is sent nothing where the described address can
// be reached: there what we say goes to who was described, whoever else sends.
//
// Before anything is described sound may come already (RFC 3264 §5.1). Every source
// is judged in the same way then, with the host of the signaling before all others;
// nothing is sent to it, and the description that comes decides anew.
type latch struct {
	source netip.AddrPort // accepted RTP source; zero before
	ssrc   uint32         // of the last packet of source
	awaits bool           // nothing is described yet, and sound may come before it is
	proved bool           // source, by a key: its packets are authentic
	held   bool           // described as 0.0.0.0 or not at all: nothing goes out
	remote PlainRemote    // as described; RTP is kept through a hold

	rtcp   netip.AddrPort // learned RTCP source; zero: as described
	trials [near + 1]trial
}

// trial is a source on probation.
type trial struct {
	from netip.AddrPort
	ssrc uint32
	next uint16 // sequence number it must go on with
	n    int
	at   int64 // when its last packet came, see Now
}

// set takes a new description. What has been learned stays when the address
// is the same or there is none (hold), for a muted far end cannot latch again.
func (l *latch) set(r PlainRemote) {
	r.RTP, r.RTCP = unmap(r.RTP), unmap(r.RTCP)
	r.Signaling = r.Signaling.Unmap().WithZone("")
	l.awaits = false
	if !r.RTP.IsValid() || r.RTP.Addr().IsUnspecified() {
		l.held = true
		r.RTP, r.RTCP, r.Mux = l.remote.RTP, l.remote.RTCP, l.remote.Mux
		l.remote = r
		return
	}
	if !r.RTCP.IsValid() || r.RTCP.Addr().IsUnspecified() {
		r.RTCP = above(r.RTP)
	}
	if l.remote.RTP != r.RTP {
		*l = latch{}
	} else if l.remote.RTCP != r.RTCP || l.remote.Mux != r.Mux {
		l.rtcp = netip.AddrPort{}
	}
	l.held, l.remote = false, r
}

// await lets sound come before the description of its sender. It does nothing after
// one.
func (l *latch) await(r PlainRemote) {
	if l.remote.RTP.IsValid() {
		return
	}
	l.awaits, l.held = true, true
	l.remote = PlainRemote{Signaling: r.Signaling.Unmap().WithZone(""), PayloadTypes: r.PayloadTypes}
}

// rtpFrom judges a packet that came to the RTP port at a time, see Now, and is no
// RTCP. quiet says that nothing was heard of the accepted source for movedAfter.
func (l *latch) rtpFrom(from netip.AddrPort, b []byte, at int64, quiet bool) verdict {
	h, ok := parseRTP(b)
	switch {
	case !ok:
		return malformed
	case !l.remote.RTP.IsValid() && !l.awaits:
		return stranger
	case from == l.source, from == l.remote.RTP && !l.source.IsValid():
		l.source, l.ssrc = from, h.ssrc
		return accept
	case from != l.remote.RTP && !l.remote.PayloadTypes[h.payloadType], !l.mayTry(from, h.ssrc, quiet):
		return stranger
	}
	return l.try(from, h.ssrc, h.sequence, at)
}

// mayTry reports whether packets of a source that is not believed count.
func (l *latch) mayTry(from netip.AddrPort, ssrc uint32, quiet bool) bool {
	switch {
	case from == l.remote.RTP:
		return true
	case !l.mayLearn():
		return false
	case !l.source.IsValid():
		return true
	case quiet && ssrc == l.ssrc && (l.isNear(from.Addr()) || from.Addr() == l.source.Addr()):
		return true
	}
	return l.plausibility(from, ssrc) > l.plausibility(l.source, l.ssrc)
}

// try counts a packet of a source that is not believed yet. One for which more speaks
// goes first, for as long as it is heard.
func (l *latch) try(from netip.AddrPort, ssrc uint32, sequence uint16, at int64) verdict {
	p := l.plausibility(from, ssrc)
	for i := range l.trials {
		switch other := &l.trials[i]; {
		case plausibility(i) < p:
			*other = trial{}
		case plausibility(i) > p && other.n > 0 && at-other.at < int64(movedAfter):
			return stranger
		}
	}
	t := &l.trials[p]
	if t.n == 0 || t.from != from || t.ssrc != ssrc || t.next != sequence {
		*t = trial{from: from, ssrc: ssrc}
	}
	t.n++
	t.next, t.at = sequence+1, at
	if t.n < latchPackets {
		return judging
	}
	if l.source.IsValid() {
		l.rtcp = netip.AddrPort{} // it was the former one's
	}
	l.source, l.ssrc, l.proved = from, ssrc, false
	l.trials = [near + 1]trial{}
	return accept
}

// rtcpFrom judges an RTCP packet; shared says that it came to the RTP port.
func (l *latch) rtcpFrom(from netip.AddrPort, b []byte, shared bool) verdict {
	ssrc, ok := parseRTCP(b)
	switch {
	case !ok:
		return malformed
	case !l.remote.RTP.IsValid():
		return stranger
	case shared && (from == l.remote.RTP || from == l.source):
		return accept
	case shared || l.remote.Mux:
		return stranger
	case from == l.remote.RTCP:
		l.rtcp = from
		return accept
	case l.rtcp.IsValid():
		if from == l.rtcp {
			return accept
		}
		return stranger
	case l.source.IsValid() && from.Addr() == l.source.Addr() && ssrc == l.ssrc:
		// The host is the RTP's and so is the SSRC, which a stranger behind
		// the same NAT does not know: only the port was left to learn.
		l.rtcp = from
		return accept
	default:
		return stranger
	}
}

// rtpTo returns where our RTP goes; zero when nowhere.
func (l *latch) rtpTo() netip.AddrPort {
	switch {
	case l.held:
		return netip.AddrPort{}
	case l.answers():
		return l.source
	default:
		return l.remote.RTP
	}
}

// rtcpTo returns where our RTCP goes; zero when nowhere. The port above a
// learned RTP port is not guessed: behind a NAT it may be somebody else's.
func (l *latch) rtcpTo() netip.AddrPort {
	switch {
	case l.held:
		return netip.AddrPort{}
	case l.remote.Mux:
		return l.rtpTo()
	case l.source.IsValid() && !l.answers():
		return l.remote.RTCP
	case l.rtcp.IsValid():
		return l.rtcp
	case l.source.IsValid() && l.source.Addr() != l.remote.RTP.Addr():
		return netip.AddrPort{}
	default:
		return l.remote.RTCP
	}
}

// answers reports whether what we say goes to the accepted source: not to one for
// which nothing speaks while the described address can be reached.
func (l *latch) answers() bool {
	return l.source.IsValid() &&
		(l.proved || inside(l.remote.RTP.Addr()) || l.plausibility(l.source, l.ssrc) > elsewhere)
}

// mayLearn reports whether a NAT may stand between the description and what
// arrives: the description names a host the signaling does not come from.
func (l *latch) mayLearn() bool {
	host := l.remote.RTP.Addr().WithZone("")
	if l.awaits {
		return true
	}
	if !l.remote.Signaling.IsValid() {
		return host.IsPrivate()
	}
	return host != l.remote.Signaling
}

// unmap makes IPv4 of an IPv4-mapped IPv6 address, so that addresses compare.
func unmap(a netip.AddrPort) netip.AddrPort {
	if a.Addr().Is4In6() {
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return a
}

// above returns the RTCP address that belongs to an RTP address where none
// was given (RFC 3550 §11).
func above(a netip.AddrPort) netip.AddrPort {
	if a.Port() == 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr(), a.Port()+1)
}
