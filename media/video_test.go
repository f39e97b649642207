package media

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

const (
	testVP8  = 96
	testRTX  = 97
	farVideo = 0x5151 // the far end's source
	farRTX   = 0x5252
)

// videoStream is an agreed stream with a line of VP8 at payload type pt, feedback
// both ways.
func videoStream(pt uint8, f sdp.Feedback, rtx uint8) *sdp.Stream {
	s := testStream(formatOpus)
	c := sdp.Codec{Name: sdp.NameVP8, Clock: 90000, PayloadType: pt, Feedback: f, RTX: rtx}
	s.Lines = []sdp.StreamLine{{
		Kind: sdp.KindVideo, Send: c, Sends: []sdp.Codec{c}, Receive: []sdp.Codec{c},
		Remote: sdp.RemoteLine{SSRCs: []uint32{farVideo, farRTX}, RTXSSRCs: []uint32{farRTX}},
	}}
	return s
}

const allFeedback = sdp.NACK | sdp.PLI | sdp.FIR | sdp.REMB

// newVideoLeg is a test leg that has a line of video.
func newVideoLeg(t testing.TB, e *Engine, o Options, s *sdp.Stream) *testLeg {
	t.Helper()
	l := newTestLeg(t, e, o, nil)
	l.LocalLines([]LineOffer{{Kind: sdp.KindVideo, Codecs: []sdp.Codec{{Name: sdp.NameVP8, Clock: 90000}}}})
	if err := l.Apply(s); err != nil {
		t.Fatal(err)
	}
	return l
}

// film gives the leg a packet of video.
func (l *testLeg) film(pt uint8, seq uint16, ts uint32, at int64) {
	l.in(header{pt: pt, seq: seq, ts: ts, ssrc: farVideo}, []byte{0x10, byte(seq >> 8), byte(seq)}, at)
}

// ofSource are the packets of one source.
func ofSource(all []packet, ssrc uint32) []packet {
	return slices.DeleteFunc(slices.Clone(all), func(p packet) bool { return p.ssrc != ssrc })
}

// feedbackOf are the feedback packets of one kind and format that went out.
func feedbackOf(w *fakeWire, kind, format uint8) []rtcpmsg.Feedback {
	var found []rtcpmsg.Feedback
	for _, b := range w.reports() {
		for f, rest, ok := rtcpmsg.NextFeedback(b); ok; f, rest, ok = rtcpmsg.NextFeedback(rest) {
			if f.Kind == kind && f.Format == format {
				found = append(found, f)
			}
		}
	}
	return found
}

// say gives the leg a feedback packet of its far end.
func (l *testLeg) say(f rtcpmsg.Feedback, at int64, fci ...uint32) {
	b := rtcpmsg.AppendFeedback(make([]byte, 0, 256), f, farVideo, len(fci))
	for _, w := range fci {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	l.RTCP(b, at)
}

func (l *testLeg) videoSSRC() uint32 { return l.Endpoint.video[0].ssrc }

func videoPair(t *testing.T, a, b *sdp.Stream) (x, y *testLeg) {
	e := newTestEngine(t, Config{Workers: 1})
	x, y = newVideoLeg(t, e, Options{}, a), newVideoLeg(t, e, Options{}, b)
	Join(x.Endpoint, y.Endpoint)
	return x, y
}

func TestVideoGoesOnWithHeadersOfItsOwn(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(100, allFeedback, 0))
	at := transport.Now()
	// One with a header extension and two sources that contributed.
	b := make([]byte, 0, 200)
	b = append(b, 0x92, 0x80|testVP8, 0, 7, 0, 0, 0, 9, 0, 0, 0x51, 0x51)
	b = append(b, 1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 0x10, 1, 2, 3, 0x10, 42)
	x.RTP(b, at, nil)
	x.film(testVP8, 8, 9+3000, at+1)
	got := ofSource(y.wire.packets(), y.videoSSRC())
	if len(got) != 2 {
		t.Fatalf("%d packets of video came out, want 2", len(got))
	}
	if got[0].pt != 100 || !got[0].marker || len(got[0].payload) != 2 || got[0].payload[1] != 42 {
		t.Errorf("the packet with an extension became %+v", got[0])
	}
	if got[1].seq != got[0].seq+1 || got[1].ts != got[0].ts+3000 {
		t.Errorf("sequence %d, %d and time %d, %d", got[0].seq, got[1].seq, got[0].ts, got[1].ts)
	}
}

