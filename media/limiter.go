package media

const (
	// limitAt is the loudest sample that several voices together may come to; the
	// rest up to full scale is for what limitKnee lets through.
	limitAt   = 26000
	limitKnee = 6500
	// limitBack is how fast the gain comes back, a frame of 20 ms: 0 to 1 in 1 s.
	limitBack = 0.02
)

// limiter turns a sum of voices that is too loud down, at once and with a ramp,
// and back up slowly: two who speak at a time do not distort. The zero limiter is
// not ready; newLimiter makes one.
type limiter struct{ gain float32 }

func newLimiter() limiter { return limiter{1} }

// near reports whether both turn down about as much.
func (l *limiter) near(o *limiter) bool {
	return l.gain-o.gain < limitBack && o.gain-l.gain < limitBack
}

// apply writes sum to dst, which is as long, no louder than 16 bits can hold.
func (l *limiter) apply(dst []int16, sum []int32) {
	peak := int32(0)
	for _, v := range sum {
		peak = max(peak, v, -v)
	}
	want := min(l.gain+limitBack, 1)
	if peak > limitAt {
		want = min(want, limitAt/float32(peak))
	}
	if want == 1 && l.gain == 1 {
		for i, v := range sum {
			dst[i] = int16(v)
		}
		return
	}
	gain, ramp := l.gain, len(sum)
	if want < gain {
		ramp = len(sum) / 8 // 2.5 ms: what is too loud meanwhile is bent
	}
	step := (want - gain) / float32(ramp)
	for i, v := range sum {
		dst[i] = bend(float32(v) * gain)
		if i < ramp {
			gain += step
		}
	}
	l.gain = want
}

// bend lets what is above limitAt grow ever less, never to more than full scale.
func bend(v float32) int16 {
	switch {
	case v > limitAt:
		over := v - limitAt
		return int16(limitAt + over*limitKnee/(over+limitKnee))
	case v < -limitAt:
		over := -v - limitAt
		return int16(-limitAt - over*limitKnee/(over+limitKnee))
	}
	return int16(v)
}
