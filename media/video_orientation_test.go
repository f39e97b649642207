package media

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// rawWire keeps the packets of video as they are.
type rawWire struct {
	fakeWire
	sent [][]byte
}

func (w *rawWire) WriteRTP(b []byte, _ *transport.Batch) error {
	if cap(b)-len(b) < transport.Tail {
		return transport.ErrShortTail
	}
	w.sent = append(w.sent, slices.Clone(b))
	clear(b) // as encryption leaves nothing readable
	return nil
}

func (w *rawWire) RelayRTP(b []byte, _ *transport.Batch) error { return w.WriteRTP(b, nil) }

// turned is a stream in which the orientation has a number.
func turned(s *sdp.Stream, number uint8) *sdp.Stream {
	s.Lines[0].Orientation = number
	return s
}

// rewire lets the video of a leg go out by w.
func rewire(l *testLeg, w transport.Wire, all ...*testLeg) {
	terms := *l.Endpoint.video[0].terms.Load()
	terms.wire = w
	l.Endpoint.video[0].terms.Store(&terms)
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	for _, o := range all {
		o.linkVideoLocked()
	}
}

// orientedPair are two legs with numbers for the orientation, and what the second sends.
func orientedPair(t testing.TB, one, two uint8) (x, y *testLeg, w *rawWire) {
	e := newTestEngine(t, Config{Workers: 1})
	x = newVideoLeg(t, e, Options{}, turned(videoStream(testVP8, allFeedback, testRTX), one))
	y = newVideoLeg(t, e, Options{}, turned(videoStream(100, allFeedback, testRTX), two))
	Join(x.Endpoint, y.Endpoint)
	w = &rawWire{}
	rewire(y, w, x, y)
	return x, y, w
}

// withExtension is a packet with two contributing sources and a header extension.
func withExtension(seq uint16, extension, payload string) []byte {
	x, _ := hex.DecodeString(extension)
	b := make([]byte, 20, 200+transport.Tail)
	header{pt: testVP8, marker: true, seq: seq, ts: 9, ssrc: farVideo}.put(b)
	b[0] |= 0x12
	return append(append(b, x...), payload...)
}

// TestTheOrientationGoesOnWithTheNumberOfEachLeg has a camera that is held upright: its
// packets say so in an element among others, of which it alone goes on.
func TestTheOrientationGoesOnWithTheNumberOfEachLeg(t *testing.T) {
	for name, c := range map[string]struct {
		one, two uint8
		in, out  string // header extensions
	}{
		"alone":                         {13, 3, "bede0001" + "d0010000", "bede0001" + "30010000"},
		"behind others":                 {13, 3, "bede0002" + "22aabbcc" + "00d00300", "bede0001" + "30030000"},
		"flipped, of the back camera":   {13, 3, "bede0001" + "d00e0000", "bede0001" + "300e0000"},
		"with bits that mean nothing":   {13, 3, "bede0001" + "d0f10000", "bede0001" + "30010000"},
		"in the long form":              {13, 3, "10000001" + "0d010200", "bede0001" + "30020000"},
		"to one with a long number":     {13, 200, "bede0001" + "d0010000", "10000001" + "c8010100"},
		"from one with a long number":   {200, 3, "10010002" + "02000000" + "c8010300", "bede0001" + "30030000"},
		"another element":               {13, 3, "bede0001" + "20010000", ""},
		"an empty one":                  {13, 3, "10000001" + "0d000000", ""},
		"behind the end":                {13, 3, "bede0001" + "f0d00100", ""},
		"longer than the extension":     {13, 3, "bede0001" + "000000d0", ""},
		"of another kind":               {13, 3, "12340001" + "d0010000", ""},
		"none at all":                   {13, 3, "bede0000", ""},
		"to one who has not agreed":     {13, 0, "bede0001" + "d0010000", ""},
		"from one who has not agreed":   {0, 3, "bede0001" + "30010000", ""},
		"an element longer than itself": {13, 3, "bede0001" + "2fd00100", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x, y, w := orientedPair(t, c.one, c.two)
			x.RTP(withExtension(7, c.in, "frame"), transport.Now(), nil)
			if len(w.sent) != 1 {
				t.Fatalf("%d packets came out", len(w.sent))
			}
			want, _ := hex.DecodeString(c.out)
			b := w.sent[0]
			h, begin, end, ok := parseHeader(b)
			if !ok || !bytes.Equal(b[headerSize:begin], want) || string(b[begin:end]) != "frame" {
				t.Errorf("what came out is %x, want the extension %x", b, want)
			}
			if h.pt != 100 || !h.marker || h.ssrc != y.videoSSRC() || b[0]&0x0f != 0 {
				t.Errorf("the header is %+v", h)
			}
			if _, _, octets, _ := y.Endpoint.video[0].out.now(0); octets != 5 {
				t.Errorf("%d octets of payload are reported", octets)
			}
		})
	}
}

