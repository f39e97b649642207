package codecs

import (
	"fmt"
	"math"
)

// Resampler turns a stream of samples at one Rate into one at another: a
// polyphase filter of windowed sinc (Kaiser), 32 taps for each phase, which
// delays by 1 to 2 ms. It belongs to one goroutine and allocates nothing.
//
// It is linear in phase; up to 3.2 kHz at 8000 samples a second and 6.4 kHz at
// 16000 nothing is turned down by more than 0.1 dB, and what would be heard at
// the wrong frequency is 70 dB down.
type Resampler struct {
	from, to Rate
	up, down int
	taps     int // of one phase
	kernels  []float32
	memory   []float32 // what was heard last, taps-1 samples, and room for a frame
	phase    int
}

const (
	resampleTaps  = 32 // for each sample at the lower rate
	resampleBeta  = 8.0
	resampleBlock = 480 // samples that are filtered at once
)

// NewResampler returns a Resampler. The error says that one of both is no Rate.
func NewResampler(from, to Rate) (*Resampler, error) {
	if !from.Valid() || !to.Valid() {
		return nil, fmt.Errorf("resample %d to %d: not 8000, 16000 or 48000", from, to)
	}
	r := &Resampler{from: from, to: to, up: 1, down: 1}
	if to > from {
		r.up = int(to / from)
	} else {
		r.down = int(from / to)
	}
	r.taps = resampleTaps * r.down
	r.kernels = kaiser(r.up, r.taps, r.up*r.down)
	r.memory = make([]float32, r.taps-1+resampleBlock)
	return r, nil
}

// kaiser returns the kernels of all phases one after the other, each reversed so
// that it lies over samples as they come.
func kaiser(up, taps, ratio int) []float32 {
	n := up * taps
	prototype := make([]float64, n)
	center := float64(n / 2)     // a whole sample, so that the delay is one
	cut := 0.49 / float64(ratio) // of the higher rate: about the lower Nyquist frequency
	sum := 0.0
	for i := range prototype {
		x := float64(i) - center
		w := x / center
		prototype[i] = 2 * cut * sinc(2*cut*x) * bessel(resampleBeta*math.Sqrt(1-w*w)) / bessel(resampleBeta)
		sum += prototype[i]
	}
	kernels := make([]float32, n)
	for p := range up {
		for t := range taps {
			kernels[p*taps+taps-1-t] = float32(prototype[p+t*up] * float64(up) / sum)
		}
	}
	return kernels
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

// Size returns how many samples Resample gives for n at most.
func (r *Resampler) Size(n int) int { return n*r.up/r.down + 1 }

// Resample writes what follows from pcm into dst and returns how many samples
// it wrote: over time as many as the rates ask for. dst must hold Size(len(pcm))
// samples; what it does not hold is lost.
func (r *Resampler) Resample(dst, pcm []int16) int {
	if r.from == r.to {
		return copy(dst, pcm)
	}
	n := 0
	for len(pcm) > 0 {
		m := min(len(pcm), resampleBlock)
		n += r.block(dst[n:], pcm[:m])
		pcm = pcm[m:]
	}
	return n
}

// block is Resample for resampleBlock samples at most.
func (r *Resampler) block(dst, pcm []int16) (n int) {
	keep := r.taps - 1
	for i, s := range pcm {
		r.memory[keep+i] = float32(s)
	}
	at := r.phase
	for ; at < len(pcm); at += r.down {
		window := r.memory[at : at+r.taps]
		for p := range r.up {
			if n == len(dst) {
				break
			}
			dst[n] = filter(window, r.kernels[p*r.taps:][:r.taps])
			n++
		}
	}
	r.phase = at - len(pcm)
	copy(r.memory, r.memory[len(pcm):len(pcm)+keep])
	return n
}

// filter is the sum of window weighted by kernel, which is as long, four sums at
// a time: they do not wait for each other.
func filter(window, kernel []float32) int16 {
	var a, b, c, d float32
	for len(window) >= 4 && len(kernel) >= 4 {
		a += window[0] * kernel[0]
		b += window[1] * kernel[1]
		c += window[2] * kernel[2]
		d += window[3] * kernel[3]
		window, kernel = window[4:], kernel[4:]
	}
	v := a + b + c + d
	if v >= 0 {
		return int16(min(32767, v+0.5))
	}
	return int16(max(-32768, v-0.5))
}

// Reset forgets the stream.
func (r *Resampler) Reset() {
	clear(r.memory)
	r.phase = 0
}
