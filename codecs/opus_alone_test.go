package codecs

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// Who hears a new encoder may have decoded another one before: a prompt, the music of a hold, a
// party whose codec is another one now. What begins then is as loud as it is meant to be from its
// first frame on, whatever was heard before.
func TestANewEncoderIsNotHeard(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			for _, levels := range [][2]float64{{12000, 600}, {600, 12000}, {8000, 8000}} {
				for _, fresh := range []bool{true, false} {
					t.Run(fmt.Sprintf("%d, %v, another: %v", r, levels, fresh), func(t *testing.T) {
						enc, d := e.encoder(t, OpusConfig{Rate: r}), e.decoder(t, Rate48k)
						listen(t, d, packets(t, enc, sines(r, int(r), levels[0], 500), r.Frame()))
						if fresh {
							enc = e.encoder(t, OpusConfig{Rate: r})
						} else {
							enc.Reset()
						}
						pcm := sines(r, int(r)/5, levels[1], 400)
						got := listen(t, d, packets(t, enc, pcm, r.Frame()))
						// What was heard before ends within the delay of the codec and its overlap.
						got = got[Rate48k.Samples(12500*time.Microsecond):]
						for at, n := 0, Rate48k.Samples(10*time.Millisecond); at+n <= len(got); at += n {
							if db := 10 * math.Log10(power(got[at:at+n])/power(pcm)); math.Abs(db) > 1.5 {
								t.Errorf("%.1f dB %v later", db, Rate48k.Duration(at))
							}
						}
					})
				}
			}
		}
	})
}
