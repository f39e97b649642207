package media

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

const ms = int64(time.Millisecond)

// discardWire takes packets and keeps nothing.
type discardWire struct{ fakeWire }

func (*discardWire) WriteRTP([]byte, *transport.Batch) error { return nil }
func (*discardWire) RelayRTP([]byte, *transport.Batch) error { return nil }

func voice(n int, fill byte) []byte { return bytes.Repeat([]byte{fill}, n) }

func TestRelayPassesThrough(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	for i := range 5 {
		a.talk(0, voice(160, byte(i)), 160, at+int64(i)*20*ms)
		b.talk(0, voice(160, byte(100+i)), 160, at+int64(i)*20*ms)
	}
	for name, leg := range map[string]*testLeg{"a": a, "b": b} {
		out := leg.wire.packets()
		if len(out) != 5 {
			t.Fatalf("%s heard %d packets, want 5", name, len(out))
		}
		checkLine(t, leg.line.ssrc, out)
		if !out[0].marker || out[1].marker {
			t.Errorf("%s: markers %v %v, want the first only", name, out[0].marker, out[1].marker)
		}
		if d := out[4].ts - out[0].ts; d != 640 {
			t.Errorf("%s: timestamps went on by %d, want 640", name, d)
		}
	}
	if got := b.wire.packets()[3].payload; !bytes.Equal(got, voice(160, 3)) {
		t.Errorf("payload changed on its way: % x", got[:4])
	}
	if got := a.Stats().Chain; got != "pcmu/8000 passed through" {
		t.Errorf("Chain = %q", got)
	}
}

func TestRelayStripsTheHeader(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	full := make([]byte, 0, 200)
	full = append(full, 2<<6|0x20|0x10|2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9) // padding, extension, two sources
	full = append(full, 1, 1, 1, 1, 2, 2, 2, 2)
	full = append(full, 0xbe, 0xde, 0, 1, 5, 5, 5, 5)
	full = append(full, "sound"...)
	full = append(full, 0, 0, 3)
	a.RTP(full, transport.Now(), nil)
	out := b.wire.packets()
	if len(out) != 1 || string(out[0].payload) != "sound" {
		t.Fatalf("heard %+v, want one packet with the payload alone", out)
	}
}

func TestRelayKeepsLossAndOrder(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	in := []uint16{10, 11, 13, 12, 12, 16, 9} // 14, 15 lost; 12 twice; 9 is from before the first
	for _, seq := range in {
		a.in(header{seq: seq, ts: uint32(seq) * 160, ssrc: 7}, voice(160, byte(seq)), at)
	}
	var got []uint16
	out := b.wire.packets()
	for _, p := range out {
		got = append(got, p.seq-out[0].seq+10)
	}
	if diff := cmp.Diff([]uint16{10, 11, 13, 12, 16}, got); diff != "" {
		t.Errorf("sequence out (-want +got):\n%s", diff)
	}
}

func TestRelayAbsorbsNewStreams(t *testing.T) {
	tests := map[string]header{
		"new SSRC":         {seq: 100, ts: 100, ssrc: 8},
		"sequence jumped":  {seq: 40000, ts: 160 * 10, ssrc: 7},
		"timestamp jumped": {seq: 10, ts: 3e9, ssrc: 7},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
			Join(a.Endpoint, b.Endpoint)
			at := transport.Now()
			for i := range uint16(10) {
				a.in(header{seq: i, ts: uint32(i) * 160, ssrc: 7}, voice(160, 1), at+int64(i)*20*ms)
			}
			at += 500 * ms
			for i := range uint16(5) {
				next := h
				next.seq, next.ts = h.seq+i, h.ts+uint32(i)*160
				a.in(next, voice(160, 2), at+int64(i)*20*ms)
			}
			out := b.wire.packets()
			if len(out) != 15 {
				t.Fatalf("heard %d packets, want 15", len(out))
			}
			checkLine(t, b.line.ssrc, out)
			if !out[10].marker {
				t.Error("the new stream begins without a marker")
			}
			if d := out[10].ts - out[9].ts; d != 320*8 { // 500 ms after the first, the last came at 180
				t.Errorf("timestamp went on by %d over 320 ms, want 2560", d)
			}
		})
	}
}