func TestVideoKeepsItsLineThroughHoldAndTransfer(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	s := videoStream(testVP8, allFeedback, 0)
	x, y, z := newVideoLeg(t, e, Options{}, s), newVideoLeg(t, e, Options{}, s), newVideoLeg(t, e, Options{}, s)
	Join(x.Endpoint, y.Endpoint)
	at := transport.Now()
	y.film(testVP8, 500, 1000, at)
	y.film(testVP8, 502, 4000, at+1e6) // 501 was lost
	x.Quiet()
	y.film(testVP8, 503, 7000, at+2e6)
	Join(x.Endpoint, y.Endpoint)
	at += int64(time.Second)
	y.film(testVP8, 533, 97000, at)
	Join(x.Endpoint, z.Endpoint)
	z.film(testVP8, 9, 77, at+1e9)
	z.film(testVP8, 10, 3077, at+1e9+33e6)
	got := ofSource(x.wire.packets(), x.videoSSRC())
	if len(got) != 5 {
		t.Fatalf("%d packets of video came out, want 5", len(got))
	}
	for i, ahead := range []uint16{0, 2, 3, 4, 5} {
		if got[i].seq != got[0].seq+ahead {
			t.Errorf("packet %d has sequence number %d after %d", i, got[i].seq, got[0].seq)
		}
	}
	if d := got[3].ts - got[2].ts; d < 89000 || d > 91000 {
		t.Errorf("a second later the time is %d units later", d)
	}
	if n := len(feedbackOf(y.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI)); n == 0 {
		t.Errorf("nobody was asked for a whole picture")
	}
	if n := len(feedbackOf(z.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI)); n != 1 {
		t.Errorf("who is seen anew was asked %d times for a whole picture, want once", n)
	}
}

func TestLostVideoIsRepeatedAndUnwrapped(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, testRTX), videoStream(testVP8, allFeedback, testRTX))
	at := transport.Now()
	for seq := uint16(100); seq < 110; seq++ {
		x.film(testVP8, seq, uint32(seq)*3000, at)
	}
	sent := ofSource(y.wire.packets(), y.videoSSRC())
	lost := sent[4]
	y.say(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: y.videoSSRC()}, at, uint32(lost.seq)<<16|1)
	again := ofSource(y.wire.packets(), y.Endpoint.video[0].rtx)
	if len(again) != 2 || again[0].pt != testRTX || binary.BigEndian.Uint16(again[0].payload) != lost.seq {
		t.Fatalf("repeated were %+v, want number %d and the next", again, lost.seq)
	}
	if !slices.Equal(again[0].payload[2:], lost.payload) || again[0].ts != lost.ts {
		t.Errorf("repeated %+v, want what was lost: %+v", again[0], lost)
	}
	// The same packet, come to another leg, is what it was.
	w, z := videoPair(t, videoStream(testVP8, allFeedback, testRTX), videoStream(testVP8, allFeedback, testRTX))
	for _, p := range sent {
		if p.seq != lost.seq {
			w.in(header{pt: testVP8, seq: p.seq, ts: p.ts, ssrc: farVideo}, p.payload, at)
		}
	}
	w.in(header{pt: testRTX, seq: again[0].seq, ts: again[0].ts, ssrc: farRTX}, again[0].payload, at)
	got := ofSource(z.wire.packets(), z.videoSSRC())
	last := got[len(got)-1]
	if len(got) != 10 || last.seq != got[0].seq+4 || !slices.Equal(last.payload, lost.payload) {
		t.Errorf("unwrapped it is %+v after %d packets", last, len(got))
	}
}

