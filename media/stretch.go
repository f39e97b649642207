package media

import "math"

// Sound is made a little longer or shorter without a click by repeating, or
// leaving out, one period of what repeats in it, with a crossfade over the seam:
//
//	shorten   | A | B | C |        ->  | A fades into B | C |
//	lengthen  | A | B | C |        ->  | A | B fades into A | B | C |
const (
	shortestLag = 400 // a rate divided by this: 2.5 ms, a pitch of 400 Hz
	longestLag  = 80  // 12.5 ms, 80 Hz
	// coarseRate is the rate, or a little more, at which periods are looked for
	// first.
	coarseRate = 8000
)

// stretchSpan is how many samples at rate shorten and lengthen like to see.
func stretchSpan(rate int) int { return 2 * rate / longestLag }

// period returns how far apart pcm is most like itself, in samples, and how
// much: 1 is the same, 0 nothing in common. The lag is at most half of pcm, which
// has 10 ms or more. Of silence it is the longest there is.
func period(pcm []int16, rate int) (lag int, likeness float64) {
	stride, longest := max(1, rate/coarseRate), min(rate/longestLag, len(pcm)/2)
	lag, likeness = longest, -1
	for l := rate / shortestLag; l <= longest; l += stride {
		if c := correlate(pcm, l, stride, rate); c > likeness {
			lag, likeness = l, c
		}
	}
	if stride > 1 {
		coarse := lag
		likeness = -1
		for l := max(rate/shortestLag, coarse-stride+1); l <= min(longest, coarse+stride-1); l++ {
			if c := correlate(pcm, l, 1, rate); c > likeness {
				lag, likeness = l, c
			}
		}
	}
	if likeness <= 0 {
		lag = longest
	}
	return lag, likeness
}

// correlate returns how much pcm is like itself lag samples on, looking at each
// stride-th sample. A longer lag is a little less good.
func correlate(pcm []int16, lag, stride, rate int) float64 {
	span := min(max(lag, rate/200), len(pcm)-lag)
	var xy, xx, yy float64
	for i := 0; i < span; i += stride {
		x, y := float64(pcm[i]), float64(pcm[i+lag])
		xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
	}
	if xx < float64(span) || yy < float64(span) {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// shorten takes lag samples out of the beginning of pcm, which has twice as many
// or more, and returns what is left.
func shorten(pcm []int16, lag int) []int16 {
	crossfade(pcm[lag:2*lag], pcm[:lag], pcm[lag:2*lag])
	n := copy(pcm, pcm[lag:])
	return pcm[:n]
}

// lengthen puts lag samples into pcm, which has twice as many or more, and
// capacity for them.
func lengthen(pcm []int16, lag int) []int16 {
	n := len(pcm)
	pcm = pcm[:n+lag]
	copy(pcm[2*lag:], pcm[lag:n])
	crossfade(pcm[lag:2*lag], pcm[2*lag:3*lag], pcm[:lag])
	return pcm
}

// crossfade writes a that fades into b to dst; all are of one length, and dst may
// be either of them.
func crossfade(dst, a, b []int16) {
	n := len(dst)
	for i := range dst {
		dst[i] = int16((int(a[i])*(n-i) + int(b[i])*i) / n)
	}
}

// fadePart of a second is how long sound takes that is cut off, or comes after a cut: 4 ms.
const fadePart = 250

// fadeIn has all of pcm grow out of silence, and fadeOut fall to it.
func fadeIn(pcm []int16) {
	for i, v := range pcm {
		pcm[i] = int16(int(v) * (i + 1) / (len(pcm) + 1))
	}
}

func fadeOut(pcm []int16) {
	for i, v := range pcm {
		pcm[i] = int16(int(v) * (len(pcm) - i) / (len(pcm) + 1))
	}
}
