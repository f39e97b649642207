package media

import (
	"encoding/binary"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// Feedback of RFC 4585 §6.1: packet types, and the formats that we know.
const (
	rtcpRTPFB = 205
	rtcpPSFB  = 206

	fmtNACK = 1  // RTPFB, RFC 4585 §6.2.1
	fmtPLI  = 1  // PSFB, RFC 4585 §6.3.1
	fmtFIR  = 4  // PSFB, RFC 5104 §4.3.1
	fmtAFB  = 15 // PSFB; with the name REMB a bandwidth
)

// maxNACKs bounds how many packets are looked for because of one compound packet.
const maxNACKs = 64

// feedback is one feedback packet: who is meant, and what is said (FCI).
type feedback struct {
	kind, format uint8
	media        uint32
	body         []byte
}

// nextFeedback returns the first feedback packet of a compound packet and what is
// behind it. ok is false at the end, or where it is malformed.
func nextFeedback(b []byte) (f feedback, rest []byte, ok bool) {
	for len(b) >= 4 && b[0]>>6 == 2 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			break
		}
		p := b[:size]
		b = b[size:]
		if (p[1] == rtcpRTPFB || p[1] == rtcpPSFB) && len(p) >= 12 {
			return feedback{kind: p[1], format: p[0] & 0x1f, media: binary.BigEndian.Uint32(p[8:]), body: p[12:]}, b, true
		}
	}
	return feedback{}, nil, false
}

// RTCP implements transport.Sink, for a line that has ports of its own.
func (v *video) RTCP(b []byte, at int64) {
	if !v.quotaRTCP.Spend(pictureEvery, pictureAtOnce, at) {
		v.counts.flooded.Add(1)
		return
	}
	b, _ = firstReports(b)
	heardOfVideo([]*video{v}, b, at)
}

// heardOfVideo takes what a far end says about its lines.
func heardOfVideo(lines []*video, b []byte, at int64) {
	for _, v := range lines {
		r, ok := readReports(b, v.ssrc)
		if !ok && !r.hasSR && !r.about {
			continue
		}
		if r.hasSR && r.from != v.source.Load() {
			r.hasSR = false
		}
		if !r.hasSR && !r.about {
			continue
		}
		v.in.take(r, uint32(ntp(time.Now())>>16), at)
		if r.about {
			v.rate.loss(r.block.fraction)
			if r.block.fraction > 0 {
				v.suffers(at)
			}
		}
	}
	left := maxNACKs
	for f, rest, ok := nextFeedback(b); ok; f, rest, ok = nextFeedback(rest) {
		for _, v := range lines {
			left -= v.heard(&f, left, at)
		}
	}
}

// heard does what a feedback packet asks of a line. It returns how many packets
// were looked for.
func (v *video) heard(f *feedback, most int, at int64) int {
	meant := f.media == v.ssrc
	switch {
	case f.kind == rtcpRTPFB && f.format == fmtNACK && meant:
		var lost [maxNACKs]uint16
		n := readNACK(f.body, lost[:most])
		v.nacked(lost[:n], at)
		return n
	case f.kind == rtcpPSFB && f.format == fmtPLI && meant:
		v.wantsKeyFrame(at)
	case f.kind == rtcpPSFB && f.format == fmtFIR:
		for fci := f.body; len(fci) >= 8; fci = fci[8:] {
			if binary.BigEndian.Uint32(fci) == v.ssrc {
				v.wantsKeyFrame(at)
			}
		}
	case f.kind == rtcpPSFB && f.format == fmtAFB:
		if rate, ok := readREMB(f.body, v.ssrc); ok {
			v.rate.limit(rate)
		}
	}
	return 0
}

// readNACK puts the sequence numbers of a NACK into lost and returns how many.
func readNACK(fci []byte, lost []uint16) (n int) {
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

// readREMB reads a bandwidth about ssrc, in bits a second
// (draft-alvestrand-rmcat-remb-03 §2.2).
func readREMB(fci []byte, ssrc uint32) (rate uint64, ok bool) {
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

// appendFeedback writes a feedback packet behind b, its FCI to follow: words of it.
func appendFeedback(b []byte, f feedback, sender uint32, words int) []byte {
	be := binary.BigEndian
	b = be.AppendUint32(b, 2<<30|uint32(f.format)<<24|uint32(f.kind)<<16|uint32(2+words))
	b = be.AppendUint32(b, sender)
	return be.AppendUint32(b, f.media)
}

// appendREMB writes the bandwidth that the sources together may use.
func appendREMB(b []byte, sender uint32, rate uint64, sources []uint32) []byte {
	exponent := uint32(0)
	for rate > 0x3ffff {
		rate >>= 1
		exponent++
	}
	b = appendFeedback(b, feedback{kind: rtcpPSFB, format: fmtAFB}, sender, 2+len(sources))
	b = append(b, "REMB"...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(sources))<<24|exponent<<18|uint32(rate))
	for _, s := range sources {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return b
}

// sendFeedback sends a feedback packet about the far end's source.
func (v *video) sendFeedback(f feedback, fci []uint32) {
	t := v.terms.Load()
	if t == nil {
		return
	}
	b := v.emptyReport()
	b = appendFeedback(b, f, v.ssrc, len(fci))
	for _, word := range fci {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	v.writeRTCP(t, b)
}

// sendNACK asks the far end for packets again, at most maxNACKs of them.
func (v *video) sendNACK(lost []uint16) {
	t := v.terms.Load()
	if t == nil || !t.understands(sdp.NACK) || len(lost) == 0 {
		return
	}
	var fci []uint32
	for _, seq := range lost {
		if n := len(fci); n > 0 {
			if d := seq - uint16(fci[n-1]>>16); d >= 1 && d <= 16 {
				fci[n-1] |= 1 << (d - 1)
				continue
			}
		}
		fci = append(fci, uint32(seq)<<16)
	}
	v.counts.passed.Add(1)
	v.sendFeedback(feedback{kind: rtcpRTPFB, format: fmtNACK, media: v.source.Load()}, fci)
}

// understands says whether the far end, as a sender, takes a kind of feedback.
func (t *videoTerms) understands(f sdp.Feedback) bool {
	for i := range t.entries {
		if e := &t.entries[i]; !e.codec.IsZero() && e.codec.Feedback&f != 0 {
			return true
		}
	}
	return false
}

// emptyReport begins a compound packet (RFC 3550 §6.1).
func (v *video) emptyReport() []byte {
	o := ownReport{ssrc: v.ssrc, cname: v.ep.cname}
	return o.append(make([]byte, 0, maxVideoReport))
}

// maxVideoReport is room for a report and feedback, and the tail.
const maxVideoReport = 512

func (v *video) writeRTCP(t *videoTerms, b []byte) {
	if t.wire.WriteRTCP(b) != nil {
		v.ep.count.brokenWrites.Add(1)
	}
}