func TestRelayTranslatesLaws(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMA))
	Join(a.Endpoint, b.Endpoint)
	a.talk(0, voice(160, 0xff), 160, transport.Now()) // µ-law silence
	b.talk(8, voice(160, 0xd5), 160, transport.Now()) // A-law silence
	out := b.wire.packets()
	if len(out) != 1 || out[0].pt != 8 || out[0].payload[0] != 0xd5 {
		t.Fatalf("A-law leg heard %+v", out)
	}
	out = a.wire.packets()
	if len(out) != 1 || out[0].pt != 0 || out[0].payload[0] != 0xfe { // ITU-T G.711 table 4: the nearest value
		t.Fatalf("µ-law leg heard %+v", out)
	}
}

func TestRelayRefuses(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	mayNotSend := testStream(formatPCMU)
	mayNotSend.Direction = sdp.SendOnly
	tests := map[string]struct {
		stream  *sdp.Stream
		raw     []byte
		refused uint64
	}{
		"a payload type not agreed": {testStream(formatPCMU), []byte{0x80, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 1},
		"another version":           {testStream(formatPCMU), []byte{0x40, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 1},
		"padding beyond the packet": {testStream(formatPCMU), []byte{0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 200}, 1},
		"a leg that may not send":   {mayNotSend, []byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 1},
		"an empty payload":          {testStream(formatPCMU), []byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := newTestLeg(t, e, Options{}, tt.stream), newTestLeg(t, e, Options{}, testStream(formatPCMU))
			Join(a.Endpoint, b.Endpoint)
			a.RTP(append(make([]byte, 0, 100), tt.raw...), transport.Now(), nil)
			if out := b.wire.packets(); len(out) != 0 {
				t.Errorf("it went on: %+v", out)
			}
			if got := a.Stats().Received.Refused; got != tt.refused {
				t.Errorf("Refused = %d, want %d", got, tt.refused)
			}
		})
	}
}

func TestRelayAllocatesNothing(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1, Headers: 1 << 20, Notify: func(Notice) {}})
	for name, to := range map[string]format{"same law": formatPCMU, "other law": formatPCMA} {
		t.Run(name, func(t *testing.T) {
			a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(to))
			b.Endpoint.wire = &discardWire{}
			Join(a.Endpoint, b.Endpoint)
			buf := make([]byte, 172, 172+transport.Tail)
			h := header{seq: 1, ssrc: 7}
			at := transport.Now()
			if n := testing.AllocsPerRun(1000, func() {
				h.put(buf)
				a.RTP(buf, at, nil)
				h.seq++
				h.ts += 160
				at += 20 * ms
			}); n != 0 {
				t.Errorf("%v allocations a packet, want 0", n)
			}
		})
	}
}

func TestHoldKeepsTheLine(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	talk := func(n int) {
		for range n {
			a.talk(0, voice(160, 1), 160, at)
			at += 20 * ms
		}
	}
	talk(10)
	held := testStream(formatPCMU)
	held.Direction = sdp.Inactive
	if err := b.Apply(held); err != nil {
		t.Fatal(err)
	}
	talk(50)
	if got := len(b.wire.packets()); got != 10 {
		t.Fatalf("%d packets while held, want none", got-10)
	}
	if err := b.Apply(testStream(formatPCMU)); err != nil {
		t.Fatal(err)
	}
	talk(10)
	out := b.wire.packets()
	if len(out) != 20 {
		t.Fatalf("%d packets, want 20", len(out))
	}
	checkLine(t, b.line.ssrc, out)
	if d := out[10].ts - out[9].ts; d != 51*160 || !out[10].marker {
		t.Errorf("after hold the timestamp went on by %d with marker %v, want %d and true", d, out[10].marker, 51*160)
	}
}