func TestRepetitionsAreBounded(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, testRTX))
	at := transport.Now()
	x.film(testVP8, 100, 1, at)
	seq := ofSource(y.wire.packets(), y.videoSSRC())[0].seq
	for i := range int64(1000) {
		y.say(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: y.videoSSRC()}, at+i*20e6, uint32(seq)<<16)
	}
	if n := len(ofSource(y.wire.packets(), y.Endpoint.video[0].rtx)); n != 1 {
		t.Errorf("a packet was repeated %d times for a far end that asks again and again", n)
	}
}

func TestVideoThatNeverCameIsAskedForAtItsSender(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	at := transport.Now()
	x.film(testVP8, 100, 1, at)
	x.film(testVP8, 103, 1, at)
	first := ofSource(y.wire.packets(), y.videoSSRC())[0].seq
	y.say(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: y.videoSSRC()}, at, uint32(first+1)<<16|1)
	asked := feedbackOf(x.wire, rtcpmsg.RTPFB, rtcpmsg.FormatNACK)
	if len(asked) != 1 || asked[0].Media != farVideo || binary.BigEndian.Uint32(asked[0].Body) != 101<<16|1 {
		t.Errorf("asked for %+v, want packets 101 and 102 of the sender", asked)
	}
}

// TestFloodsOfFeedbackAreNotPassedOn: a far end that asks without end does not have
// the other one asked without end, nor itself be sent without end.
func TestFloodsOfFeedbackAreNotPassedOn(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	at := transport.Now()
	x.film(testVP8, 100, 1, at)
	x.film(testVP8, 130, 1, at)
	me := y.videoSSRC()
	first := ofSource(y.wire.packets(), me)[0].seq
	sent := len(y.wire.packets())
	for i := range int64(2000) { // a second of them
		now := at + i*5e5
		y.say(rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: me}, now, uint32(first+1)<<16|0xffff)
		y.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatPLI, Media: me}, now)
		y.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatFIR}, now, me, uint32(i)<<24)
		y.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatAFB}, now, 0x52454d42, 1<<24|uint32(i)&0x3ffff, me)
	}
	if n := len(feedbackOf(x.wire, rtcpmsg.RTPFB, rtcpmsg.FormatNACK)); n < 100 || n > 250 {
		t.Errorf("asked for packets %d times in a second", n)
	}
	if n := len(feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI)) + len(feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatFIR)); n < 2 || n > 3 {
		t.Errorf("asked for whole pictures %d times in a second", n)
	}
	if n := len(y.wire.packets()) - sent; n > 10 {
		t.Errorf("%d packets were repeated", n)
	}
}

func TestWhoCannotAskForPacketsIsServedAllTheSame(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, 0, 0))
	at := transport.Now()
	x.film(testVP8, 100, 1, at)
	x.film(testVP8, 103, 1, at)
	if asked := feedbackOf(x.wire, rtcpmsg.RTPFB, rtcpmsg.FormatNACK); len(asked) != 1 {
		t.Errorf("%d times packets were asked for, want once", len(asked))
	}
	if n := len(ofSource(y.wire.packets(), y.videoSSRC())); n != 2 {
		t.Errorf("%d packets came out", n)
	}
}

