package caller

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// wavHead is how much of a recording comes before its samples.
const wavHead = 44

// Level is how loud a sound was, in dBFS: 0 is the loudest there is, -127 silence.
type Level struct {
	// Mean is of all of it, Loudest of its loudest 20 ms.
	Mean, Loudest float64
}

// gauge measures what a recording writes on its way to the file.
type gauge struct {
	record.File
	window int // samples in 20 ms

	mu        sync.Mutex // a leaf: guards what follows
	skip      int        // octets of the head that are still to come
	odd       []byte     // half a sample
	n         int        // samples in the window now
	now, sum  float64    // squares: of the window, of all
	all, most float64    // samples; the greatest sum of a window
}

func newGauge(f record.File, rate media.Rate) *gauge {
	return &gauge{File: f, window: int(rate) / 50, skip: wavHead}
}

// Write implements record.File.
func (g *gauge) Write(b []byte) (int, error) {
	g.measure(b)
	return g.File.Write(b)
}

func (g *gauge) measure(b []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(g.skip, len(b))
	g.skip, b = g.skip-n, b[n:]
	if len(g.odd) > 0 && len(b) > 0 {
		g.add(int16(binary.LittleEndian.Uint16([]byte{g.odd[0], b[0]})))
		g.odd, b = nil, b[1:]
	}
	for ; len(b) > 1; b = b[2:] {
		g.add(int16(binary.LittleEndian.Uint16(b)))
	}
	g.odd = append(g.odd[:0], b...)
}

func (g *gauge) add(sample int16) {
	square := float64(sample) * float64(sample)
	g.sum, g.now, g.all, g.n = g.sum+square, g.now+square, g.all+1, g.n+1
	if g.n == g.window {
		g.most = max(g.most, g.now)
		g.n, g.now = 0, 0
	}
}

// level is how loud it was so far.
func (g *gauge) level() Level {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Level{Mean: decibel(g.sum, g.all), Loudest: decibel(g.most, float64(g.window))}
}

// decibel is the level of a sum of squares over n samples.
func decibel(sum, n float64) float64 {
	if sum <= 0 || n <= 0 {
		return -127
	}
	return max(-127, math.Round(10*(10*math.Log10(sum/n)-20*math.Log10(32768)))/10)
}
