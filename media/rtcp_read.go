package media

import (
	"encoding/binary"
	"time"
)

// heardReports is what a compound packet of a leg says to us.
type heardReports struct {
	hasSR bool
	from  uint32 // who sent the SR
	srNTP uint32 // the middle of its NTP timestamp
	about bool   // a block about what we send was there
	block report
	byes  uint8 // sources that said goodbye, at most len(bye)
	bye   [4]uint32
	xr    farExtended
}

// maxCompound is how many packets of a compound one are looked at: a browser sends
// ten at most, and a datagram could be of hundreds.
const maxCompound = 32

// firstReports returns the packets of a compound one that are looked at, and whether
// these are all.
func firstReports(b []byte) (first []byte, all bool) {
	end := 0
	for range maxCompound {
		if len(b)-end < 4 {
			return b, true
		}
		end += 4 + 4*int(binary.BigEndian.Uint16(b[end+2:]))
		if end >= len(b) {
			return b, true
		}
	}
	return b[:end], false
}

// readReports reads a compound packet (RFC 3550 §6.1) for the blocks about the
// source ssrc. What it does not know it steps over, and a BYE is noted only: calls
// end by signaling. It is not strict about which packet comes first
// (RFC 5506). ok is false when the packet is malformed; what was read until
// there counts.
func readReports(b []byte, ssrc uint32) (r heardReports, ok bool) {
	be := binary.BigEndian
	for len(b) > 0 {
		if len(b) < 4 || b[0]>>6 != 2 {
			return r, false
		}
		blocks, kind := int(b[0]&0x1f), b[1]
		size := 4 + 4*int(be.Uint16(b[2:]))
		if size > len(b) {
			return r, false
		}
		p := b[4:size]
		b = b[size:]
		switch kind {
		case rtcpSR:
			if len(p) < 24+24*blocks {
				return r, false
			}
			r.hasSR, r.from, r.srNTP = true, be.Uint32(p), be.Uint32(p[6:])
			p = p[24:]
		case rtcpRR:
			if len(p) < 4+24*blocks {
				return r, false
			}
			p = p[4:]
		case rtcpBYE:
			if len(p) < 4*blocks {
				return r, false
			}
			for ; blocks > 0 && int(r.byes) < len(r.bye); blocks-- {
				r.bye[r.byes] = be.Uint32(p)
				r.byes, p = r.byes+1, p[4:]
			}
			continue
		case rtcpXR:
			if !r.xr.read(p, ssrc) {
				return r, false
			}
			continue
		default:
			continue
		}
		for range blocks {
			if be.Uint32(p) == ssrc {
				r.about, r.block = true, readBlock(p)
			}
			p = p[24:]
		}
	}
	return r, true
}

func readBlock(p []byte) report {
	be := binary.BigEndian
	return report{
		ssrc: be.Uint32(p), fraction: p[4], lost: int32(be.Uint32(p[4:])<<8) >> 8,
		highest: be.Uint32(p[8:]), jitter: be.Uint32(p[12:]),
		lastSR: be.Uint32(p[16:]), delay: be.Uint32(p[20:]),
	}
}

// maxRoundTrip is the longest round trip believed; more is a clock that was
// set or a report that lies.
const maxRoundTrip = 10 * time.Second

// take puts a leg's reports to use. wall is the NTP time of their arrival, its
// middle 32 bits.
func (r *reception) take(p heardReports, wall uint32, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = at
	if p.hasSR && (!r.started || p.from == r.ssrc) {
		r.lastSR, r.lastSRBy, r.lastSRAt = p.srNTP, p.from, at
	}
	for _, ssrc := range p.bye[:p.byes] {
		if r.started && ssrc == r.ssrc {
			r.byeAt = at // a forged one is as good as none: the next packet refutes it
		}
	}
	if p.about {
		r.far.at = at
		r.far.lost, r.far.fraction, r.far.jitter = int64(p.block.lost), p.block.fraction, p.block.jitter
		r.trip(wall, p.block.lastSR, p.block.delay)
	}
	r.takeExtended(&p.xr, wall, at)
}

// wantsExtended says that the far end has asked for extended reports.
func (r *reception) wantsExtended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.xr.heard = true
}

// takeExtended puts a leg's extended report to use.
func (r *reception) takeExtended(x *farExtended, wall uint32, at int64) {
	if !x.any {
		return
	}
	r.xr.heard = true
	if x.reference {
		r.xr.from, r.xr.reference, r.xr.at = x.from, x.ntp, at
	}
	if x.delay {
		r.trip(wall, x.last, x.since)
	}
	if x.heard {
		r.xr.told, r.xr.quality = true, x.voice
	}
}

// trip measures the round trip: arrival - LSR - DLSR, in 1/65536 s (RFC 3550
// §6.4.1, RFC 3611 §4.5).
func (r *reception) trip(wall, last, since uint32) {
	if last == 0 {
		return
	}
	trip := int64(int32(wall - last - since))
	d := time.Duration(trip * int64(time.Second) >> 16)
	if d >= -time.Millisecond && d < maxRoundTrip {
		r.far.roundTrip = max(d, time.Microsecond)
	}
}
