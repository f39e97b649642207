package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// welcome returns the built-in speech, at 8000 samples a second.
func welcome(t testing.TB) []int16 {
	t.Helper()
	c, ok := sound.Find("welcome")
	if !ok {
		t.Fatal("no speech")
	}
	return c.Narrow()
}

// speech returns n frames of 20 ms of the built-in speech.
func speech(t testing.TB, n int) []int16 {
	t.Helper()
	all := welcome(t)
	if len(all) < 800+n*160 {
		t.Fatalf("no speech of %d frames", n)
	}
	return all[800 : 800+n*160]
}

// opusPackets encodes speech in packets of frame ms.
func opusPackets(t testing.TB, pcm []int16, frame int) [][]byte {
	t.Helper()
	e, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: voiceRate})
	if err != nil {
		t.Fatal(err)
	}
	e.SetLoss(10)
	var all [][]byte
	for n := frame * 8; len(pcm) >= n; pcm = pcm[n:] {
		b := make([]byte, slotSize)
		size, err := e.Encode(b, pcm[:n])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b[:size])
	}
	return all
}

func decodeAll(t testing.TB, d codecs.Decoder, payloads [][]byte) []int16 {
	t.Helper()
	var pcm []int16
	buf := make([]int16, maxDecoded)
	for _, b := range payloads {
		n, err := d.Decode(buf, b)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, buf[:n]...)
	}
	return pcm
}

func payloads(all []packet) [][]byte {
	var out [][]byte
	for _, p := range all {
		out = append(out, p.payload)
	}
	return out
}

// snr returns how far b is from a, in dB.
func snr(a, b []int16) float64 {
	var signal, noise float64
	for i := range min(len(a), len(b)) {
		d := float64(a[i]) - float64(b[i])
		signal += float64(a[i]) * float64(a[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/math.Max(noise, 1))
}

// bestSNR aligns b with a within 20 ms and its level with a's, and returns how
// much of b is a, in dB.
func bestSNR(a, b []int16) float64 {
	best := math.Inf(-1)
	for shift := range 160 {
		var ab, aa, bb float64
		for i := 0; i+shift < len(b) && i < len(a); i++ {
			x, y := float64(a[i]), float64(b[i+shift])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		r := ab * ab / (aa * bb)
		best = math.Max(best, 10*math.Log10(r/(1-r)))
	}
	return best
}

// reference is what an Opus decoder makes of packets none of which is lost.
func reference(t testing.TB, packets [][]byte) []int16 {
	t.Helper()
	d, err := codecs.NewOpusDecoder(voiceRate)
	if err != nil {
		t.Fatal(err)
	}
	return decodeAll(t, d, packets)
}

func TestOpusBecomesPCMU(t *testing.T) {
	for _, frame := range []int{10, 20, 40, 60} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
			Join(a.Endpoint, b.Endpoint)
			pcm := speech(t, 150)
			in := opusPackets(t, pcm, frame)
			for _, p := range in {
				a.talk(testOpus, p, uint32(frame)*48, transport.Now())
				time.Sleep(time.Duration(frame) * time.Millisecond)
			}
			synctest.Wait()
			out := b.wire.packets()
			checkLine(t, b.line.ssrc, out)
			for i, p := range out {
				if len(p.payload) != 160 || p.ts-out[0].ts != uint32(i)*160 || p.marker != (i == 0) {
					t.Fatalf("packet %d: %d octets, timestamp +%d, marker %v", i, len(p.payload), p.ts-out[0].ts, p.marker)
				}
			}
			got := decodeAll(t, codecs.NewULawDecoder(), payloads(out))
			want := reference(t, in)
			if len(got) != len(want) {
				t.Errorf("frames of %d ms: %d samples came out, want %d", frame, len(got), len(want))
			}
			if db := snr(want, got); db < 30 {
				t.Errorf("frames of %d ms: %.1f dB from what Opus says, want µ-law's own 30 or more", frame, db)
			}
			if db := bestSNR(pcm, got); db < 6 {
				t.Errorf("frames of %d ms: %.1f dB from the speech, want 6 or more", frame, db)
			}
			if got := a.Stats().Chain; got != "opus/48000 -> pcmu/8000 transcoded" {
				t.Errorf("Chain = %q", got)
			}
			_ = e.Close()
		})
	}
}

