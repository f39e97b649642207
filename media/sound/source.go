package sound

import "time"

// The rates of sounds that are played, in samples a second.
const (
	voiceRate = 8000  // telephones'
	wideRate  = 16000 // of what is more than a telephone's
)

// Source is sound to be played. It belongs to whoever plays it.
type Source interface {
	// Rate is the rate at which the source sounds best, in samples a second:
	// 8000 or 16000. A leg that cannot carry 16000 plays it at 8000.
	Rate() int
	// Frame fills pcm with the next mono samples at rate (8000 or 16000),
	// 10 to 60 ms of them, and returns how many it wrote. Fewer than len(pcm)
	// means that the source has ended.
	Frame(pcm []int16, rate int) int
}

// Sequence plays sources one after the other, without a gap.
func Sequence(sources ...Source) Source { return &sequence{left: sources} }

type sequence struct{ left []Source }

// Rate is the best of all parts.
func (s *sequence) Rate() int {
	best := voiceRate
	for _, part := range s.left {
		best = max(best, part.Rate())
	}
	return best
}

// Frame implements Source.
func (s *sequence) Frame(pcm []int16, rate int) (n int) {
	for len(s.left) > 0 {
		n += s.left[0].Frame(pcm[n:], rate)
		if n == len(pcm) {
			break
		}
		s.left = s.left[1:]
	}
	return n
}

// Silence returns length of silence.
func Silence(length time.Duration) Source { return &silent{left: length} }

type silent struct{ left time.Duration }

// Rate implements Source.
func (*silent) Rate() int { return voiceRate }

// Frame implements Source.
func (s *silent) Frame(pcm []int16, rate int) int {
	n := min(len(pcm), max(0, samplesIn(s.left, rate)))
	clear(pcm[:n])
	s.left -= time.Duration(n) * time.Second / time.Duration(rate)
	return n
}

// limited is the beginning of an endless source.
type limited struct {
	Source
	left time.Duration
}

// Frame implements Source.
func (l *limited) Frame(pcm []int16, rate int) int {
	n := min(len(pcm), max(0, samplesIn(l.left, rate)))
	n = l.Source.Frame(pcm[:n], rate)
	l.left -= time.Duration(n) * time.Second / time.Duration(rate)
	return n
}

func samplesIn(d time.Duration, rate int) int {
	return int(int64(d) * int64(rate) / int64(time.Second))
}
