package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// hum is a sine to be played.
type hum struct {
	hz, level float64
	at        int
}

func (h *hum) Rate() int { return wideRate }

func (h *hum) Frame(pcm []int16, rate int) int {
	for i := range pcm {
		pcm[i] = sineAt(h.hz, h.level, h.at, rate)
		h.at++
	}
	return len(pcm)
}

// monotone is a far end that says a sine, with one encoder.
type monotone struct {
	party
	enc codecs.Encoder
	at  int
}

func (l *testLeg) monotone(t *testing.T, p party) *monotone {
	t.Helper()
	enc, err := l.engine.codecs.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	return &monotone{party: p, enc: enc}
}

// say sends packets of 20 ms.
func (v *monotone) say(t *testing.T, l *testLeg, hz, level float64, packets int) {
	t.Helper()
	pcm, payload := make([]int16, v.rate.Frame()), make([]byte, slotSize)
	for range packets {
		for k := range pcm {
			pcm[k] = sineAt(hz, level, v.at, int(v.rate))
			v.at++
		}
		n, err := v.enc.Encode(payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		l.talk(v.pt, payload[:n], v.format.clock()/50, transport.Now())
		time.Sleep(20 * time.Millisecond)
	}
	synctest.Wait()
}

// offLevel returns by how much, in dB, 10 ms of a part of pcm are at most louder than a sine of
// a level, or softer.
func offLevel(pcm []int16, rate int, level float64) (most, least float64) {
	most, least = math.Inf(-1), math.Inf(1)
	for n := rate / 100; len(pcm) >= n; pcm = pcm[n:] {
		db := 10 * math.Log10(max(meanSquare(pcm[:n]), 1)*2/level/level)
		most, least = max(most, db), min(least, db)
	}
	return most, least
}

// A prompt that begins after other sound is as loud as it is, in every codec; and so is what
// is encoded for the leg when the prompt is over.
func TestAPromptBeginsAsLoudAsItIs(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	for _, to := range []party{phoneParty(), wideParty(), browserParty(), linearParty()} {
		for _, from := range []party{phoneParty(), wideParty()} {
			for _, levels := range [][2]float64{{12000, 600}, {600, 12000}, {8000, 8000}} {
				inBubble(t, from.paced(20), to.paced(20), func(t *testing.T, a, b *testLeg) {
					far := a.monotone(t, from)
					far.say(t, a, 500, levels[0], 50)
					begins := len(b.wire.packets())
					b.Play(&hum{hz: 400, level: levels[1]}, nil)
					time.Sleep(990 * time.Millisecond)
					synctest.Wait()
					ends := len(b.wire.packets())
					Join(a.Endpoint, b.Endpoint)
					far.say(t, a, 500, levels[0], 20)
					d, err := a.engine.codecs.decoder(to.format, to.rate)
					if err != nil {
						t.Fatal(err)
					}
					pcm := decodeWide(t, d, payloads(b.wire.packets()))
					rate := int(to.rate)
					delay := rate / 80 // of codecs and filters
					prompt := pcm[begins*rate/50+delay : ends*rate/50]
					if most, least := offLevel(prompt, rate, levels[1]); most > 2 || least < -2 {
						t.Errorf("%v to %v, %v: the prompt is %.1f to %+.1f dB", from.format, to.format, levels, least, most)
					}
					if from.format != formatPCMU || to.format == formatPCMU {
						return // its decoder has to find its way, here or at the far end
					}
					back := pcm[ends*rate/50+delay:]
					if most, least := offLevel(back, rate, levels[0]); most > 2 || least < -2 {
						t.Errorf("%v to %v, %v: what comes after it is %.1f to %+.1f dB", from.format, to.format, levels, least, most)
					}
				})
			}
		}
	}
}

// The first tone in G.722 begins at once, and is whole, whether what was heard before was
// passed through or encoded here.
func TestTheFirstToneInG722BeginsAtOnce(t *testing.T) {
	for _, from := range []party{wideParty(), phoneParty()} {
		for _, digit := range "0123456789*#ABCD" {
			inBubble(t, from.stream(), wideParty().stream(), func(t *testing.T, a, b *testLeg) {
				b.SetDigits(Digits{Send: DigitsAsTones})
				keyWhileTalking(t, a, b, from, wideParty(), digit, 15*time.Millisecond, 30*time.Millisecond)
			})
		}
	}
}

// Once the encoder is where the listener's decoder is, nothing is allocated to look.
func TestFollowingAllocatesNothing(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	l := newTestLeg(t, e, Options{}, wideParty().stream())
	enc, err := e.codecs.encoder(formatG722, codecs.Rate16k)
	if err != nil {
		t.Fatal(err)
	}
	pcm, b := make([]int16, 320), make([]byte, headerSize+160)
	b[1] = 9
	give := func() {
		l.follow(enc)
		if _, err := enc.Encode(b[headerSize:], pcm); err != nil {
			t.Fatal(err)
		}
		l.remember(b, enc)
	}
	give()
	if n := testing.AllocsPerRun(100, give); n != 0 {
		t.Errorf("%v allocations a packet, want 0", n)
	}
}
