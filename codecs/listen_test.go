package codecs

import (
	"math"
	"math/rand/v2"
)

// What the tests listen with.

// sines returns n samples of sines that share the peak, each as loud.
func sines(r Rate, n int, peak float64, hz ...float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		v := 0.0
		for k, f := range hz {
			v += math.Sin(2*math.Pi*f*float64(i)/float64(r) + float64(k))
		}
		pcm[i] = int16(v / float64(len(hz)) * peak)
	}
	return pcm
}

// voice returns n samples like those of somebody who talks: pulses of a gliding
// pitch through two formants, in syllables of a quarter second, and some breath.
func voice(r Rate, n int) []int16 {
	rng := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, n)
	formants := []*resonator{newResonator(r, 600, 80), newResonator(r, 1700, 120)}
	phase := 0.0
	for i := range pcm {
		t := float64(i) / float64(r)
		phase += (130 + 30*math.Sin(2*math.Pi*0.7*t)) / float64(r)
		in := rng.NormFloat64() * 0.01
		if phase >= 1 {
			phase--
			in++
		}
		out := 0.0
		for _, f := range formants {
			out += f.next(in)
		}
		syllable := 0.15 + 0.85*math.Pow(math.Sin(math.Pi*4*t/2), 2)
		pcm[i] = int16(max(-30000, min(30000, out*syllable*9000)))
	}
	return pcm
}

type resonator struct{ a1, a2, gain, y1, y2 float64 }

func newResonator(r Rate, hz, width float64) *resonator {
	radius := math.Exp(-math.Pi * width / float64(r))
	return &resonator{
		a1: 2 * radius * math.Cos(2*math.Pi*hz/float64(r)), a2: -radius * radius,
		gain: 48000 / float64(r) * 0.1,
	}
}

func (f *resonator) next(in float64) float64 {
	y := f.gain*in + f.a1*f.y1 + f.a2*f.y2
	f.y1, f.y2 = y, f.y1
	return y
}

// power returns the mean square.
func power(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(max(1, len(pcm)))
}

// snr returns how many dB want is over its difference from got.
func snr(want, got []int16) float64 {
	noise := 0.0
	n := min(len(want), len(got))
	for i := range n {
		d := float64(want[i]) - float64(got[i])
		noise += d * d
	}
	return 10 * math.Log10(power(want[:n])*float64(n)/(noise+1e-20))
}

// correlation returns how alike both are, 1 for the same shape.
func correlation(a, b []int16) float64 {
	n := min(len(a), len(b))
	var ab, aa, bb float64
	for i := range n {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb+1)
}

// bestDelay returns by how many samples got comes later than want, 0 to most,
// and the correlation there. It looks for the delay in every few samples
// of both first, and then around the best: voices have little above 3 kHz.
func bestDelay(want, got []int16, most int) (delay int, c float64) {
	step := max(1, most/150)
	few := func(pcm []int16) []int16 {
		out := make([]int16, 0, len(pcm)/step+1)
		for i := 0; i < len(pcm); i += step {
			out = append(out, pcm[i])
		}
		return out
	}
	c = -1
	want = want[:len(want)-most]
	sparse := few(want)
	for d := 0; d <= most && d < len(got); d += step {
		if v := correlation(sparse, few(got[d:])); v > c {
			delay, c = d, v
		}
	}
	c = -1
	for d := max(0, delay-step); d <= min(most, len(got)-1, delay+step); d++ {
		if v := correlation(want, got[d:]); v > c {
			delay, c = d, v
		}
	}
	return delay, c
}

// goertzel returns the peak of the sine of hz within pcm.
func goertzel(pcm []int16, hz float64, r Rate) float64 {
	w := 2 * math.Pi * hz / float64(r)
	coefficient := 2 * math.Cos(w)
	var s1, s2 float64
	for i, v := range pcm {
		window := 1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		s1, s2 = float64(v)*window+coefficient*s1-s2, s1
	}
	return 2 * math.Sqrt(max(0, s1*s1+s2*s2-coefficient*s1*s2)) / float64(len(pcm))
}

// levelOf turns the peak of a sine into dBm0.
func levelOf(peak float64) float64 { return 20*math.Log10(peak/32767) + clippingLevel }
