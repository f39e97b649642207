package codecs

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Spec is how a Tone sounds: its steps one after the other, round and round.
type Spec struct {
	Steps []Step
	// Times is how often the steps are played; zero is for ever.
	Times int
}

// Step is one part of a cadence: up to two sines, or silence.
type Step struct {
	// Length of the step, at least a sample; zero never ends.
	Length time.Duration
	// Sines that sound together. The zero Sine is none.
	Sines [2]Sine
}

// Sine is one frequency of a step.
type Sine struct {
	Hz    float64 // above 0 and below half of the rate
	Level float64 // dBm0, at most +3
}

// clippingLevel is the level in dBm0 of the loudest sine there is: A-law holds
// +3.14 and μ-law +3.17 (ITU-T G.711 §5).
const clippingLevel = 3.14

// peak returns the greatest sample of s.
func (s Sine) peak() float64 { return 32767 * math.Pow(10, (s.Level-clippingLevel)/20) }

// Validate says what of s cannot be made at r.
func (s Spec) Validate(r Rate) error {
	if !r.Valid() {
		return fmt.Errorf("tone rate %d: not 8000, 16000 or 48000", r)
	}
	if len(s.Steps) == 0 {
		return errors.New("tone without steps")
	}
	if s.Times < 0 {
		return fmt.Errorf("tone played %d times", s.Times)
	}
	for _, step := range s.Steps {
		if step.Length < 0 || step.Length > 0 && r.Samples(step.Length) == 0 {
			return fmt.Errorf("tone step of %v", step.Length)
		}
		for _, sine := range step.Sines {
			if !(sine.Hz >= 0 && sine.Hz < float64(r)/2) {
				return fmt.Errorf("tone of %v Hz at %d samples a second", sine.Hz, r)
			}
			if sine.Hz > 0 && !(sine.Level <= 3) {
				return fmt.Errorf("tone of %v dBm0", sine.Level)
			}
		}
	}
	return nil
}

// edge is how long a step takes to get loud and to get silent, so that it does
// not click.
const edge = 4 * time.Millisecond

// Tone writes a Spec as samples. It belongs to one goroutine and allocates
// nothing.
type Tone struct {
	rate Rate   // immutable
	spec Spec   // immutable
	ramp int    // samples of edge; immutable
	left int    // rounds after this one; counted only when spec.Times > 0
	step int    // that sounds now, len(spec.Steps) when all is over
	at   int    // samples of it that are written, for ever below ramp when it never ends
	size int    // samples of it in all, 0 when it never ends
	osc  [2]osc // its sines
}

// NewTone returns a Tone that is at its beginning. The error is that of
// s.Validate. s.Steps must not change afterwards.
func NewTone(r Rate, s Spec) (*Tone, error) {
	if err := s.Validate(r); err != nil {
		return nil, err
	}
	t := &Tone{rate: r, spec: s, ramp: r.Samples(edge)}
	t.Reset()
	return t, nil
}

// Rate is the rate of the samples.
func (t *Tone) Rate() Rate { return t.rate }

// Reset goes back to the beginning.
func (t *Tone) Reset() {
	t.left = t.spec.Times - 1
	t.begin(0)
}

// Frame writes what comes next into dst and returns how many samples that are:
// all of dst, or fewer when the tone is over, and 0 from then on. Frames of any
// lengths join without a seam.
func (t *Tone) Frame(dst []int16) int {
	n := 0
	for n < len(dst) && t.step < len(t.spec.Steps) {
		part := dst[n:]
		if t.size > 0 {
			part = part[:min(len(part), t.size-t.at)]
		}
		t.write(part)
		n += len(part)
		if t.size > 0 && t.at == t.size {
			t.next()
		}
	}
	return n
}

// next goes on to the step, or the round, that follows.
func (t *Tone) next() {
	step := t.step + 1
	if step == len(t.spec.Steps) && (t.spec.Times == 0 || t.left > 0) {
		step = 0
		t.left--
	}
	t.begin(step)
}

func (t *Tone) begin(step int) {
	t.step, t.at = step, 0
	if step == len(t.spec.Steps) {
		return
	}
	s := &t.spec.Steps[step]
	t.size = t.rate.Samples(s.Length)
	for i, sine := range s.Sines {
		t.osc[i] = osc{}
		if sine.Hz > 0 {
			t.osc[i] = osc{turn: uint32(sine.Hz / float64(t.rate) * (1 << 32)), peak: float32(sine.peak())}
		}
	}
}

// write fills dst, which lies within the step.
func (t *Tone) write(dst []int16) {
	silent := t.osc[0].turn == 0 && t.osc[1].turn == 0
	if silent {
		clear(dst)
		t.at += len(dst)
		return
	}
	for i := range dst {
		v := t.osc[0].next() + t.osc[1].next()
		dst[i] = int16(max(-32768, min(32767, v*t.gain())))
		if t.size > 0 || t.at < t.ramp {
			t.at++
		}
	}
}

// gain is how loud this place of the step is.
func (t *Tone) gain() float32 {
	in := t.at
	if t.size > 0 {
		in = min(in, t.size-1-t.at)
	}
	if in >= t.ramp {
		return 1
	}
	return float32(in) / float32(t.ramp)
}

// osc is a sine in the making. The zero osc is silent.
type osc struct {
	phase uint32 // 1<<32 is a full turn, so that it wraps by itself
	turn  uint32 // by which it goes on each sample
	peak  float32
}

func (o *osc) next() float32 {
	const below = 32 - sineBits
	i := o.phase >> below
	part := float32(o.phase&(1<<below-1)) / (1 << below)
	o.phase += o.turn
	return o.peak * (sineTurn[i] + (sineTurn[i+1]-sineTurn[i])*part)
}

const sineBits = 10

// sineTurn is one turn of a sine and its first value again: with interpolation
// it is off by less than -105 dB. It never changes.
var sineTurn = func() (s [1<<sineBits + 1]float32) {
	for i := range s {
		s[i] = float32(math.Sin(2 * math.Pi * float64(i) / (1 << sineBits)))
	}
	return s
}()