func TestWholePicturesAreAskedForInTheWayOfEachLeg(t *testing.T) {
	for name, c := range map[string]struct {
		feedback       sdp.Feedback
		pli, fir, info int
	}{
		"PLI":  {sdp.PLI | sdp.FIR, 1, 0, 0},
		"FIR":  {sdp.FIR, 0, 1, 0},
		"INFO": {0, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			e, info := newTestEngine(t, Config{Workers: 1}), 0
			x := newVideoLeg(t, e, Options{Events: Events{KeyFrame: func() { info++ }}}, videoStream(testVP8, c.feedback, 0))
			y := newVideoLeg(t, e, Options{}, videoStream(testVP8, allFeedback, 0))
			Join(x.Endpoint, y.Endpoint)
			at := transport.Now()
			x.film(testVP8, 1, 1, at) // who is joined is asked with the first packet
			for i := range int64(20) {
				y.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatPLI, Media: y.videoSSRC()}, at+i)
				y.say(rtcpmsg.Feedback{Kind: rtcpmsg.PSFB, Format: rtcpmsg.FormatFIR}, at+i, y.videoSSRC(), 1<<24)
			}
			pli, fir := feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI), feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatFIR)
			if len(pli) != c.pli || len(fir) != c.fir || info != c.info {
				t.Errorf("%d PLI, %d FIR, %d INFO; want %d, %d, %d", len(pli), len(fir), info, c.pli, c.fir, c.info)
			}
			// What came too early is not forgotten.
			x.film(testVP8, 2, 1, at+3e9)
			pli, fir = feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI), feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatFIR)
			if n := len(pli) + len(fir) + info; n != 2 {
				t.Errorf("asked %d times in all, want twice", n)
			}
		})
	}
}

func TestSendersOfVideoAreToldHowMuchGetsThrough(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	x.film(testVP8, 1, 1, transport.Now())
	remb := func() uint64 {
		all := feedbackOf(x.wire, rtcpmsg.PSFB, rtcpmsg.FormatAFB)
		if len(all) == 0 {
			return 0
		}
		rate, ok := rtcpmsg.ReadREMB(all[len(all)-1].Body, farVideo)
		if !ok {
			t.Errorf("the bandwidth is about somebody else")
		}
		return rate
	}
	limit := time.After(10 * time.Second)
	for remb() == 0 {
		select {
		case <-x.wire.notify:
		case <-limit:
			t.Fatal("no bandwidth was said")
		}
	}
	if got := remb(); got < startRate*9/10 || got > startRate {
		t.Errorf("%d bit/s were said at first, want about %d", got, startRate)
	}
	r := &y.Endpoint.video[0].rate
	r.loss(128)
	if got := r.now(0); got >= startRate {
		t.Errorf("%d bit/s after a loss of a half", got)
	}
	b := rtcpmsg.AppendREMB(nil, 1, 333_000, []uint32{y.videoSSRC()})
	y.RTCP(b, transport.Now())
	if got := r.now(0); got < 330_000 || got > 333_000 {
		t.Errorf("%d bit/s, although the far end says that it takes 333000", got)
	}
	for _, most := range []uint64{200_000, 48_000} {
		if got := r.now(most); got != most {
			t.Errorf("%d bit/s, although its description says %d", got, most)
		}
	}
}

// TestABoundOfTheWholeSessionIsOfAllPictures: two lines have no more together than the
// description lets the session have.
func TestABoundOfTheWholeSessionIsOfAllPictures(t *testing.T) {
	listener := videoStream(testVP8, allFeedback, 0)
	listener.Remote.VideoBandwidth = 300_000
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), listener)
	at := transport.Now()
	x.film(testVP8, 1, 1, at)
	second := *x.Endpoint.video[0].terms.Load()
	if got := y.Endpoint.video[0].terms.Load().together; got != 300_000 {
		t.Fatalf("%d bit/s are for all lines", got)
	}
	other := &video{ep: x.Endpoint, number: 1}
	other.terms.Store(&second)
	other.source.Store(farVideo + 1)
	other.route.Store(x.Endpoint.video[0].route.Load())
	for name, lines := range map[string][]*video{"one": {x.Endpoint.video[0], nil}, "two": {x.Endpoint.video[0], other}} {
		if rate, sources, _ := rateOf(lines); rate != 300_000 || len(sources) == 0 {
			t.Errorf("%s: %d bit/s for %v", name, rate, sources)
		}
	}
}

