package rtcpmsg

import "encoding/binary"

// Heard is what a compound packet of a far end says to us about one source of ours.
type Heard struct {
	HasSR bool
	From  uint32 // who sent the SR
	SRNTP uint32 // the middle of its NTP timestamp
	About bool   // a block about what we send was there
	Block Block
	Byes  uint8 // sources that said goodbye, at most len(Bye)
	Bye   [4]uint32
	XR    HeardExtended
}

// maxCompound is how many packets of a compound one are looked at: a browser sends
// ten at most, and a datagram could be of hundreds.
const maxCompound = 32

// First returns the packets of a compound one that are looked at, and whether
// these are all.
func First(b []byte) (first []byte, all bool) {
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

// Read reads a compound packet (RFC 3550 §6.1) for the blocks about the
// source ssrc. What it does not know it steps over, and a BYE is noted only: calls
// end by signaling. It is not strict about which packet comes first
// (RFC 5506). ok is false when the packet is malformed; what was read until
// there counts.
func Read(b []byte, ssrc uint32) (r Heard, ok bool) {
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
		case SR:
			if len(p) < 24+24*blocks {
				return r, false
			}
			r.HasSR, r.From, r.SRNTP = true, be.Uint32(p), be.Uint32(p[6:])
			p = p[24:]
		case RR:
			if len(p) < 4+24*blocks {
				return r, false
			}
			p = p[4:]
		case BYE:
			if len(p) < 4*blocks {
				return r, false
			}
			for ; blocks > 0 && int(r.Byes) < len(r.Bye); blocks-- {
				r.Bye[r.Byes] = be.Uint32(p)
				r.Byes, p = r.Byes+1, p[4:]
			}
			continue
		case xr:
			if !r.XR.read(p, ssrc) {
				return r, false
			}
			continue
		default:
			continue
		}
		for range blocks {
			if be.Uint32(p) == ssrc {
				r.About, r.Block = true, readBlock(p)
			}
			p = p[24:]
		}
	}
	return r, true
}

func readBlock(p []byte) Block {
	be := binary.BigEndian
	return Block{
		SSRC: be.Uint32(p), Fraction: p[4], Lost: int32(be.Uint32(p[4:])<<8) >> 8,
		Highest: be.Uint32(p[8:]), Jitter: be.Uint32(p[12:]),
		LastSR: be.Uint32(p[16:]), Delay: be.Uint32(p[20:]),
	}
}
