package rtcpmsg

import "encoding/binary"

// Feedback of RFC 4585 §6.1: packet types, and the formats that we know.
const (
	RTPFB = 205
	PSFB  = 206

	FormatNACK = 1  // RTPFB, RFC 4585 §6.2.1
	FormatPLI  = 1  // PSFB, RFC 4585 §6.3.1
	FormatFIR  = 4  // PSFB, RFC 5104 §4.3.1
	FormatAFB  = 15 // PSFB; with the name REMB a bandwidth
)

// Feedback is one feedback packet: who is meant, and what is said (FCI).
type Feedback struct {
	Kind, Format uint8
	Media        uint32
	Body         []byte
}

// NextFeedback returns the first feedback packet of a compound packet and what is
// behind it. ok is false at the end, or where it is malformed.
func NextFeedback(b []byte) (f Feedback, rest []byte, ok bool) {
	for len(b) >= 4 && b[0]>>6 == 2 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			break
		}
		p := b[:size]
		b = b[size:]
		if (p[1] == RTPFB || p[1] == PSFB) && len(p) >= 12 {
			return Feedback{Kind: p[1], Format: p[0] & 0x1f, Media: binary.BigEndian.Uint32(p[8:]), Body: p[12:]}, b, true
		}
	}
	return Feedback{}, nil, false
}

// ReadNACK puts the sequence numbers of a NACK into lost and returns how many.
func ReadNACK(fci []byte, lost []uint16) (n int) {
	for ; len(fci) >= 4; fci = fci[4:] {
		seq, more := binary.BigEndian.Uint16(fci), binary.BigEndian.Uint16(fci[2:])
		for mask := uint32(more)<<1 | 1; mask != 0; mask >>= 1 {
			if mask&1 != 0 {
				if n == len(lost) {
					return n
				}
				lost[n] = seq
				n++
			}
			seq++
		}
	}
	return n
}

// ReadREMB reads a bandwidth about ssrc, in bits a second
// (draft-alvestrand-rmcat-remb-03 §2.2).
func ReadREMB(fci []byte, ssrc uint32) (rate uint64, ok bool) {
	if len(fci) < 8 || string(fci[:4]) != "REMB" {
		return 0, false
	}
	n, exponent := int(fci[4]), fci[5]>>2
	mantissa := uint64(fci[5]&3)<<16 | uint64(binary.BigEndian.Uint16(fci[6:]))
	if exponent > 40 {
		return 0, false
	}
	for fci = fci[8:]; n > 0 && len(fci) >= 4; n, fci = n-1, fci[4:] {
		ok = ok || binary.BigEndian.Uint32(fci) == ssrc
	}
	return mantissa << exponent, ok
}

// AppendFeedback writes a feedback packet behind b, its FCI to follow: words of it.
func AppendFeedback(b []byte, f Feedback, sender uint32, words int) []byte {
	be := binary.BigEndian
	b = be.AppendUint32(b, 2<<30|uint32(f.Format)<<24|uint32(f.Kind)<<16|uint32(2+words))
	b = be.AppendUint32(b, sender)
	return be.AppendUint32(b, f.Media)
}

// AppendREMB writes the bandwidth that the sources together may use.
func AppendREMB(b []byte, sender uint32, rate uint64, sources []uint32) []byte {
	exponent := uint32(0)
	for rate > 0x3ffff {
		rate >>= 1
		exponent++
	}
	b = AppendFeedback(b, Feedback{Kind: PSFB, Format: FormatAFB}, sender, 2+len(sources))
	b = append(b, "REMB"...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(sources))<<24|exponent<<18|uint32(rate))
	for _, s := range sources {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return b
}
