package media

import (
	"encoding/binary"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
)

// maxNACKs bounds how many packets are looked for because of one compound packet.
const maxNACKs = 64

// RTCP implements transport.Sink, for a line that has ports of its own.
func (v *video) RTCP(b []byte, at int64) {
	if !v.quotaRTCP.Spend(pictureEvery, pictureAtOnce, at) {
		v.counts.flooded.Add(1)
		return
	}
	b, _ = rtcpmsg.First(b)
	heardOfVideo([]*video{v}, b, at)
}

// heardOfVideo takes what a far end says about its lines.
func heardOfVideo(lines []*video, b []byte, at int64) {
	for _, v := range lines {
		r, ok := rtcpmsg.Read(b, v.ssrc)
		if !ok && !r.HasSR && !r.About {
			continue
		}
		if r.HasSR && r.From != v.source.Load() {
			r.HasSR = false
		}
		if !r.HasSR && !r.About {
			continue
		}
		v.in.take(r, uint32(rtcpmsg.NTP(time.Now())>>16), at)
		if r.About {
			v.rate.loss(r.Block.Fraction)
			if r.Block.Fraction > 0 {
				v.suffers(at)
			}
		}
	}
	left := maxNACKs
	for f, rest, ok := rtcpmsg.NextFeedback(b); ok; f, rest, ok = rtcpmsg.NextFeedback(rest) {
		for _, v := range lines {
			left -= v.heard(&f, left, at)
		}
	}
}

// heard does what a feedback packet asks of a line. It returns how many packets
// were looked for.
func (v *video) heard(f *rtcpmsg.Feedback, most int, at int64) int {
	meant := f.Media == v.ssrc
	switch {
	case f.Kind == rtcpmsg.RTPFB && f.Format == rtcpmsg.FormatNACK && meant:
		var lost [maxNACKs]uint16
		n := rtcpmsg.ReadNACK(f.Body, lost[:most])
		v.nacked(lost[:n], at)
		return n
	case f.Kind == rtcpmsg.PSFB && f.Format == rtcpmsg.FormatPLI && meant:
		v.wantsKeyFrame(at)
	case f.Kind == rtcpmsg.PSFB && f.Format == rtcpmsg.FormatFIR:
		for fci := f.Body; len(fci) >= 8; fci = fci[8:] {
			if binary.BigEndian.Uint32(fci) == v.ssrc {
				v.wantsKeyFrame(at)
			}
		}
	case f.Kind == rtcpmsg.PSFB && f.Format == rtcpmsg.FormatAFB:
		if rate, ok := rtcpmsg.ReadREMB(f.Body, v.ssrc); ok {
			v.rate.limit(rate)
		}
	}
	return 0
}

// sendFeedback sends a feedback packet about the far end's source.
func (v *video) sendFeedback(f rtcpmsg.Feedback, fci []uint32) {
	t := v.terms.Load()
	if t == nil {
		return
	}
	b := v.emptyReport()
	b = rtcpmsg.AppendFeedback(b, f, v.ssrc, len(fci))
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
	v.sendFeedback(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: v.source.Load()}, fci)
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
	o := rtcpmsg.Report{SSRC: v.ssrc, CNAME: v.ep.cname}
	return o.Append(make([]byte, 0, maxVideoReport))
}

// maxVideoReport is room for a report and feedback, and the tail.
const maxVideoReport = 512

func (v *video) writeRTCP(t *videoTerms, b []byte) {
	if t.wire.WriteRTCP(b) != nil {
		v.ep.count.brokenWrites.Add(1)
	}
}
