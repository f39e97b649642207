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

// severalCodecs is the stream of a telephone that may send any of three codecs, as an
// answer to our offer says that names them all.
func severalCodecs() *sdp.Stream {
	s := testStream(formatPCMU)
	s.Receive = append(s.Receive, sdp.G722(), sdp.PCMA())
	return s
}

// A far end may go to another codec that it has agreed to whenever it likes (RFC 3264
// §5.1). What was passed through is decoded then, or the other way round: no sound may be
// lost, come twice or be made up.
func TestAnotherCodecInMidStreamIsHeard(t *testing.T) {
	turns := []party{phoneParty(), wideParty(), phoneParty(), otherParty(), wideParty(), otherParty(), phoneParty()}
	for name, quiet := range map[string]bool{"who talks": false, "who pauses without a word": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, severalCodecs(), testStream(formatPCMU), func(t *testing.T, a, b *testLeg) {
				at := 0
				for _, p := range turns {
					enc, err := a.engine.codecs.encoder(p.format, p.rate)
					if err != nil {
						t.Fatal(err)
					}
					payload := make([]byte, codecs.MaxPayload)
					for i := range 40 {
						if quiet && p.format == formatG722 && i > 10 && i < 20 {
							a.ts += 160 // its way of being silent
							at += 160
							time.Sleep(20 * time.Millisecond)
							continue
						}
						pcm := make([]int16, p.rate.Frame())
						for k := range pcm {
							pcm[k] = sineAt(1000, 3000, at*int(p.rate)/voiceRate+k, int(p.rate))
						}
						n, err := enc.Encode(payload, pcm)
						if err != nil {
							t.Fatal(err)
						}
						a.talk(p.pt, payload[:n], 160, transport.Now())
						at += 160
						time.Sleep(20 * time.Millisecond)
					}
				}
				time.Sleep(time.Second)
				synctest.Wait()
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				heard := out[len(out)-1].ts - out[0].ts + 160
				if off := int(heard) - at; off < -160 || off > 160 {
					t.Errorf("%d ms were said, %d ms heard", at/8, heard/8)
				}
				for i := 1; i < len(out); i++ {
					if d := out[i].ts - out[i-1].ts; !quiet && d != 160 {
						t.Errorf("packet %d comes %d samples after the one before", i, d)
					}
				}
			})
		})
	}
}

// Comfort noise of a far end that may send codecs which are decoded is not lost where it
// sends one that is passed through: it goes on to who takes it, and is heard by others.
func TestComfortNoiseBesideAnUnusedCodecIsHeard(t *testing.T) {
	for _, takes := range []bool{true, false} {
		one, other := severalCodecs(), testStream(formatPCMU)
		noise := sdp.Codec{Name: sdp.NameCN, Clock: 8000, PayloadType: 13}
		one.Remote.ComfortNoise = []sdp.Codec{noise}
		if takes {
			other.Comfort = noise
		}
		inBubble(t, one, other, func(t *testing.T, a, b *testLeg) {
			a.chat(t, formatPCMU, 20)
			a.talk(13, []byte{60}, 1600, transport.Now()) // from now on it is known that it pauses
			time.Sleep(200 * time.Millisecond)
			a.chat(t, formatPCMU, 20)
			for range 5 {
				a.talk(13, []byte{60}, 1600, transport.Now())
				time.Sleep(200 * time.Millisecond)
			}
			synctest.Wait()
			out := b.wire.packets()
			if n := len(audio(out, 13)); takes && n != 6 {
				t.Errorf("%d packets of comfort noise went on, want 6", n)
			}
			if n := len(audio(out, 0)); !takes && n < 80 {
				t.Errorf("%d packets in 2 s: the pause is not heard", n)
			}
			checkLine(t, b.line.ssrc, out)
		})
	}
}

func sineAt(hz, amplitude float64, i, rate int) int16 {
	return int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
}
