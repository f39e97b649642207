package sound

import "math"

// resampleTaps is how many zero crossings of the filter lie on each side.
const resampleTaps = 16

// resample turns samples at one rate into samples at another: a windowed sinc,
// low-pass below the lower of the two Nyquist frequencies, worked out once for
// each place that an output sample can have between two input samples. It is for
// sounds that are loaded once, not for streams.
func resample(in []int16, from, to int) []int16 {
	if from == to {
		return in
	}
	common := divisor(from, to)
	step, phases := from/common, to/common
	cut := math.Min(1, float64(to)/float64(from)) * 0.95
	half := int(math.Ceil(resampleTaps / cut))
	kernels := make([][]float32, phases)
	out := make([]int16, int(int64(len(in))*int64(to)/int64(from)))
	for i := range out {
		at := int64(i) * int64(step)
		whole, phase := int(at/int64(phases)), int(at%int64(phases))
		if kernels[phase] == nil {
			kernels[phase] = makeKernel(float64(phase)/float64(phases), cut, half)
		}
		out[i] = convolve(in, whole-half+1, kernels[phase])
	}
	return out
}

// makeKernel returns the weights of the samples from half-1 before to half
// after a place that lies fraction behind a sample. They add up to 1.
func makeKernel(fraction, cut float64, half int) []float32 {
	k := make([]float32, 2*half)
	sum := 0.0
	weight := func(i int) float64 {
		x := float64(i-half+1) - fraction
		return sinc(x*cut) * (0.5 + 0.5*math.Cos(math.Pi*x/float64(half))) // Hann
	}
	for i := range k {
		sum += weight(i)
	}
	for i := range k {
		k[i] = float32(weight(i) / sum)
	}
	return k
}

// halfway weighs samples for the place in the middle between two. It never changes.
var halfway = makeKernel(0.5, 0.95, resampleTaps)

// between returns what in has in the middle between i and i+1. The mean of the two would be duller, by
// 3 dB at 3 kHz, and have an image of that at 5 kHz which is 10 dB below it.
func between(in []int16, i int) int16 { return convolve(in, i-len(halfway)/2+1, halfway) }

// convolve returns the sum of in, from first on, weighted by k; samples outside
// are silence.
func convolve(in []int16, first int, k []float32) int16 {
	if first < 0 {
		k = k[min(-first, len(k)):]
		first = 0
	}
	first = min(first, len(in))
	k = k[:min(len(k), len(in)-first)]
	sum := float32(0)
	for i, w := range k {
		sum += w * float32(in[first+i])
	}
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(sum)))))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
