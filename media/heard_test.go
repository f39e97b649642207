package media

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
)

// heardBy plays a source to a far end for a time and gives what it hears, at 8 kHz.
func heardBy(t *testing.T, f format, open func() sound.Source, d time.Duration) (pcm []int16) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(f))
		a.Play(open(), nil)
		time.Sleep(d)
		synctest.Wait()
		decoder := codecs.NewALawDecoder()
		if f == formatPCMU {
			decoder = codecs.NewULawDecoder()
		}
		pcm = decodeAll(t, decoder, payloads(a.wire.packets()))
		_ = e.Close()
	})
	return pcm
}

// dBm0 is the level of a sine of this amplitude: the greatest of G.711 is 3.14.
func dBm0(amplitude float64) float64 { return 20*math.Log10(amplitude/32767) + 3.14 }

func TestTheTonesOfACountryAreHeardAtTheirLevel(t *testing.T) {
	for _, c := range []struct {
		country, name string
		hz            []float64
		sound, rest   int // ms of the first sound, and of the silence after it
	}{
		{"GB", "ringback", []float64{400, 450}, 400, 200},
		{"US", "ringback", []float64{440, 480}, 2000, 500},
		{"DE", "busy", []float64{425}, 480, 480},
		{"FR", "busy", []float64{440}, 500, 500},
		{"JP", "ringback", []float64{384, 416}, 1000, 500},
		{"AU", "dial", []float64{413, 438}, 2000, 0},
		{"CN", "congestion", []float64{450}, 700, 700},
		{"IN", "ringback", []float64{375, 425}, 400, 200},
		{"BR", "waiting", []float64{425}, 50, 500},
		{"RU", "busy", []float64{425}, 350, 350},
		{"NL", "waiting", []float64{425}, 500, 500},
	} {
		t.Run(c.country+" "+c.name, func(t *testing.T) {
			pcm := heardBy(t, formatPCMA, func() sound.Source {
				s, err := sound.NewTone(c.name, c.country, 0)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}, 3*time.Second)
			first := pcm[8*5 : 8*(c.sound-5)]
			together := 0.0
			for _, hz := range c.hz {
				p := power(first, hz, voiceRate)
				together += p * p
			}
			slack := 0.5
			if c.sound < 500 && len(c.hz) > 1 {
				slack = 2 // two sines that are near each other leak into each other's measure
			}
			if got := dBm0(math.Sqrt(together)); math.Abs(got+13) > slack {
				t.Errorf("%.1f dBm0 at %v Hz, want -13", got, c.hz)
			}
			for _, other := range []float64{300, 600, 1000} {
				if got := dBm0(power(first, other, voiceRate)); got > -30 {
					t.Errorf("%.1f dBm0 at %v Hz", got, other)
				}
			}
			if c.rest > 0 {
				silence := pcm[8*(c.sound+10) : 8*(c.sound+c.rest-10)]
				if got := dBm0(power(silence, c.hz[0], voiceRate)); got > -50 {
					t.Errorf("%.1f dBm0 in the silence", got)
				}
			}
		})
	}
}

func TestTheBeepIsShort(t *testing.T) {
	pcm := heardBy(t, formatPCMA, sound.Beep, time.Second)
	if n := len(pcm) / 8; n < 280 || n > 320 {
		t.Errorf("%d ms are heard", n)
	}
	if got := dBm0(power(pcm[160:2000], 1400, voiceRate)); math.Abs(got+16) > 0.5 {
		t.Errorf("%.1f dBm0", got)
	}
}
