package sound

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// talk is noise whose bands come and go as those of speech do.
func talk(rate int, d time.Duration, seed uint64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]float64, int(d.Seconds()*float64(rate)))
	for band := range stoiBands {
		f := stoiLowest * math.Pow(2, float64(band)/3)
		speed, phase := 2+3*rng.Float64(), rng.Float64()*6
		a, b := rng.Float64()*6, rng.Float64()*6
		for i := range out {
			t := float64(i) / float64(rate)
			loud := math.Pow(0.5+0.5*math.Sin(2*math.Pi*speed*t+phase), 2)
			out[i] += loud * (math.Sin(2*math.Pi*f*t+a) + math.Sin(2*math.Pi*1.07*f*t+b))
		}
	}
	pcm := make([]int16, len(out))
	for i, v := range out {
		pcm[i] = int16(max(-32000, min(32000, v*1500)))
	}
	return pcm
}

func noise(n int, level float64) []int16 {
	rng := rand.New(rand.NewPCG(3, 4))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(max(-32000, min(32000, rng.NormFloat64()*level)))
	}
	return pcm
}

func mix(a, b []int16) []int16 {
	out := make([]int16, len(a))
	for i := range out {
		out[i] = int16(max(-32768, min(32767, int(a[i])+int(b[i]))))
	}
	return out
}

// TestIntelligibilityHasItsKnownProperties: 1 for the same, whatever its level
// and delay; less the more noise there is; next to nothing for other speech.
func TestIntelligibilityHasItsKnownProperties(t *testing.T) {
	for _, rate := range []int{8000, 48000} {
		speech := talk(rate, 2*time.Second, 1)
		if s := Intelligibility(speech, speech, rate); s < 0.999 {
			t.Errorf("%d: the same is %.3f", rate, s)
		}
		soft := make([]int16, len(speech))
		for i, v := range speech {
			soft[i] = v / 4
		}
		later := append(make([]int16, rate/20), soft...)
		if s := Intelligibility(speech, later, rate); s < 0.98 {
			t.Errorf("%d: the same, softer and 50 ms later, is %.3f", rate, s)
		}
		last := 1.0
		for _, level := range []float64{300, 1500, 6000, 20000} {
			s := Intelligibility(speech, mix(speech, noise(len(speech), level)), rate)
			if s >= last {
				t.Errorf("%d: %.3f with noise of %.0f, %.3f with less", rate, s, level, last)
			}
			last = s
		}
		if last > 0.7 {
			t.Errorf("%d: %.3f in noise that is much louder", rate, last)
		}
		if s := Intelligibility(speech, talk(rate, 2*time.Second, 2), rate); s > 0.5 {
			t.Errorf("%d: other speech is %.3f", rate, s)
		}
		if s := Intelligibility(speech, make([]int16, len(speech)), rate); math.Abs(s) > 0.05 {
			t.Errorf("%d: silence is %.3f", rate, s)
		}
	}
	if s := Intelligibility(nil, nil, 8000); s != 0 {
		t.Errorf("nothing is %.3f", s)
	}
}

func TestHolesMakeSpeechLessIntelligible(t *testing.T) {
	speech := talk(8000, 4*time.Second, 1)
	last := 1.0
	for _, hole := range []int{20, 60, 200} { // ms in each 400
		heard := append([]int16(nil), speech...)
		for i := range heard {
			if i/8%400 < hole {
				heard[i] = 0
			}
		}
		s := Intelligibility(speech, heard, 8000)
		if s >= last {
			t.Errorf("%.3f with holes of %d ms, %.3f with shorter ones", s, hole, last)
		}
		last = s
		if gap := LongestGap(speech, heard, 8000).Milliseconds(); gap < int64(hole)-10 || gap > int64(hole)+5 {
			t.Errorf("the longest gap is %d ms, want %d", gap, hole)
		}
	}
	if gap := LongestGap(speech, speech, 8000); gap != 0 {
		t.Errorf("a gap of %v where there is none", gap)
	}
}
