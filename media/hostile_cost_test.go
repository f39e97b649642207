package media

import (
	"encoding/binary"
	"testing"

	"github.com/tandemgw/tandem/media/transport"
)

// hostileReports are compound packets of RTCP as long as a datagram may be, made to
// be dear: about the source ssrc.
func hostileReports(ssrc uint32) map[string][]byte {
	repeat := func(one []byte) (b []byte) {
		for len(b)+len(one) <= 1400 {
			b = append(b, one...)
		}
		return b
	}
	be := binary.BigEndian
	voice := be.AppendUint32([]byte{0x80, 207, 0, 10, 0, 0, 0, 9, 7, 0, 0, 8}, ssrc)
	voice = append(voice, make([]byte, 28)...)
	block := be.AppendUint32([]byte{0x81, 201, 0, 7, 0, 0, 0, 9}, ssrc)
	nack := be.AppendUint32([]byte{0x81, 205, 0, 3, 0, 0, 0, 9}, ssrc)
	return map[string][]byte{
		"empty reports":   repeat([]byte{0x80, 201, 0, 1, 0, 0, 0, 9}),
		"headers alone":   repeat([]byte{0x80, 204, 0, 0}),
		"blocks":          repeat(append(block, make([]byte, 20)...)),
		"voice metrics":   repeat(voice),
		"goodbyes":        repeat([]byte{0x81, 203, 0, 1, 0, 0, 0, 9}),
		"pictures wanted": repeat(be.AppendUint32([]byte{0x81, 206, 0, 2, 0, 0, 0, 9}, ssrc)),
		"packets missed":  repeat(append(nack, 0, 1, 0xff, 0xff)),
	}
}

// TestHostileReportsCostLittle: a report that is full of whatever can be in one takes
// no more memory than a good one.
func TestHostileReportsCostLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	e := newTestEngine(t, Config{Workers: 1})
	l := newTestLeg(t, e, Options{}, testStream(formatPCMU))
	for name, b := range hostileReports(l.line.ssrc) {
		bad := l.count.rtcpMalformed.Load()
		l.RTCP(b, transport.Now())
		if (name == "headers alone" || name == "goodbyes") && l.count.rtcpMalformed.Load() == bad {
			t.Errorf("%s: all of it was looked at", name)
		}
		if n := testing.AllocsPerRun(100, func() { l.RTCP(b, transport.Now()) }); n > 1 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

// BenchmarkHostileReports is what they cost beside a packet of sound.
func BenchmarkHostileReports(b *testing.B) {
	e := newTestEngine(b, Config{Workers: 1})
	x, y := newVideoLeg(b, e, Options{}, videoStream(testVP8, allFeedback, 0)), newVideoLeg(b, e, Options{}, videoStream(testVP8, allFeedback, 0))
	Join(x.Endpoint, y.Endpoint)
	x.film(testVP8, 100, 1, transport.Now())
	for name, ssrc := range map[string]uint32{"sound/": y.line.ssrc, "video/": y.videoSSRC()} {
		for what, p := range hostileReports(ssrc) {
			b.Run(name+what, func(b *testing.B) {
				b.ReportAllocs()
				at := transport.Now()
				for b.Loop() {
					at += int64(pictureEvery)
					y.RTCP(p, at)
				}
			})
		}
	}
}
