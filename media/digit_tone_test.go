package media

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// soundOf is what a far end makes of all that was sent to it, its pauses among it.
func soundOf(t testing.TB, p party, all []packet) []int16 {
	t.Helper()
	var known engines
	known.opus = codecs.NewPool(1)
	d, err := known.decoder(p.format, codecs.Rate8k)
	if err != nil {
		t.Fatal(err)
	}
	var pcm []int16
	buf, first := make([]int16, maxDecoded), uint32(0)
	for i, b := range audio(all, p.pt) {
		if i == 0 {
			first = b.ts
		}
		if at := int(scale(b.ts-first, p.format.clock(), voiceRate)); at > len(pcm) {
			pcm = append(pcm, make([]int16, at-len(pcm))...)
		}
		n, err := d.Decode(buf, b.payload)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, buf[:n]...)
	}
	return append(pcm, make([]int16, voiceRate/10)...)
}

// digitsIn are the digits in sound, and their lengths.
func digitsIn(t testing.TB, pcm []int16) (digits string, lengths []time.Duration) {
	t.Helper()
	d, err := codecs.NewDTMFDetector(voiceRate)
	if err != nil {
		t.Fatal(err)
	}
	for ; len(pcm) > 0; pcm = pcm[min(160, len(pcm)):] {
		for _, c := range d.Feed(pcm[:min(160, len(pcm))]) {
			if digit, _ := digitOf(c.Event); c.End {
				digits += digit.String()
				lengths = append(lengths, time.Duration(c.Length)*time.Second/voiceRate)
			}
		}
	}
	return digits, lengths
}

// Tones that stand for digits begin in the midst of sound that others have encoded,
// which the decoders of G.722 and Opus remember: they must be whole nevertheless.
func TestTonesAreWholeInEveryCodec(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	const digits = "0123456789*#ABCD11223"
	for _, to := range []party{phoneParty(), otherParty(), wideParty(), browserParty()} {
		for _, length := range []time.Duration{40 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second} {
			t.Run(to.format.String()+" "+length.String(), func(t *testing.T) {
				inBubble(t, testStream(formatPCMU), to.stream(), func(t *testing.T, a, b *testLeg) {
					b.SetDigits(Digits{Send: DigitsAsTones})
					want, some := max(length, minTone), digits
					if length > time.Second {
						some = digits[5:9]
					}
					speech, law := speech(t, 100), codecs.NewULawEncoder()
					payload := make([]byte, 160)
					for i, c := range some {
						if err := b.SendDigit(Digit(c), length); err != nil {
							t.Fatal(err)
						}
						for range (length + 200*time.Millisecond) / (20 * time.Millisecond) {
							if _, err := law.Encode(payload, speech[i%90*160:][:160]); err != nil {
								t.Fatal(err)
							}
							a.talk(0, payload, 160, transport.Now())
							time.Sleep(20 * time.Millisecond)
						}
					}
					time.Sleep(time.Second)
					synctest.Wait()
					got, lengths := digitsIn(t, soundOf(t, to, b.wire.packets()))
					if got != some {
						t.Errorf("sent %q, heard %q", some, got)
					}
					for _, l := range lengths {
						if (l - want).Abs() > 20*time.Millisecond {
							t.Errorf("one of %v lasts %v", want, l)
						}
					}
				})
			})
		}
	}
}

// Keys that come as fast as receivers must take them, 60 ms with 40 ms between them (ITU-T
// Q.24 wants 40 and 40), are all sent as tones, whatever the codec.
func TestFastKeysAreAllSentAsTones(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	k := keypad{step: 20 * time.Millisecond, length: 60 * time.Millisecond, pause: 40 * time.Millisecond}
	digits := thousand()[:200]
	for _, to := range []party{phoneParty(), wideParty(), browserParty()} {
		t.Run(to.format.String(), func(t *testing.T) {
			inBubble(t, testStream(formatPCMU), to.stream(), func(t *testing.T, a, b *testLeg) {
				b.SetDigits(Digits{Send: DigitsAsTones})
				k.dial(t, a, formatPCMU, digits, rand.New(rand.NewPCG(4, 20)))
				time.Sleep(10 * time.Second)
				synctest.Wait()
				got, lengths := digitsIn(t, soundOf(t, to, b.wire.packets()))
				if got != digits {
					t.Errorf("of %d keys %d are heard: %q", len(digits), len(got), got)
				}
				for _, l := range lengths {
					if l < 40*time.Millisecond {
						t.Errorf("one lasts %v", l)
					}
				}
				s := b.Stats().Sent
				if s.DigitsUnsent != 0 || s.Digits != uint64(len(digits)) {
					t.Errorf("%d were sent, %d not", s.Digits, s.DigitsUnsent)
				}
				checkLine(t, b.line.ssrc, b.wire.packets())
			})
		})
	}
}

// keyWhileTalking has b, which is to, sent a digit as a tone while it hears from, which is a, talk. The
// tone is the digit's, 100 ms long but for slack, and begins soon.
func keyWhileTalking(t *testing.T, a, b *testLeg, from, to party, digit rune, slack, soon time.Duration) {
	t.Helper()
	said := from.encode(t, speech(t, 100), 0)
	var pressed int // where in what b hears
	for i := range 60 {
		if i == 40 {
			pressed = len(b.wire.packets()) * 160
			if err := b.SendDigit(Digit(digit), 100*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		a.talk(from.pt, said[i], 160, transport.Now())
		time.Sleep(20 * time.Millisecond)
	}
	synctest.Wait()
	pcm := soundOf(t, to, b.wire.packets())
	got, lengths := digitsIn(t, pcm)
	if got != string(digit) || (lengths[0]-100*time.Millisecond).Abs() > slack {
		t.Fatalf("%c: heard %q, %v", digit, got, lengths)
	}
	d, err := codecs.NewDTMFDetector(voiceRate)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at+160 <= len(pcm); at += 160 {
		for _, c := range d.Feed(pcm[at : at+160]) {
			if late := time.Duration(int(c.From)-pressed) * time.Second / voiceRate; !c.End && late > soon {
				t.Errorf("%c: the tone begins %v after the key", digit, late)
			}
		}
	}
}

// Before the first tone in Opus it is silent for one frame, not three, whatever mode was heard
// before; and the tone is whole.
func TestTheFirstToneInOpusComesSoon(t *testing.T) {
	for _, lost := range []uint8{0, 50} { // CELT, and SILK with FEC
		for _, digit := range "0123456789*#ABCD" {
			inBubble(t, testStream(formatPCMU), browserParty().stream(), func(t *testing.T, a, b *testLeg) {
				b.SetDigits(Digits{Send: DigitsAsTones})
				for range 8 {
					b.loss.note(lost)
				}
				keyWhileTalking(t, a, b, phoneParty(), browserParty(), digit, 20*time.Millisecond, 45*time.Millisecond)
			})
		}
	}
}