// TestARepeatedPacketHasItsOrientation: RFC 4588 §4.
func TestARepeatedPacketHasItsOrientation(t *testing.T) {
	x, y, w := orientedPair(t, 13, 3)
	at := transport.Now()
	x.RTP(withExtension(7, "bede0001d0010000", "frame"), at, nil)
	seq := binary.BigEndian.Uint16(w.sent[0][2:])
	y.say(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: y.videoSSRC()}, at, uint32(seq)<<16)
	if len(w.sent) != 2 {
		t.Fatalf("%d packets came out, want one and its repetition", len(w.sent))
	}
	b := w.sent[1]
	h, begin, _, _ := parseHeader(b)
	if h.pt != testRTX || !bytes.Equal(b[headerSize:begin], w.sent[0][headerSize:begin]) ||
		binary.BigEndian.Uint16(b[begin:]) != seq || string(b[begin+2:]) != "frame" {
		t.Errorf("repeated as %x", b)
	}
	// Unwrapped where it is the only one that comes.
	x, y, w = orientedPair(t, 3, 14)
	x.film(testVP8, 6, 9, at)
	in := append(make([]byte, 0, 200+transport.Tail), b...)
	header{pt: testRTX, seq: 1, ts: 9, ssrc: farRTX, extended: true}.put(in)
	binary.BigEndian.PutUint16(in[begin:], 7)
	x.RTP(in, at, nil)
	b = w.sent[len(w.sent)-1]
	if value, ok := element(b, 14); !ok || value != 1 || string(b[headerSize+extendedBy:]) != "frame" || len(w.sent) != 2 {
		t.Errorf("unwrapped it is %x", b)
	}
	if h, _, _, _ := parseHeader(b); h.ssrc != y.videoSSRC() || h.pt != 100 {
		t.Errorf("unwrapped it is %+v", h)
	}
}

func TestPassingTheOrientationOnAllocatesNothing(t *testing.T) {
	x, y, _ := orientedPair(t, 13, 3)
	sink := &nullWire{}
	rewire(y, sink, x, y)
	rewire(x, sink, x, y)
	b := make([]byte, 0, 1300+transport.Tail)
	b = append(b, withExtension(1, "bede0002"+"22aabbcc"+"d0010000", "frame")...)[:1212]
	packet := make([]byte, 1212, 1212+transport.Tail)
	seq, at := uint16(0), transport.Now()
	allocs := testing.AllocsPerRun(1000, func() {
		seq++
		copy(packet, b)
		binary.BigEndian.PutUint16(packet[2:], seq)
		x.RTP(packet, at, nil)
		at += 3e6
	})
	if allocs != 0 || sink.n < 900 {
		t.Errorf("%v allocations a packet, %d packets", allocs, sink.n)
	}
}

func TestUnturnedPicturesAreFound(t *testing.T) {
	line := func(number int, turns bool) LineOffer {
		return LineOffer{Kind: sdp.KindVideo, Number: number, Orientation: turns}
	}
	yes, no, second := line(0, true), line(0, false), line(1, true)
	for _, c := range []struct {
		a, b []LineOffer
		want bool
	}{
		{[]LineOffer{yes}, []LineOffer{no}, true},
		{[]LineOffer{no}, []LineOffer{yes}, false},
		{[]LineOffer{yes}, []LineOffer{yes}, false},
		{[]LineOffer{yes}, nil, false},
		{[]LineOffer{second}, []LineOffer{no}, false},
	} {
		if got := Unturned(c.a, c.b); got != c.want {
			t.Errorf("%+v and %+v: %v", c.a, c.b, got)
		}
	}
}

func FuzzElement(f *testing.F) {
	for _, x := range []string{"bede0001d0010000", "100000010d010200", "bede000222aabbcc00d00300"} {
		f.Add(withExtension(1, x, "frame"), uint8(13))
	}
	f.Fuzz(func(t *testing.T, b []byte, number uint8) {
		_, begin, _, ok := parseHeader(b)
		if _, found := element(b, number); ok && found && begin < headerSize+extendedBy {
			t.Errorf("an element in an extension of %d octets", begin-headerSize)
		}
	})
}
