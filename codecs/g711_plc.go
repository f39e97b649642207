package codecs

// concealer fills gaps in a stream of 8000 samples a second after ITU-T G.711
// Appendix I: it repeats the last pitch period of what was heard, blends the
// beginning with what came before and the end with what comes after, and fades.
//
//	lost for     0..10 ms   10..20 ms      20..60 ms            from 60 ms
//	plays        1 period   2 periods      3 periods            silence
//	loudness     1.0        1.0 -> 0.8     -20 % each 10 ms     0
//
// The zero concealer is ready for use. It delays nothing: unlike the Appendix it
// blends into the gap and not before it.
type concealer struct {
	history [historyLen]int16 // the last samples heard or made, newest last
	gap     int               // samples concealed in this gap so far
	period  int               // pitch period in samples
	at      int               // where in the repeated waveform we are
	wave    [maxPeriod * 3]int16
	waveLen int
}

const (
	historyLen = 390 // samples: 48.75 ms (Appendix I.2.2)
	minPeriod  = 40  // 200 Hz
	maxPeriod  = 120 // 66 Hz
	corrLen    = 160 // 20 ms are compared
	blend      = 32  // 4 ms: how long one waveform is blended into the next
	tenMs      = 80
	muteAfter  = 6 * tenMs
)

// heard takes good samples; after a gap their beginning is blended with what the
// concealment would have gone on with.
func (c *concealer) heard(pcm []int16) {
	if c.gap > 0 {
		n := min(blend, len(pcm))
		var tail [blend]int16
		c.make(tail[:n])
		for i := range n {
			pcm[i] = mix(tail[i], pcm[i], i, n)
		}
		c.gap = 0
	}
	c.remember(pcm)
}

// conceal makes the samples of a gap.
func (c *concealer) conceal(dst []int16) {
	for len(dst) > 0 {
		n := min(len(dst), tenMs)
		c.make(dst[:n])
		c.remember(dst[:n])
		dst = dst[n:]
	}
}

// make goes on with the repeated waveform, fading.
func (c *concealer) make(dst []int16) {
	if c.gap == 0 {
		c.period = c.pitch()
		c.repeat(1)
	}
	for i := range dst {
		switch c.gap {
		case tenMs:
			c.repeat(2)
		case 2 * tenMs:
			c.repeat(3)
		}
		if c.gap >= muteAfter || c.waveLen == 0 {
			dst[i] = 0
		} else {
			dst[i] = int16(int32(c.wave[c.at]) * c.gain() >> 15)
		}
		if c.at++; c.at >= c.waveLen {
			c.at = 0
		}
		c.gap++
	}
}

// gain is the loudness now, 1<<15 is full: after 10 ms a fifth goes every 10 ms.
func (c *concealer) gain() int32 {
	if c.gap <= tenMs {
		return 1 << 15
	}
	return max(0, 1<<15-int32(c.gap-tenMs)*(1<<15)/(5*tenMs))
}

// repeat takes the last n pitch periods as the waveform to repeat. Its end is
// blended with what precedes its beginning, so that it joins itself.
func (c *concealer) repeat(n int) {
	length := n * c.period
	if length+blend > historyLen {
		length = historyLen - blend
	}
	phase := 0
	if c.waveLen > 0 {
		phase = c.at % c.period
	}
	if n == 1 {
		copy(c.wave[:length], c.history[historyLen-length:])
	} else { // keep to what was really heard, not to what was made since
		from := historyLen - length - min(c.gap, historyLen-length)
		copy(c.wave[:length], c.history[from:from+length])
	}
	q := min(blend, c.period/4)
	before := c.wave[:0:0]
	if start := historyLen - length - q; n == 1 && start >= 0 {
		before = c.history[start : start+q]
	}
	for i := range before {
		c.wave[length-q+i] = mix(c.wave[length-q+i], before[i], i, q)
	}
	c.waveLen, c.at = length, phase%length
}

// pitch finds the period at which the last 20 ms resemble what came before best
// (normalised cross-correlation).
func (c *concealer) pitch() int {
	last := c.history[historyLen-corrLen:]
	best, at := -1.0, minPeriod
	for lag := minPeriod; lag <= maxPeriod; lag++ {
		earlier := c.history[historyLen-corrLen-lag : historyLen-lag]
		var cross, energy float64
		for i := range last {
			cross += float64(last[i]) * float64(earlier[i])
			energy += float64(earlier[i]) * float64(earlier[i])
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if r := cross * cross / energy; r > best {
			best, at = r, lag
		}
	}
	return at
}

func (c *concealer) remember(pcm []int16) {
	if len(pcm) >= historyLen {
		copy(c.history[:], pcm[len(pcm)-historyLen:])
		return
	}
	copy(c.history[:], c.history[len(pcm):])
	copy(c.history[historyLen-len(pcm):], pcm)
}

// mix goes from a to b over n samples.
func mix(a, b int16, i, n int) int16 {
	return int16((int32(a)*int32(n-i) + int32(b)*int32(i)) / int32(n))
}
