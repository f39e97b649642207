package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/sound"
)

// What is recorded at 8000 samples a second sounds on a wideband leg as it does on a
// telephone: neither duller, nor with an image of it above 4 kHz.
func TestNarrowSoundIsCleanOnAWidebandLeg(t *testing.T) {
	for _, to := range []party{wideParty(), linearParty()} {
		for _, hz := range []float64{1000, 2000, 3000, 3300} {
			pcm := make([]int16, 3*voiceRate)
			for i := range pcm {
				pcm[i] = sineAt(hz, 8000, i, voiceRate)
			}
			clip := sound.NewClip(pcm, nil)
			for name, s := range map[string]sound.Source{"once": clip.Source(), "in a loop": clip.Loop()} {
				synctest.Test(t, func(t *testing.T) {
					e := newTestEngine(t, Config{Workers: 1})
					l := newTestLeg(t, e, Options{}, to.paced(20))
					l.Play(s, nil)
					time.Sleep(2 * time.Second)
					synctest.Wait()
					d, err := e.codecs.decoder(to.format, to.rate)
					if err != nil {
						t.Fatal(err)
					}
					heard := decodeWide(t, d, payloads(l.wire.packets()))[8000:24000]
					if level := 20 * math.Log10(power(heard, hz, 16000)/8000); level < -0.5 || level > 0.5 {
						t.Errorf("%v %s: %v Hz is %.1f dB", to.format, name, hz, level)
					}
					if level := 20 * math.Log10(power(heard, 8000-hz, 16000)/8000); level > -45 {
						t.Errorf("%v %s: the image of %v Hz is at %.1f dB", to.format, name, hz, level)
					}
					_ = e.Close()
				})
			}
		}
	}
}
