package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// comfortType is the payload type of comfort noise (RFC 3389 §4).
const comfortType = 13

// withComfort is an agreed stream whose far end takes comfort noise.
func withComfort(f format) *sdp.Stream {
	s := testStream(f)
	s.Comfort = sdp.Codec{Name: sdp.NameCN, Clock: 8000, PayloadType: comfortType}
	s.Remote.ComfortNoise = []sdp.Codec{s.Comfort}
	return s
}

// inBubble joins two legs in virtual time.
func inBubble(t *testing.T, one, other *sdp.Stream, test func(t *testing.T, a, b *testLeg)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, one), newTestLeg(t, e, Options{}, other)
		Join(a.Endpoint, b.Endpoint)
		test(t, a, b)
		_ = e.Close()
	})
}

// noisy is speech with a background of a level, in -dBov.
func noisy(t testing.TB, frames int, level byte) []int16 {
	var c codecs.ComfortNoise
	c.Set([]byte{level})
	pcm := make([]int16, frames*160)
	c.Frame(pcm)
	for i, s := range speech(t, min(frames, 100)) {
		pcm[i] += s
	}
	return pcm
}

// meanLevel is the level of pcm in -dBov.
func meanLevel(pcm []int16) float64 {
	sum := 1.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return -10 * math.Log10(sum/float64(len(pcm))/(32767*32767))
}

// speakThenPause sends what a browser with usedtx=1 does: speech, the packets
// that say that it pauses and how the background sounds meanwhile, nothing else,
// and speech again. It returns how many packets it sent.
func speakThenPause(t *testing.T, a *testLeg, pcm []int16) (sent int) {
	t.Helper()
	enc, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: voiceRate})
	if err != nil {
		t.Fatal(err)
	}
	const speaks, pauses = 100, 100
	for i := range len(pcm) / 160 {
		b := make([]byte, codecs.MaxPayload)
		n, err := enc.Encode(b, pcm[i*160:][:160])
		if err != nil {
			t.Fatal(err)
		}
		ts := uint32(i * 960)
		switch {
		case i < speaks || i >= speaks+pauses || i%20 == 0:
			a.in(header{pt: testOpus, seq: a.seq, ts: ts, ssrc: 9}, b[:n], transport.Now())
		case i == speaks+1 || i%20 == 1: // enters its pause: a TOC and nothing
			a.in(header{pt: testOpus, seq: a.seq, ts: ts, ssrc: 9}, b[:1], transport.Now())
		default:
			time.Sleep(20 * time.Millisecond)
			continue
		}
		a.seq++
		sent++
		time.Sleep(20 * time.Millisecond)
	}
	synctest.Wait()
	return sent
}

// TestTelephoneHearsTheBackgroundOfAPause is what a far end without comfort noise
// is to hear: no gap at all, and noise about as loud as the background was.
func TestTelephoneHearsTheBackgroundOfAPause(t *testing.T) {
	inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
		pcm := noisy(t, 250, 50)
		speakThenPause(t, a, pcm)
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		for i := range out[1:] {
			if d := out[i+1].ts - out[i].ts; d != 160 {
				t.Errorf("a step of %d in timestamps at packet %d", d, i)
			}
			if d := time.Duration(out[i+1].at - out[i].at); d > 41*time.Millisecond {
				t.Errorf("%v without a packet at packet %d", d, i)
			}
		}
		if len(out) < 248 || len(out) > 252 {
			t.Errorf("%d packets for 250 frames", len(out))
		}
		heard := decodeAll(t, codecs.NewULawDecoder(), payloads(out))
		if level := meanLevel(heard[110*160 : 190*160]); level < 45 || level > 57 {
			t.Errorf("the pause sounds at -%.0f dBov, the background at -50", level)
		}
		if s := a.Stats().Received; s.Concealed != 0 || s.Late != 0 || s.Lost != 0 {
			t.Errorf("a pause was taken for a loss: %+v", s)
		}
	})
}

