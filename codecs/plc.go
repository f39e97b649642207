package codecs

import "math"

// Packet loss concealment after ITU-T G.711 Appendix I: what is missing is made
// from the last pitch periods that were heard.
//
//	ms since the loss   pitch periods repeated   gain
//	0-10                1                        1
//	10-20               2                        1.0 -> 0.8
//	20-30               3                        0.8 -> 0.6
//	30-60               3                        0.6 -> 0.0
//	60-                 -                        0
//
// More periods make it buzz less. Where one piece meets the next, they are
// overlapped and added (OLA) over a quarter of a pitch period; the first good
// samples after a loss are overlapped over 4 ms more for each 10 ms lost.
//
// Appendix I delays everything by 3.75 ms so that the last good samples can be
// overlapped with the first made ones. Here nothing is delayed, and what was
// received is played as it came: the first made samples are lifted to meet the
// last good one instead, by less and less over a quarter of a pitch period.
//
// It is used at 16 and 48 kHz too, for G.722 and L16, with the same times. The
// samples below are those at 8 kHz.
const (
	minPitch     = 40  // 200 Hz
	maxPitch     = 120 // 66 Hz
	maxOverlap   = maxPitch / 4
	plcHistory   = 3*maxPitch + maxOverlap
	plcStep      = 80  // 10 ms, the pace of the figure above
	plcWindow    = 160 // 20 ms are compared to find the pitch
	minPower     = 250 // of the window: less is silence to the pitch search
	fadePerStep  = 0.2
	plcSteps     = 6 // until all is silent
	maxPeriods   = 3
	reentryExtra = 32 // 4 ms
)

// concealer is the state of concealment of one stream.
type concealer struct {
	// k is how many samples there are for one at 8 kHz.
	k int
	// step10 is 10 ms, silent is when nothing is made any more, in samples.
	step10, silent int
	// heard ends with the last samples that were played.
	heard []int16
	// lost counts the samples made since the last good one; 0 is no loss. It
	// stays at silent when all is silent.
	lost int

	// Of the present loss, set by begin:

	voice   []int16 // heard as it was when the loss began
	smooth  []int16 // voice, its end overlapped to run on into its beginning
	tail    []int16 // of the periods repeated before, while there come to be more
	made    []int16 // what would follow, while good samples come again
	pitch   int     // samples in a pitch period
	overlap int     // samples in a quarter of it
	periods int     // how many are repeated
	offset  int     // of the next sample in the repeated periods
}

// newConcealer returns a concealer at r that has heard silence.
func newConcealer(r Rate) *concealer {
	k := int(r / Rate8k)
	size := k * plcHistory
	memory := make([]int16, 3*size+k*(maxOverlap+plcStep))
	cut := func(n int) []int16 {
		out := memory[:n:n]
		memory = memory[n:]
		return out
	}
	return &concealer{
		k: k, step10: k * plcStep, silent: k * plcStep * plcSteps,
		heard: cut(size), voice: cut(size), smooth: cut(size),
		tail: cut(k * maxOverlap), made: cut(k * plcStep),
	}
}

// reset forgets the stream.
func (c *concealer) reset() {
	clear(c.heard)
	c.lost = 0
}

// good takes note of samples that were received, after it has led over to them
// from what was made for a loss before them.
func (c *concealer) good(pcm []int16) {
	if c.lost > 0 {
		c.reenter(pcm)
		c.lost = 0
	}
	c.remember(pcm)
}

// conceal fills dst with what may have been lost.
func (c *concealer) conceal(dst []int16) {
	all := dst
	for len(dst) > 0 {
		if c.lost >= c.silent {
			clear(dst)
			break
		}
		n := min(len(dst), c.step10-c.lost%c.step10)
		c.step(dst[:n])
		dst = dst[n:]
	}
	c.remember(all)
}

// step fills dst, which lies within one 10 ms of the figure.
func (c *concealer) step(dst []int16) {
	switch {
	case c.lost == 0:
		c.begin()
		c.read(dst)
		c.meet(dst)
	case c.lost%c.step10 == 0 && c.periods < maxPeriods:
		tail, at := c.tail[:c.overlap], c.offset
		c.read(tail)
		c.offset = at % c.pitch
		c.repeat(c.periods + 1)
		c.read(dst)
		crossfade(dst, tail, dst)
	default:
		c.read(dst)
	}
	c.lost += len(dst)
	c.fade(dst, c.lost-len(dst))
}

