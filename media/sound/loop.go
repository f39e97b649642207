package sound

import "time"

// loopSeam is how long the end of a looped clip and its beginning sound
// together, the one growing softer as the other grows louder, so that there is
// no click between them.
const loopSeam = 20 * time.Millisecond

// Loop returns the clip as something to play over and over. A clip of less than
// a second, which would only rattle, has an end as Source's.
func (c *Clip) Loop() Source {
	if c.Length() < time.Second {
		return c.Source()
	}
	l := &loopSource{narrow: ring{pcm: c.narrow, seam: samplesIn(loopSeam, voiceRate)}}
	if c.wide != nil {
		l.wide = ring{pcm: c.wide, seam: samplesIn(loopSeam, wideRate)}
	}
	return l
}

// ring reads samples round and round.
type ring struct {
	pcm  []int16
	seam int
}

// period is how many samples a round has.
func (r ring) period() int { return len(r.pcm) - r.seam }

// at is the sample at i; again says that a round went before.
func (r ring) at(i int, again bool) int16 {
	i %= r.period()
	if !again || i >= r.seam {
		return r.pcm[i]
	}
	head, tail := int(r.pcm[i]), int(r.pcm[r.period()+i])
	return int16((head*i + tail*(r.seam-i)) / r.seam)
}

// between is what lies in the middle between i, which is within the round, and the next.
func (r ring) between(i int, again bool) int16 {
	reach := len(halfway) / 2
	if i+reach < r.period() && (!again || i >= r.seam+reach) {
		return between(r.pcm, i)
	}
	var near [2 * resampleTaps]int16
	for k := range near {
		at := i - reach + 1 + k
		switch {
		case at >= r.period():
			near[k] = r.at(at, true)
		case at >= 0:
			near[k] = r.at(at, again)
		case again:
			near[k] = r.pcm[at+r.period()]
		}
	}
	return between(near[:], reach-1)
}

// loopSource is one playing of a clip that does not end.
type loopSource struct {
	narrow, wide ring
	at           int  // in samples at 8000, within the round
	again        bool // a round is over
}

// Rate implements Source.
func (l *loopSource) Rate() int {
	if l.wide.pcm != nil {
		return wideRate
	}
	return voiceRate
}

// Frame implements Source.
func (l *loopSource) Frame(pcm []int16, rate int) int {
	for i := 0; i < len(pcm); {
		now := l.narrow.at(l.at, l.again)
		switch {
		case rate != wideRate:
			pcm[i] = now
			i++
		case l.wide.pcm != nil:
			i += l.pair(pcm[i:], l.wide.at(2*l.at, l.again), l.wide.at(2*l.at+1, l.again))
		default: // as clipSource does it
			i += l.pair(pcm[i:], now, l.narrow.between(l.at, l.again))
		}
		if l.at++; l.at >= l.narrow.period() {
			l.at, l.again = 0, true
		}
	}
	return len(pcm)
}

// pair writes two samples where there is room, and says how many it wrote.
func (*loopSource) pair(pcm []int16, a, b int16) int {
	pcm[0] = a
	if len(pcm) < 2 {
		return 1
	}
	pcm[1] = b
	return 2
}
