package media

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/test/sound"
)

// party is one end of a call that is listened to.
type party struct {
	format format
	pt     uint8
	rate   codecs.Rate // of the sound at that end
}

// The ends of the calls below. A browser encodes and plays at 48000.
func browserParty() party { return party{formatOpus, testOpus, codecs.Rate48k} }
func phoneParty() party   { return party{formatPCMU, 0, codecs.Rate8k} }
func otherParty() party   { return party{formatPCMA, 8, codecs.Rate8k} }
func wideParty() party    { return party{formatG722, 9, codecs.Rate16k} }

func (p party) stream() *sdp.Stream {
	if p.format == formatG722 {
		s := testStream(formatPCMU)
		s.Send, s.Receive = sdp.G722(), []sdp.Codec{sdp.G722()}
		return s
	}
	return testStream(p.format)
}

// encode makes the packets that an end sends of speech at 8000.
func (p party) encode(t testing.TB, pcm []int16, loss int) [][]byte {
	t.Helper()
	var all engines
	all.opus = codecs.NewPool(1)
	enc, err := all.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	enc.SetLoss(loss)
	enc.SetBitrate(32000) // as browsers do, which takes SILK and hybrid
	pcm = resampled(t, pcm, codecs.Rate8k, p.rate)
	var out [][]byte
	for n := p.rate.Frame(); len(pcm) >= n; pcm = pcm[n:] {
		b := make([]byte, slotSize)
		size, err := enc.Encode(b, pcm[:n])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:size])
	}
	return out
}

// hear returns what an end plays of packets, at 8000.
func (p party) hear(t testing.TB, packets [][]byte) []int16 {
	t.Helper()
	var all engines
	all.opus = codecs.NewPool(1)
	d, err := all.decoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	var pcm []int16
	buf := make([]int16, p.rate.MaxFrame())
	for _, b := range packets {
		n, err := d.Decode(buf, b)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, buf[:n]...)
	}
	return resampled(t, pcm, p.rate, codecs.Rate8k)
}

func resampled(t testing.TB, pcm []int16, from, to codecs.Rate) []int16 {
	t.Helper()
	r, err := codecs.NewResampler(from, to)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, r.Size(len(pcm)))
	return out[:r.Resample(out, pcm)]
}

// TestWhatIsHeardCanBeUnderstood listens through the gateway: clean speech over
// calls of every kind, without loss and with 5 % of the packets lost at random on
// the way to us. The bounds without loss and for a browser's FEC are those the
// product is held to; the speech is that of the built-in sounds.
func TestWhatIsHeardCanBeUnderstood(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	speech := welcome(t)[:4*voiceRate]
	for _, c := range []struct {
		name     string
		from, to party
		loss     int // percent
		want     float64
	}{
		{"phone to phone", phoneParty(), phoneParty(), 0, 0.98},
		{"phone to phone, other law", phoneParty(), otherParty(), 0, 0.98},
		{"wideband phone to phone", wideParty(), phoneParty(), 0, 0.98},
		{"phone to wideband phone", phoneParty(), wideParty(), 0, 0.98},
		{"browser to phone", browserParty(), phoneParty(), 0, 0.90},
		{"phone to browser", phoneParty(), browserParty(), 0, 0.90},
		{"browser to wideband phone", browserParty(), wideParty(), 0, 0.90},
		{"wideband phone to browser", wideParty(), browserParty(), 0, 0.90},
		{"browser to phone, lossy", browserParty(), phoneParty(), 5, 0.85},
		{"browser to wideband phone, lossy", browserParty(), wideParty(), 5, 0.85},
		{"phone to browser, lossy", phoneParty(), browserParty(), 5, 0.80},
		{"wideband phone to phone, lossy", wideParty(), phoneParty(), 5, 0.80},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, c.from.stream(), c.to.stream(), func(t *testing.T, a, b *testLeg) {
				rng := rand.New(rand.NewPCG(11, 12))
				span := c.from.format.clock() / 50
				for i, p := range c.from.encode(t, speech, c.loss) {
					if i == 0 || rng.IntN(100) >= c.loss {
						a.in(header{pt: c.from.pt, seq: uint16(i), ts: uint32(i) * span, ssrc: 9}, p, transport.Now())
					}
					time.Sleep(20 * time.Millisecond)
				}
				synctest.Wait()
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				heard := c.to.hear(t, payloads(out))
				score, gap := sound.Intelligibility(speech, heard, 8000), sound.LongestGap(speech, heard, 8000)
				t.Logf("STOI %.3f, longest gap %v, delay of the codecs %s", score, gap,
					codecs.Rate8k.Duration(sound.Delay(speech, heard, 8000)))
				if score < c.want {
					t.Errorf("STOI %.3f, want %.2f", score, c.want)
				}
				if gap > 40*time.Millisecond {
					t.Errorf("a gap of %v", gap)
				}
			})
		})
	}
}

// TestFECKeepsSpeechIntelligible compares what a browser's FEC saves with what
// concealment alone does.
func TestFECKeepsSpeechIntelligible(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	speech := welcome(t)[:4*voiceRate]
	for _, loss := range []int{20} {
		var scores [2]float64
		for i, expected := range []int{0, loss} {
			t.Run(fmt.Sprintf("%d of %d", expected, loss), func(t *testing.T) {
				inBubble(t, testStream(formatOpus), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
					rng := rand.New(rand.NewPCG(5, 6))
					for i, p := range browserParty().encode(t, speech, expected) {
						if i == 0 || rng.IntN(100) >= loss {
							a.in(header{pt: testOpus, seq: uint16(i), ts: uint32(i) * 960, ssrc: 9}, p, transport.Now())
						}
						time.Sleep(20 * time.Millisecond)
					}
					synctest.Wait()
					scores[i] = sound.Intelligibility(speech, phoneParty().hear(t, payloads(b.wire.packets())), 8000)
				})
			})
		}
		t.Logf("%d %% lost: STOI %.3f without FEC, %.3f with it", loss, scores[0], scores[1])
		if scores[1] < scores[0]+0.01 || scores[1] < 0.8 {
			t.Errorf("%d %% lost: STOI %.3f without FEC, %.3f with it", loss, scores[0], scores[1])
		}
	}
}

// TestTransformSoundsNoWorse holds CELT, which is sent while nothing is lost, against
// SILK as it is sent while something is.
func TestTransformSoundsNoWorse(t *testing.T) {
	if raceEnabled {
		t.Skip("seconds of sound, on one goroutine: without the race detector, in make plain")
	}
	speech := welcome(t)[:4*voiceRate]
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k} {
		var scores [2]float64
		for i, bits := range []int{opusWish{}.base(rate), opusWish{}.clean(rate)} {
			enc, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: rate, Bitrate: bits})
			if err != nil {
				t.Fatal(err)
			}
			var packets [][]byte
			for pcm, n := resampled(t, speech, codecs.Rate8k, rate), rate.Frame(); len(pcm) >= n; pcm = pcm[n:] {
				b := make([]byte, slotSize)
				size, err := enc.Encode(b, pcm[:n])
				if err != nil {
					t.Fatal(err)
				}
				packets = append(packets, b[:size])
			}
			scores[i] = sound.Intelligibility(speech, browserParty().hear(t, packets), 8000)
		}
		t.Logf("at %d: STOI %.4f by SILK, %.4f by CELT", rate, scores[0], scores[1])
		if scores[1] < scores[0]-0.001 {
			t.Errorf("at %d: STOI %.4f by SILK, %.4f by CELT", rate, scores[0], scores[1])
		}
	}
}
