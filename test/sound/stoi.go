package sound

import (
	"math"
	"math/cmplx"
	"time"
)

// STOI, the short-time objective intelligibility measure (Taal, Hendriks,
// Heusdens and Jensen, 2011): how much of speech can be understood, 0 to 1. Both
// sounds are cut into frames at 10 kHz, those in which the clean one is silent are
// left out, and of third-octave bands the envelopes are compared in pieces of
// 384 ms. 0.9 is speech as it was, for the purpose; at 0.7 words begin to be lost.
const (
	stoiRate    = 10000
	stoiFrame   = 256
	stoiFFT     = 512
	stoiBands   = 15
	stoiLowest  = 150.0 // Hz, the middle of the lowest band
	stoiPiece   = 30    // frames
	stoiRange   = 40.0  // dB below the loudest frame is silence
	stoiClip    = 15.0  // dB that a band may be worse than lost
	stoiLongest = 100 * time.Millisecond
)

// Intelligibility returns the STOI of what was heard against the clean speech,
// both at one rate. What was heard may begin up to 100 ms later: the best fit is
// taken. It is 0 when there is less than half a second of speech.
func Intelligibility(clean, heard []int16, rate int) float64 {
	heard = heard[Delay(clean, heard, rate):]
	n := min(len(clean), len(heard))
	x, y := voiced(toRate(clean[:n], rate), toRate(heard[:n], rate))
	a, b := envelopes(x), envelopes(y)
	if len(a) < stoiPiece {
		return 0
	}
	sum, count := 0.0, 0
	for end := stoiPiece; end <= len(a); end++ {
		for band := range stoiBands {
			sum += similar(a[end-stoiPiece:end], b[end-stoiPiece:end], band)
			count++
		}
	}
	return sum / float64(count)
}

// Delay returns by how many samples what was heard comes later, at most 100 ms:
// where both are most alike. At 16000 and more it looks coarsely first.
func Delay(clean, heard []int16, rate int) int {
	step := max(1, rate/8000)
	longest := min(int(stoiLongest.Seconds()*float64(rate)), max(0, len(heard)-1))
	at := step * bestLag(thin(clean, step), thin(heard, step), 0, longest/step)
	if step > 1 {
		at = bestLag(clean, heard, max(0, at-step), min(longest, at+step))
	}
	return at
}

// thin returns the mean of each step samples.
func thin(pcm []int16, step int) []int16 {
	if step == 1 {
		return pcm
	}
	out := make([]int16, len(pcm)/step)
	for i := range out {
		sum := 0
		for _, v := range pcm[i*step : (i+1)*step] {
			sum += int(v)
		}
		out[i] = int16(sum / step)
	}
	return out
}

// bestLag returns the lag at which both correlate most.
func bestLag(clean, heard []int16, from, to int) int {
	best, at := math.Inf(-1), from
	for d := from; d <= to; d++ {
		n := min(len(clean), len(heard)-d)
		var xy, yy int64
		for i := range max(0, n) {
			y := int64(heard[i+d])
			xy, yy = xy+int64(clean[i])*y, yy+y*y
		}
		if score := float64(xy) / math.Sqrt(float64(yy)+1); score > best {
			best, at = score, d
		}
	}
	return at
}