func TestPCMABecomesOpus(t *testing.T) {
	for _, frame := range []int{10, 20, 30, 60} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			a, b := newTestLeg(t, e, Options{}, testStream(formatPCMA)), newTestLeg(t, e, Options{}, testStream(formatOpus))
			Join(a.Endpoint, b.Endpoint)
			pcm := speech(t, 150)
			for rest := pcm; len(rest) >= frame*8; rest = rest[frame*8:] {
				p := make([]byte, frame*8)
				codecs.EncodeALaw(p, rest[:frame*8])
				a.talk(8, p, uint32(frame)*8, transport.Now())
				time.Sleep(time.Duration(frame) * time.Millisecond)
			}
			synctest.Wait()
			out := b.wire.packets()
			if len(out) != 150 {
				t.Fatalf("%d packets, want 150", len(out))
			}
			checkLine(t, b.line.ssrc, out)
			if d := out[149].ts - out[0].ts; d != 149*960 {
				t.Errorf("timestamps went on by %d, want %d", d, 149*960)
			}
			if db := bestSNR(pcm, reference(t, payloads(out))); db < 6 {
				t.Errorf("frames of %d ms: %.1f dB from the speech, want 6 or more", frame, db)
			}
			_ = e.Close()
		})
	}
}

// TestTranscoderPutsInOrder reorders, repeats and loses packets.
func TestTranscoderPutsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		pcm := speech(t, 150)
		in := opusPackets(t, pcm, 20)
		give := func(i int) {
			a.in(header{pt: testOpus, seq: uint16(65500 + i), ts: uint32(i) * 960, ssrc: 9}, in[i], transport.Now())
		}
		lost := map[int]bool{40: true, 80: true, 81: true, 110: true}
		for i := range in {
			switch {
			case lost[i]:
			case i%10 == 3: // comes after the next one
			case i%10 == 4:
				give(i)
				give(i - 1)
			case i%10 == 7:
				give(i)
				give(i)
			default:
				give(i)
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		if len(out) != 156 {
			t.Fatalf("%d packets came out, want 150 and 120 ms made up when nothing came any more", len(out))
		}
		got, want := decodeAll(t, codecs.NewULawDecoder(), payloads(out)), reference(t, in)
		if db := snr(want[:40*160], got[:40*160]); db < 30 {
			t.Errorf("%.1f dB before the first loss, want 30 or more", db)
		}
		if db := snr(want[100*160:110*160], got[100*160:110*160]); db < 15 {
			t.Errorf("%.1f dB long after a loss, want 15 or more", db)
		}
		if db := bestSNR(pcm, got); db < 5 {
			t.Errorf("%.1f dB from the speech in all, want 5 or more", db)
		}
		s := a.Stats().Received
		if s.Recovered != 3 || s.Concealed != 1 || s.Late != 15 || s.Lost != 4-15 {
			t.Errorf("recovered %d, concealed %d, late %d, lost %d; want 3, 1, 15, -11", s.Recovered, s.Concealed, s.Late, s.Lost)
		}
		_ = e.Close()
	})
}

func TestTranscoderWaitsNoLongerThanItMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		in := opusPackets(t, speech(t, 10), 20)
		began := transport.Now()
		for i := range in {
			if i != 4 {
				a.in(header{pt: testOpus, seq: uint16(i), ts: uint32(i) * 960, ssrc: 9}, in[i], transport.Now())
			}
			synctest.Wait()
			time.Sleep(20 * time.Millisecond)
		}
		out := b.wire.packets()
		if len(out) != 10 {
			t.Fatalf("%d packets, want 10", len(out))
		}
		for i, p := range out {
			want := int64(i) * 20 * ms
			if i >= 4 && i <= 6 { // 5 came at 100 ms and was held for 20
				want = 120 * ms
			}
			if d := p.at - began - want; d < 0 || d > 2*ms {
				t.Errorf("packet %d was sent %v after it could have been", i, time.Duration(d))
			}
		}
		_ = e.Close()
	})
}

func TestPauseIsNotLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		in := opusPackets(t, speech(t, 20), 20)
		for i, p := range in {
			if i == 10 { // DTX: the sequence goes on, the timestamps leap
				a.ts += 48 * 400
				time.Sleep(400 * time.Millisecond)
			}
			a.talk(testOpus, p, 960, transport.Now())
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		out := b.wire.packets()
		if len(out) != 26 { // it is taken for loss at first, and 120 ms are made up
			t.Fatalf("%d packets, want 26", len(out))
		}
		checkLine(t, b.line.ssrc, out)
		if d := out[16].ts - out[9].ts; d != 160+8*400 || !out[16].marker {
			t.Errorf("after the pause the timestamp went on by %d with marker %v, want %d and true", d, out[16].marker, 160+8*400)
		}
		if s := a.Stats().Received; s.Concealed != 0 || s.Recovered != 0 {
			t.Errorf("concealed %d, recovered %d in a pause", s.Concealed, s.Recovered)
		}
		_ = e.Close()
	})
}

func TestTranscoderBeginsAgain(t *testing.T) {
	tests := map[string]header{
		"new SSRC":        {seq: 500, ts: 70000, ssrc: 10},
		"sequence jumped": {seq: 40000, ts: 10 * 960, ssrc: 9},
		"long gap":        {seq: 110, ts: 110 * 960, ssrc: 9},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
				Join(a.Endpoint, b.Endpoint)
				in := opusPackets(t, speech(t, 20), 20)
				for i, p := range in {
					now := header{pt: testOpus, seq: uint16(i), ts: uint32(i) * 960, ssrc: 9}
					if i == 10 {
						time.Sleep(2 * time.Second)
					}
					if i >= 10 {
						now = h
						now.pt, now.seq, now.ts = testOpus, h.seq+uint16(i-10), h.ts+uint32(i-10)*960
					}
					a.in(now, p, transport.Now())
					time.Sleep(20 * time.Millisecond)
				}
				synctest.Wait()
				out := b.wire.packets()
				if len(out) != 26 {
					t.Fatalf("%d packets, want 20 and 120 ms that were made up", len(out))
				}
				checkLine(t, b.line.ssrc, out)
				if d := out[16].ts - out[9].ts; d < 16160 || d > 16160+160 {
					t.Errorf("timestamp went on by %d over 2.02 s, want 16160", d)
				}
				_ = e.Close()
			})
		})
	}
}

func TestTranscoderSurvivesGarbage(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	at := transport.Now()
	for i := range 200 {
		p := make([]byte, 1+i*7)
		for j := range p {
			p[j] = byte(i*31 + j*j)
		}
		a.talk(testOpus, p, 960, at)
	}
	good := opusPackets(t, speech(t, 5), 20)
	before := len(b.wire.packets())
	for _, p := range good {
		a.talk(testOpus, p, 960, at)
		at += 20 * ms
	}
	b.wire.await(t, before+1)
}

// TestQueueDropsTheOldest stops the worker and fills its queue.
func TestQueueDropsTheOldest(t *testing.T) {
	var q inbox
	dropped := 0
	for i := range 100 {
		if q.put(&header{seq: uint16(i)}, formatPCMU, []byte{1}, 0) {
			dropped++
		}
	}
	if dropped != 100-inboxSlots {
		t.Errorf("%d were dropped, want %d", dropped, 100-inboxSlots)
	}
	_, s, ok := q.get()
	if !ok || s.h.seq != 100-inboxSlots {
		t.Errorf("the oldest left is %v, want %d", s.h.seq, 100-inboxSlots)
	}
	if !q.put(&header{}, formatPCMU, make([]byte, slotSize+1), 0) {
		t.Error("a packet beyond every codec was taken")
	}
}

func TestPacketTimeOfTheFarEnd(t *testing.T) {
	for want, frame := range map[int]int{10: 10, 20: 20, 30: 30, 40: 40, 60: 60} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			s := testStream(formatPCMU)
			s.PTime = want
			a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, s)
			Join(a.Endpoint, b.Endpoint)
			for _, p := range opusPackets(t, speech(t, 60), 20) {
				a.talk(testOpus, p, 960, transport.Now())
				time.Sleep(20 * time.Millisecond)
			}
			synctest.Wait()
			out := b.wire.packets()
			checkLine(t, b.line.ssrc, out)
			if len(out) != 1200/frame || len(out[1].payload) != frame*8 {
				t.Errorf("%d packets of %d octets, want %d of %d", len(out), len(out[1].payload), 1200/frame, frame*8)
			}
			_ = e.Close()
		})
	}
}