// begin finds the pitch of what was heard last, and repeats its last period.
func (c *concealer) begin() {
	copy(c.voice, c.heard)
	c.pitch = c.findPitch()
	c.overlap = c.pitch / 4
	c.offset = 0
	c.repeat(1)
}

// repeat sets how many of the last pitch periods are repeated, and overlaps
// their end with what was heard right before their beginning: that runs on into
// the beginning without a click.
func (c *concealer) repeat(periods int) {
	c.periods = periods
	copy(c.smooth, c.voice)
	begin := len(c.voice) - periods*c.pitch
	end := c.smooth[len(c.smooth)-c.overlap:]
	crossfade(end, end, c.voice[begin-c.overlap:begin])
}

// read fills dst from the repeated periods.
func (c *concealer) read(dst []int16) {
	length := c.periods * c.pitch
	for len(dst) > 0 {
		n := copy(dst, c.smooth[len(c.smooth)-length+c.offset:])
		dst = dst[n:]
		if c.offset += n; c.offset == length {
			c.offset = 0
		}
	}
}

// meet lifts the beginning of dst to where the last sample heard is, compared to
// where it was a period ago. In a steady sound that is no lift at all.
func (c *concealer) meet(dst []int16) {
	last := len(c.voice) - 1
	off := float32(c.voice[last]) - float32(c.voice[last-c.pitch])
	for i := range min(c.overlap, len(dst)) {
		v := float32(dst[i]) + off*float32(c.overlap-i)/float32(c.overlap+1)
		dst[i] = int16(max(-32768, min(32767, v)))
	}
}

// fade turns dst, which begins at samples after the loss, down.
func (c *concealer) fade(dst []int16, at int) {
	if at+len(dst) <= c.step10 {
		return
	}
	slope := fadePerStep / float32(c.step10)
	for i, s := range dst {
		over := float32(max(0, at+i-c.step10))
		dst[i] = int16(float32(s) * max(0, 1-over*slope))
	}
}

// reenter leads from what was made to the good samples of pcm.
func (c *concealer) reenter(pcm []int16) {
	steps := (c.lost + c.step10 - 1) / c.step10
	n := min(c.step10, len(pcm), c.overlap+(steps-1)*reentryExtra*c.k)
	made := c.made[:n]
	clear(made)
	if c.lost < c.silent {
		c.read(made)
		c.fade(made, c.lost)
	}
	crossfade(pcm[:n], made, pcm[:n])
}

func (c *concealer) remember(pcm []int16) {
	size := len(c.heard)
	if len(pcm) < size {
		copy(c.heard, c.heard[len(pcm):])
		copy(c.heard[size-len(pcm):], pcm)
		return
	}
	copy(c.heard, pcm[len(pcm)-size:])
}

// crossfade writes into dst what leads from one sound to another over the length
// of from, or of dst if that is shorter. dst may be one of both.
func crossfade(dst, from, to []int16) {
	n := min(len(dst), len(from), len(to))
	for i := range n {
		w := float32(i+1) / float32(n+1)
		dst[i] = int16((1-w)*float32(from[i]) + w*float32(to[i]))
	}
}

// findPitch returns the lag, minPitch to maxPitch, at which the last 20 ms of
// voice look most like what was before them: coarsely with every other sample
// and lag of 8 kHz, then finely around the best.
func (c *concealer) findPitch() int {
	low, high, step := c.k*minPitch, c.k*maxPitch, 2*c.k
	best := c.bestLag(low, high, step)
	return c.bestLag(max(low, best-step+1), min(high, best+step-1), 1)
}

func (c *concealer) bestLag(from, to, step int) int {
	window := c.k * plcWindow
	begin := len(c.voice) - window
	now := c.voice[begin:]
	best, bestScore := to, math.Inf(-1)
	for lag := to; lag >= from; lag -= step {
		before := c.voice[begin-lag:][:window]
		var product, power int64
		for i := 0; i < window; i += step {
			product += int64(now[i]) * int64(before[i])
			power += int64(before[i]) * int64(before[i])
		}
		score := float64(product) / math.Sqrt(float64(max(power, minPower)))
		if score > bestScore {
			best, bestScore = lag, score
		}
	}
	return best
}
