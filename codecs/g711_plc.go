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
const (
	minPitch     = 40  // samples at 8 kHz: 200 Hz
	maxPitch     = 120 // 66 Hz
	maxOverlap   = maxPitch / 4
	plcHistory   = 3*maxPitch + maxOverlap
	plcStep      = 80  // samples: 10 ms, the pace of the figure above
	plcWindow    = 160 // samples: 20 ms are compared to find the pitch
	minPower     = 250 // of the window: less is silence to the pitch search
	fadePerStep  = 0.2
	plcSilent    = 6 * plcStep
	maxPeriods   = 3
	reentryExtra = 32 // samples: 4 ms
)

// concealer is the state of concealment of one stream. The zero value has heard
// silence.
type concealer struct {
	// heard ends with the last samples that were played.
	heard [plcHistory]int16
	// lost counts the samples made since the last good one; 0 is no loss. It
	// stays at plcSilent when all is silent.
	lost int

	// Of the present loss, set by begin:

	voice   [plcHistory]int16 // heard as it was when the loss began
	smooth  [plcHistory]int16 // voice, its end overlapped to run on into its beginning
	pitch   int               // samples in a pitch period
	overlap int               // samples in a quarter of it
	periods int               // how many are repeated
	offset  int               // of the next sample in the repeated periods
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
		if c.lost >= plcSilent {
			clear(dst)
			break
		}
		n := min(len(dst), plcStep-c.lost%plcStep)
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
	case c.lost%plcStep == 0 && c.periods < maxPeriods:
		var tail [maxOverlap]int16
		at := c.offset
		c.read(tail[:c.overlap])
		c.offset = at % c.pitch
		c.repeat(c.periods + 1)
		c.read(dst)
		crossfade(dst, tail[:c.overlap], dst)
	default:
		c.read(dst)
	}
	c.lost += len(dst)
	c.fade(dst, c.lost-len(dst))
}

// begin finds the pitch of what was heard last, and repeats its last period.
func (c *concealer) begin() {
	c.voice = c.heard
	c.pitch = findPitch(&c.voice)
	c.overlap = c.pitch / 4
	c.offset = 0
	c.repeat(1)
}

// repeat sets how many of the last pitch periods are repeated, and overlaps
// their end with what was heard right before their beginning: that runs on into
// the beginning without a click.
func (c *concealer) repeat(periods int) {
	c.periods = periods
	c.smooth = c.voice
	begin := plcHistory - periods*c.pitch
	end := c.smooth[plcHistory-c.overlap:]
	crossfade(end, end, c.voice[begin-c.overlap:begin])
}

// read fills dst from the repeated periods.
func (c *concealer) read(dst []int16) {
	length := c.periods * c.pitch
	for len(dst) > 0 {
		n := copy(dst, c.smooth[plcHistory-length+c.offset:])
		dst = dst[n:]
		if c.offset += n; c.offset == length {
			c.offset = 0
		}
	}
}

// meet lifts the beginning of dst to where the last sample heard is, compared to
// where it was a period ago. In a steady sound that is no lift at all.
func (c *concealer) meet(dst []int16) {
	off := float32(c.voice[plcHistory-1]) - float32(c.voice[plcHistory-1-c.pitch])
	for i := range min(c.overlap, len(dst)) {
		v := float32(dst[i]) + off*float32(c.overlap-i)/float32(c.overlap+1)
		dst[i] = int16(max(-32768, min(32767, v)))
	}
}

// fade turns dst, which begins at samples after the loss, down.
func (c *concealer) fade(dst []int16, at int) {
	if at+len(dst) <= plcStep {
		return
	}
	for i, s := range dst {
		over := float32(max(0, at+i-plcStep))
		dst[i] = int16(float32(s) * max(0, 1-over*fadePerStep/plcStep))
	}
}

// reenter leads from what was made to the good samples of pcm.
func (c *concealer) reenter(pcm []int16) {
	var made [plcStep]int16
	steps := (c.lost + plcStep - 1) / plcStep
	n := min(plcStep, len(pcm), c.overlap+(steps-1)*reentryExtra)
	if c.lost < plcSilent {
		c.read(made[:n])
		c.fade(made[:n], c.lost)
	}
	crossfade(pcm[:n], made[:n], pcm[:n])
}

func (c *concealer) remember(pcm []int16) {
	if len(pcm) < plcHistory {
		copy(c.heard[:], c.heard[len(pcm):])
		copy(c.heard[plcHistory-len(pcm):], pcm)
		return
	}
	copy(c.heard[:], pcm[len(pcm)-plcHistory:])
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

// findPitch returns the lag, minPitch to maxPitch samples, at which the last
// 20 ms of voice look most like what was before them: coarsely with every other
// sample and lag, then finely around the best.
func findPitch(voice *[plcHistory]int16) int {
	best := bestLag(voice, minPitch, maxPitch, 2)
	return bestLag(voice, max(minPitch, best-1), min(maxPitch, best+1), 1)
}

func bestLag(voice *[plcHistory]int16, from, to, step int) int {
	now := voice[plcHistory-plcWindow:]
	best, bestScore := to, math.Inf(-1)
	for lag := to; lag >= from; lag -= step {
		before := voice[plcHistory-plcWindow-lag:][:plcWindow]
		var product, power int64
		for i := 0; i < plcWindow; i += step {
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