// TestTelephoneWithComfortNoiseGetsThat is what a far end gets that has agreed to
// RFC 3389: a few packets with the level, and timestamps that tell how long it
// lasted.
func TestTelephoneWithComfortNoiseGetsThat(t *testing.T) {
	inBubble(t, testStream(formatOpus), withComfort(formatPCMU), func(t *testing.T, a, b *testLeg) {
		speakThenPause(t, a, noisy(t, 250, 50))
		all := b.wire.packets()
		checkLine(t, b.line.ssrc, all)
		comfort := audio(all, comfortType)
		if len(comfort) < 5 || len(comfort) > 15 {
			t.Errorf("%d packets of comfort noise in 2 s", len(comfort))
		}
		for _, p := range comfort {
			if len(p.payload) != 1 || p.payload[0] < 42 || p.payload[0] > 58 || p.marker {
				t.Errorf("comfort noise %v, marker %v; the background is at -50 dBov", p.payload, p.marker)
				break
			}
		}
		sound := audio(all, 0)
		last := sound[len(sound)-1]
		if d := last.ts - sound[0].ts; d != 249*160 {
			t.Errorf("timestamps went on by %d over 250 frames, want %d", d, 249*160)
		}
		for i, p := range all[:len(all)-1] {
			if next := all[i+1]; p.pt == comfortType && next.pt == 0 && !next.marker {
				t.Errorf("no marker at packet %d, which begins a talkspurt", i+1)
			}
		}
	})
}

// TestPauseOfATelephoneIsHeardByTheBrowser is comfort noise the other way round:
// the phone sends one packet and is silent then.
func TestPauseOfATelephoneIsHeardByTheBrowser(t *testing.T) {
	inBubble(t, withComfort(formatPCMU), testStream(formatOpus), func(t *testing.T, a, b *testLeg) {
		pcm := speech(t, 100)
		send := func(i int) {
			raw := make([]byte, 160)
			codecs.EncodeULaw(raw, pcm[i%100*160:])
			a.in(header{pt: 0, seq: a.seq, ts: uint32(i * 160), ssrc: 9}, raw, transport.Now())
			a.seq++
		}
		for i := range 200 {
			switch {
			case i < 50 || i >= 150:
				send(i)
			case i == 50 || i == 100:
				a.in(header{pt: comfortType, seq: a.seq, ts: uint32(i * 160), ssrc: 9}, []byte{45, 127}, transport.Now())
				a.seq++
			}
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		for i := range out[1:] {
			if d := out[i+1].ts - out[i].ts; d != 960 {
				t.Errorf("a step of %d in timestamps at packet %d", d, i)
			}
		}
		if len(out) < 198 || len(out) > 200 {
			t.Fatalf("%d packets for 200 frames", len(out))
		}
		heard := reference(t, payloads(out))
		if level := meanLevel(heard[60*160 : 140*160]); level < 42 || level > 50 {
			t.Errorf("the pause sounds at -%.0f dBov, the phone asked for -45", level)
		}
	})
}

// TestComfortNoiseGoesOnToATelephoneThatTakesIt is about legs that are passed
// through.
func TestComfortNoiseGoesOnToATelephoneThatTakesIt(t *testing.T) {
	for _, agreed := range []bool{true, false} {
		s := testStream(formatPCMU)
		if agreed {
			s = withComfort(formatPCMU)
		}
		inBubble(t, withComfort(formatPCMU), s, func(t *testing.T, a, b *testLeg) {
			a.talk(0, make([]byte, 160), 160, transport.Now())
			time.Sleep(20 * time.Millisecond)
			a.talk(comfortType, []byte{60}, 4000, transport.Now())
			time.Sleep(500 * time.Millisecond)
			a.talk(0, make([]byte, 160), 160, transport.Now())
			synctest.Wait()
			out := b.wire.packets()
			noise := len(audio(out, comfortType))
			if agreed && (len(out) != 3 || noise != 1) || !agreed && (len(out) < 2 || noise != 0) {
				t.Fatalf("agreed %v: %d packets, %d of them comfort noise", agreed, len(out), noise)
			}
			checkLine(t, b.line.ssrc, out)
			if d := out[len(out)-1].ts - out[0].ts; d != 4160 {
				t.Errorf("agreed %v: timestamps went on by %d, want 4160", agreed, d)
			}
		})
	}
}
