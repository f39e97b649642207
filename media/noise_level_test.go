package media

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// The noise of a pause is heard in each codec that it is decoded for as loud as the telephone says (RFC 3389 §3.1).
func TestComfortNoiseIsAsLoudAsItsSenderSaysInEveryCodec(t *testing.T) {
	for _, to := range []party{wideParty(), browserParty()} {
		for _, level := range []byte{35, 45, 55, 65} {
			for _, shape := range [][]byte{nil, {64}, {200, 90}} {
				t.Run(fmt.Sprintf("%v -%d %v", to.format, level, shape), func(t *testing.T) {
					inBubble(t, withComfort(formatPCMU), to.stream(), func(t *testing.T, a, b *testLeg) {
						said, raw := speech(t, 100), make([]byte, 160)
						for i := range 25 {
							codecs.EncodeULaw(raw, said[i*160:][:160])
							a.talk(0, raw, 160, transport.Now())
							time.Sleep(20 * time.Millisecond)
						}
						a.talk(comfortType, append([]byte{level}, shape...), 8000, transport.Now())
						time.Sleep(2 * time.Second)
						synctest.Wait()
						pcm := to.hear(t, payloads(b.wire.packets()))
						heard := -10 * math.Log10(meanSquare(pcm[8000:18000])/32768/32768)
						if math.Abs(heard-float64(level)) > 2 {
							t.Errorf("heard at -%.1f dBov", heard)
						}
					})
				})
			}
		}
	}
}

func meanSquare(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}

// Each sine of a digit goes out in each codec as loud as it is meant to be, 8 and 6 dB below
// 1 mW, so that the high one is 2 dB louder (ITU-T Q.23, Q.24).
func TestTonesOfDigitsHaveTheirLevelInEveryCodec(t *testing.T) {
	want := codecs.DefaultDTMFLevels()
	for _, to := range []party{phoneParty(), otherParty(), wideParty(), browserParty()} {
		for key, hz := range map[Digit][2]float64{'1': {697, 1209}, '5': {770, 1336}, '0': {941, 1336}, 'D': {941, 1633}} {
			inBubble(t, testStream(formatPCMU), to.stream(), func(t *testing.T, a, b *testLeg) {
				b.SetDigits(Digits{Send: DigitsAsTones})
				if err := b.SendDigit(key, time.Second); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				pcm := soundOf(t, to, b.wire.packets())[3200:5600]
				for i, level := range [2]float64{want.Low, want.High} {
					if got := sineLevel(pcm, hz[i]); math.Abs(got-level) > 0.5 {
						t.Errorf("%c in %v: %v Hz at %.1f dBm0, want %.1f", key, to.format, hz[i], got, level)
					}
				}
			})
		}
	}
}

// sineLevel is how loud a sine is in pcm at 8000, in dBm0: full scale is +3.17.
func sineLevel(pcm []int16, hz float64) float64 {
	var c, s float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / voiceRate)
		c, s = c+float64(v)*cos, s+float64(v)*sin
	}
	return 3.17 + 20*math.Log10(2*math.Hypot(c, s)/float64(len(pcm))/32768)
}