// LongestGap returns the longest time for which next to nothing was heard while
// somebody spoke: 25 dB less than there was, in windows of 5 ms.
func LongestGap(clean, heard []int16, rate int) time.Duration {
	heard = heard[Delay(clean, heard, rate):]
	size := rate / 200
	loudest := 0.0
	for i := 0; i+size <= len(clean); i += size {
		loudest = max(loudest, energy(clean[i:i+size]))
	}
	longest, run := 0, 0
	for i := 0; i+size <= min(len(clean), len(heard)); i += size {
		was, is := energy(clean[i:i+size]), energy(heard[i:i+size])
		if was > loudest/1000 && is < was/300 {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return time.Duration(longest) * 5 * time.Millisecond
}

func energy(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum
}

// toRate resamples to 10 kHz by a windowed sinc, with what would fold over taken
// away. There are few places that a sample can have between two others: each has
// its kernel.
func toRate(pcm []int16, rate int) []float64 {
	out := make([]float64, len(pcm)*stoiRate/rate)
	cut := math.Min(1, stoiRate/float64(rate)) * 0.95
	half := int(16 / cut)
	kernels := make(map[int][]float64)
	for i := range out {
		whole, rest := i*rate/stoiRate, i*rate%stoiRate
		k, ok := kernels[rest]
		if !ok {
			k = make([]float64, 2*half)
			for j := range k {
				x := float64(rest)/stoiRate + float64(half-1-j)
				k[j] = cut * sinc(cut*x) * (0.5 + 0.5*math.Cos(math.Pi*x/float64(half+1)))
			}
			kernels[rest] = k
		}
		first := whole - half + 1
		for j, v := range k {
			if at := first + j; at >= 0 && at < len(pcm) {
				out[i] += float64(pcm[at]) * v
			}
		}
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// hann is the window of a frame.
func hann() []float64 {
	w := make([]float64, stoiFrame)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/(stoiFrame+1))
	}
	return w
}

// voiced leaves out the frames in which x is silent, of both.
func voiced(x, y []float64) (a, b []float64) {
	w, hop := hann(), stoiFrame/2
	var loud []float64
	loudest := math.Inf(-1)
	for i := 0; i+stoiFrame <= len(x); i += hop {
		sum := 1e-12
		for j, v := range w {
			sum += x[i+j] * v * x[i+j] * v
		}
		loud = append(loud, 10*math.Log10(sum))
		loudest = max(loudest, loud[len(loud)-1])
	}
	a, b = make([]float64, len(x)), make([]float64, len(x))
	n := 0
	for k, level := range loud {
		if level < loudest-stoiRange {
			continue
		}
		for j, v := range w {
			a[n+j] += x[k*hop+j] * v
			b[n+j] += y[k*hop+j] * v
		}
		n += hop
	}
	if n == 0 {
		return nil, nil
	}
	return a[:n+hop], b[:n+hop]
}

// envelopes returns how loud the bands are, frame by frame.
func envelopes(x []float64) [][stoiBands]float64 {
	w := hann()
	var edges [stoiBands + 1]int
	for i := range edges {
		edges[i] = int(math.Round(stoiLowest * math.Pow(2, (float64(i)-0.5)/3) * stoiFFT / stoiRate))
	}
	var out [][stoiBands]float64
	spectrum := make([]complex128, stoiFFT)
	for i := 0; i+stoiFrame <= len(x); i += stoiFrame / 2 {
		clear(spectrum)
		for j, v := range w {
			spectrum[j] = complex(x[i+j]*v, 0)
		}
		fft(spectrum)
		var frame [stoiBands]float64
		for band := range frame {
			for _, c := range spectrum[edges[band]:edges[band+1]] {
				frame[band] += real(c)*real(c) + imag(c)*imag(c)
			}
			frame[band] = math.Sqrt(frame[band])
		}
		out = append(out, frame)
	}
	return out
}

// similar is how alike the envelopes of a band are in one piece: their
// correlation, once the heard one is as loud and what is far off is clipped.
func similar(a, b [][stoiBands]float64, band int) float64 {
	var x, y [stoiPiece]float64
	px, py := 0.0, 1e-20
	for i := range x {
		x[i], y[i] = a[i][band], b[i][band]
		px, py = px+x[i]*x[i], py+y[i]*y[i]
	}
	scale, limit := math.Sqrt(px/py), 1+math.Pow(10, stoiClip/20)
	mx, my := 0.0, 0.0
	for i := range y {
		y[i] = min(y[i]*scale, x[i]*limit)
		mx, my = mx+x[i]/stoiPiece, my+y[i]/stoiPiece
	}
	var xy, xx, yy float64
	for i := range x {
		u, v := x[i]-mx, y[i]-my
		xy, xx, yy = xy+u*v, xx+u*u, yy+v*v
	}
	return xy / (math.Sqrt(xx*yy) + 1e-20)
}

// fft is the fast Fourier transform in place; the length is a power of two.
func fft(x []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size <<= 1 {
		turn := cmplx.Exp(complex(0, -2*math.Pi/float64(size)))
		for i := 0; i < n; i += size {
			w := complex(1, 0)
			for j := range size / 2 {
				u, v := x[i+j], x[i+j+size/2]*w
				x[i+j], x[i+j+size/2] = u+v, u-v
				w *= turn
			}
		}
	}
}