func TestRelayedVideoAllocatesNothing(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, testRTX), videoStream(testVP8, allFeedback, testRTX))
	sink := &nullWire{}
	for _, l := range []*testLeg{x, y} {
		terms := *l.Endpoint.video[0].terms.Load()
		terms.wire = sink
		l.Endpoint.video[0].terms.Store(&terms)
		l.engine.mu.Lock()
		x.linkVideoLocked()
		y.linkVideoLocked()
		l.engine.mu.Unlock()
	}
	b := make([]byte, 1212, 1212+transport.Tail)
	seq, at := uint16(0), transport.Now()
	allocs := testing.AllocsPerRun(1000, func() {
		seq++
		header{pt: testVP8, seq: seq, ts: uint32(seq) * 300, ssrc: farVideo}.put(b)
		x.RTP(b[:1212], at, nil)
		at += 3e6
	})
	if allocs != 0 || sink.n < 900 {
		t.Errorf("%v allocations a packet, %d packets", allocs, sink.n)
	}
}

// nullWire is a Wire on which everything is lost.
type nullWire struct {
	fakeWire
	n int
}

func (w *nullWire) RelayRTP([]byte, *transport.Batch) error { w.n++; return nil }

func TestStatsSayHowVideoHasGone(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	at := transport.Now()
	for _, seq := range []uint16{1, 2, 4} {
		x.film(testVP8, seq, 1, at)
	}
	in, out := x.Stats().Video, y.Stats().Video
	if len(in) != 1 || in[0].Received != 3 || in[0].Lost != 1 || in[0].Asked != 1 || len(out) != 1 || out[0].Sent != 3 {
		t.Fatalf("%+v, %+v", in, out)
	}
	if got, want := in[0].String(), "video VP8/90000: seen 3 packets, 25.0 % lost; shown 0, whole pictures asked for: 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestVideoEndsWithItsLine(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	at := transport.Now()
	x.film(testVP8, 1, 1, at)
	if err := y.Apply(testStream(formatOpus)); err != nil {
		t.Fatal(err)
	}
	x.film(testVP8, 2, 1, at)
	if n := len(ofSource(y.wire.packets(), y.videoSSRC())); n != 1 {
		t.Errorf("%d packets, want the one before the line ended", n)
	}
	if y.Endpoint.video[0].out.ring != nil {
		t.Errorf("packets are kept for a line that is off")
	}
	if err := y.Apply(videoStream(testVP8, allFeedback, 0)); err != nil {
		t.Fatal(err)
	}
	x.film(testVP8, 3, 1, at)
	got := ofSource(y.wire.packets(), y.videoSSRC())
	if len(got) != 2 || got[1].seq != got[0].seq+1 {
		t.Errorf("a line that begins again does not go on: %+v", got)
	}
}

func FuzzVideoFeedback(f *testing.F) {
	f.Add(rtcpmsg.AppendREMB(nil, 1, 1_000_000, []uint32{7}), uint16(3))
	f.Add(rtcpmsg.AppendFeedback(nil, rtcpmsg.Feedback{Kind: rtcpmsg.RTPFB, Format: rtcpmsg.FormatNACK, Media: 7}, 1, 0), uint16(3))
	e, err := New(Config{Workers: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	l := newVideoLeg(f, e, Options{}, videoStream(testVP8, allFeedback, testRTX))
	o := newVideoLeg(f, e, Options{}, videoStream(testVP8, allFeedback, testRTX))
	Join(l.Endpoint, o.Endpoint)
	f.Fuzz(func(t *testing.T, b []byte, seq uint16) {
		l.film(testVP8, seq, 1, transport.Now())
		o.RTCP(append(make([]byte, 0, len(b)+transport.Tail), b...), transport.Now())
		var lost [maxNACKs]uint16
		if n := rtcpmsg.ReadNACK(b, lost[:]); n > len(lost) {
			t.Errorf("%d packets", n)
		}
		_, _ = rtcpmsg.ReadREMB(b, 7)
	})
}
