package codecs

import (
	"math"
	"time"
)

// Comfort noise (RFC 3389): what is heard while the far end says nothing. Its
// payload is a level and, where the far end cares, how the noise is shaped:
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+...
//	|0|   level     |      N1       |   level: 0 to 127 -dBov (§3.1)
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+...   Ni: reflection coefficients (§3.2)

const (
	// comfortOrder is how many reflection coefficients are used; more than a
	// far end sends. What comes behind them is left out.
	comfortOrder = 10
	// comfortLoudest is the loudest noise that is made, in -dBov: louder is no
	// background.
	comfortLoudest = 30
	// comfortSilent is the level of silence (RFC 3389 §3.1).
	comfortSilent = 127
	// fullScale is the power of 0 dBov: a square wave of the greatest samples
	// (RFC 3389 §3.1).
	fullScale = 32767 * 32767
)

// ComfortNoise makes noise. It belongs to one goroutine; its zero value is
// silent.
type ComfortNoise struct {
	level  uint8
	gain   float32 // of the source, for a source of power 1
	k      [comfortOrder]float32
	order  int
	memory [comfortOrder]float32
	seed   uint32
}

// Set makes the noise that payload asks for (RFC 3389 §3). An empty payload asks
// for nothing and changes nothing. Whatever it holds, the noise is stable and
// not louder than a background is.
func (c *ComfortNoise) Set(payload []byte) {
	if len(payload) == 0 {
		return
	}
	c.order = min(len(payload)-1, comfortOrder)
	for i := range c.order {
		// §3.2: k = 258 (N - 127) / 32768; 255 is reserved.
		n := min(int(payload[1+i]), 254)
		c.k[i] = max(-0.97, min(0.97, float32(258*(n-127))/32768))
	}
	if c.order == 0 {
		// No shape: as rooms are, a little more of what is low.
		c.order, c.k[0] = 1, -0.5
	}
	c.setLevel(payload[0])
}

// SetLevel makes noise of a level in -dBov, 0 to 127, of the shape there is.
func (c *ComfortNoise) SetLevel(level uint8) {
	if c.order == 0 {
		c.Set([]byte{level})
		return
	}
	c.setLevel(level)
}

func (c *ComfortNoise) setLevel(level uint8) {
	level &= 0x7f
	c.level = level
	if level == comfortSilent {
		c.gain = 0
		return
	}
	power := fullScale * math.Pow(10, -float64(max(level, comfortLoudest))/10)
	for _, k := range c.k[:c.order] {
		power *= float64(1 - k*k) // what the filter adds
	}
	c.gain = float32(math.Sqrt(power))
}

// Level returns what was set, in -dBov; 0 while nothing was.
func (c *ComfortNoise) Level() uint8 { return c.level }

// Frame fills pcm with noise.
func (c *ComfortNoise) Frame(pcm []int16) {
	if c.gain == 0 {
		clear(pcm)
		return
	}
	if c.seed == 0 {
		c.seed = 1
	}
	k, memory, seed := c.k[:c.order], c.memory[:c.order], c.seed
	for i := range pcm {
		// Uniform noise of power 1: its peaks are kinder than those of Gauss.
		seed = seed*1664525 + 1013904223
		v := c.gain * (float32(seed>>8)/(1<<23) - 1) * 1.7320508
		// An all-pole lattice.
		for j := len(k) - 1; j >= 0; j-- {
			v -= k[j] * memory[j]
			if j+1 < len(memory) {
				memory[j+1] = memory[j] + k[j]*v
			}
		}
		memory[0] = v
		pcm[i] = int16(max(-32768, min(32767, v)))
	}
	c.seed = seed
}

// Reset makes c silent.
func (c *ComfortNoise) Reset() { *c = ComfortNoise{seed: c.seed} }

// NoiseFloor follows how loud the background of a stream is: it falls with the
// quietest sound heard and rises slowly. It belongs to one goroutine; its zero
// value has heard nothing.
//
// Nothing at all is no background: it is a microphone that is off, a gate, a call that has just
// begun. There is no floor while it lasts, and a new one when it is over, else all pauses
// of the next ten seconds of words would be dead.
type NoiseFloor struct {
	power  float64
	silent float64 // s of nothing at all
	heard  bool
}

const (
	// The floor rises by 3 dB a second, so that speech does not lift it much.
	floorRise = 3.0
	// floorIdle is the loudest sample of nothing at all: A-law has none that is softer.
	floorIdle = 8
	// floorSilent is for how long, in s, nothing comes before that counts: longer than the
	// gaps of one who codes them with zeros.
	floorSilent = 0.1
)

// Note takes pcm, some 10 ms or more of it, at rate r into account.
func (f *NoiseFloor) Note(pcm []int16, r Rate) {
	if len(pcm) == 0 {
		return
	}
	var sum, peak int64
	for _, s := range pcm {
		v := int64(s)
		sum += v * v
		peak = max(peak, v, -v)
	}
	power, seconds := float64(sum)/float64(len(pcm)), float64(len(pcm))/float64(r)
	if peak <= floorIdle {
		f.silent += seconds
		return
	}
	if !f.heard || f.silent >= floorSilent {
		*f = NoiseFloor{power: power, heard: true}
		return
	}
	f.silent = 0
	if power < f.power {
		f.power = 0.5*f.power + 0.5*power
		return
	}
	f.power = min(power, max(f.power, 1)*(1+seconds*floorRise*math.Ln10/10))
}

// Level returns the floor in -dBov as RFC 3389 §3.1 wants it, comfortLoudest to
// 127; 127 while nothing was heard.
func (f *NoiseFloor) Level() uint8 {
	if !f.heard || f.silent >= floorSilent {
		return comfortSilent
	}
	level := -10 * math.Log10(f.power/fullScale)
	return uint8(max(comfortLoudest, min(comfortSilent, math.Round(level))))
}

// Reset forgets what was heard.
func (f *NoiseFloor) Reset() { *f = NoiseFloor{} }

// AppendComfortNoise appends the payload of comfort noise of a level, in -dBov,
// to b (RFC 3389 §3).
func AppendComfortNoise(b []byte, level uint8) []byte { return append(b, level&0x7f) }

// ComfortInterval is how often comfort noise is sent anew while a pause lasts.
// RFC 3389 §4 leaves it to the sender.
const ComfortInterval = 200 * time.Millisecond
