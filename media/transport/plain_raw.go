package transport

import (
	"encoding/binary"
	"net/netip"
)

// maxRaw is the longest datagram that is carried raw: a UDPTL packet with all its
// redundancy is far shorter (T.38, T38FaxMaxDatagram).
const maxRaw = 1400

// SetRaw makes the RTP port carry what is no RTP: UDPTL (ITU-T T.38). From then on
// take is given each datagram of the far end, as Sink.RTP is, and nothing else
// comes from that port; nil is RTP again. The far end is found as for RTP: at the
// described address, else by datagrams in sequence.
func (p *Plain) SetRaw(take func(b []byte, at int64)) {
	if take == nil {
		p.raw.Store(nil)
		return
	}
	p.raw.Store(&take)
}

// WriteRaw sends a datagram from the RTP port as it is. It does what WriteRTP does,
// but asks for nothing of b but a length that is carried. On a leg that is
// encrypted nothing is sent.
func (p *Plain) WriteRaw(b []byte) error {
	to := p.to.Load()
	switch {
	case len(b) < 3 || len(b) > maxRaw:
		return ErrShortTail
	case p.closed.Load():
		return ErrClosed
	case p.guard.Load() != nil, to.rtpRefused:
		p.count.unsendable.Add(1)
		return nil
	case !to.rtp.IsValid():
		p.count.notReadyOut.Add(1)
		return nil
	}
	if err := p.write(p.rtp, b, to.rtp); err != nil {
		return err
	}
	p.count.packetsOut.Add(1)
	p.count.octetsOut.Add(uint64(len(b)))
	return nil
}

// takeRaw judges one datagram and hands it on; the caller holds sinkMu.
func (p *Plain) takeRaw(take func([]byte, int64), b []byte, from netip.AddrPort, at int64) {
	if v := p.judgeRaw(b, from, at); v != accept {
		p.drop(v, false)
		return
	}
	p.heard.Store(at)
	p.count.packetsIn.Add(1)
	p.count.octetsIn.Add(uint64(len(b)))
	take(b, at)
}

func (p *Plain) judgeRaw(b []byte, from netip.AddrPort, at int64) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	source := p.latch.source
	v := p.latch.rawFrom(from, b, at)
	if p.latch.source != source {
		p.aimLocked()
	}
	return v
}

// rawFrom judges a datagram that is no RTP by its UDPTL sequence number. What is
// left on the way of the RTP before it is known by its SSRC, and is none.
func (l *latch) rawFrom(from netip.AddrPort, b []byte, at int64) verdict {
	if len(b) < 3 || len(b) > maxRaw {
		return malformed
	}
	if h, ok := parseRTP(b); ok && h.ssrc == l.ssrc && l.ssrc != 0 {
		return stranger
	}
	switch {
	case !l.remote.RTP.IsValid():
		return stranger
	case from == l.source, from == l.remote.RTP && !l.source.IsValid():
		l.source = from
		return accept
	case !l.mayTry(from, 0, false):
		return stranger
	}
	return l.try(from, 0, binary.BigEndian.Uint16(b), at)
}