func TestSourcesChangeOnOneLine(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b, c := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU)),
		newTestLeg(t, e, Options{}, testStream(formatPCMU))
	at := transport.Now()
	Join(a.Endpoint, b.Endpoint)
	for range 3 {
		a.talk(0, voice(160, 1), 160, at)
		at += 20 * ms
	}
	Join(c.Endpoint, b.Endpoint)
	a.talk(0, voice(160, 1), 160, at) // nobody hears it now
	for range 3 {
		c.talk(0, voice(160, 3), 160, at)
		at += 20 * ms
	}
	b.Echo()
	for range 3 {
		b.talk(0, voice(160, 2), 160, at)
		at += 20 * ms
	}
	b.Quiet()
	b.talk(0, voice(160, 2), 160, at)
	out := b.wire.packets()
	if len(out) != 9 {
		t.Fatalf("heard %d packets, want 9", len(out))
	}
	checkLine(t, b.line.ssrc, out)
	for i, p := range out {
		if want := []byte{1, 3, 2}[i/3]; p.payload[0] != want {
			t.Errorf("packet %d is from %d, want %d", i, p.payload[0], want)
		}
		if p.ts-out[0].ts != uint32(i)*160 {
			t.Errorf("packet %d has timestamp +%d, want +%d", i, p.ts-out[0].ts, i*160)
		}
	}
}

func TestComfortNoiseIsNoLoss(t *testing.T) {
	s := testStream(formatPCMU)
	s.Remote.ComfortNoise = []sdp.Codec{{Name: sdp.NameCN, Clock: 8000, PayloadType: 13}}
	inBubble(t, s, testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
		for i := range 10 {
			if i == 5 {
				a.talk(13, []byte{60}, 3360, transport.Now())
				time.Sleep(420 * time.Millisecond)
			}
			a.talk(0, voice(160, 1), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		if d := out[len(out)-1].ts - out[0].ts; d != 9*160+3360 {
			t.Errorf("timestamps went on by %d, want %d", d, 9*160+3360)
		}
		if r := a.Stats().Received; r.Lost != 0 || r.Concealed != 0 {
			t.Errorf("a pause was taken for a loss: %+v", r)
		}
	})
}

func TestJoinFollowsTheCodecs(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 2})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, nil)
	Join(a.Endpoint, b.Endpoint) // before b has agreed on anything
	if got := a.Stats().Chain; got != "not heard" {
		t.Errorf("Chain = %q", got)
	}
	for _, step := range []struct {
		f    format
		want string
	}{
		{formatPCMU, "opus/48000 -> pcmu/8000 transcoded"},
		{formatPCMA, "opus/48000 -> pcma/8000 transcoded"},
		{formatOpus, "opus/48000 passed through"},
	} {
		if err := b.Apply(testStream(step.f)); err != nil {
			t.Fatal(err)
		}
		if got := a.Stats().Chain; got != step.want {
			t.Errorf("Chain = %q, want %q", got, step.want)
		}
	}
	before := a.route.Load()
	if err := b.Apply(testStream(formatOpus)); err != nil {
		t.Fatal(err)
	}
	if a.route.Load() != before {
		t.Error("a refresh that changes nothing made a new route")
	}
	bad := testStream(formatOpus)
	bad.Send = sdp.Codec{Name: "made-up", Clock: 8000}
	if err := b.Apply(bad); err == nil {
		t.Error("a codec that is none of ours was applied")
	}
	r := a.route.Load()
	if p, q := newPath(a.Endpoint, r), newPath(b.Endpoint, b.route.Load()); p.job.worker != q.job.worker {
		t.Error("the two directions have different workers")
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	e := newTestEngine(t, Config{})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	a.Close()
	a.Close()
	a.talk(testOpus, []byte{1}, 960, transport.Now())
	b.talk(0, voice(160, 1), 160, transport.Now())
	if !a.wire.closed || len(a.wire.packets()) != 0 {
		t.Errorf("closed %v, %d packets to a closed leg", a.wire.closed, len(a.wire.packets()))
	}
	if err := a.Apply(testStream(formatOpus)); err == nil {
		t.Error("Apply on a closed leg")
	}
	a.Echo()
	Join(a.Endpoint, b.Endpoint)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !b.wire.closed || len(e.endpoints) != 0 {
		t.Error("Close of the Engine left a leg open")
	}
	if _, err := e.NewPlain(Options{}); err == nil {
		t.Error("NewPlain without ports")
	}
}
