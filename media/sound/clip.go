package sound

import "time"

// Clip is a sound decoded once and shared by all who play it. It is immutable.
type Clip struct {
	narrow []int16 // at 8000
	wide   []int16 // at 16000; nil when the sound has nothing above 4 kHz
}

// NewClip makes a clip of mono samples at 8000 a second and, where it has anything
// above 4 kHz, of the same sound at 16000; else wide is nil. They must not be
// changed afterwards.
func NewClip(narrow, wide []int16) *Clip { return &Clip{narrow: narrow, wide: wide} }

// Length returns how long the clip lasts.
func (c *Clip) Length() time.Duration {
	return time.Duration(len(c.narrow)) * time.Second / voiceRate
}

// Narrow returns the samples at 8000 a second. They must not be changed.
func (c *Clip) Narrow() []int16 { return c.narrow }

// Source returns the clip as something to play, from its beginning.
func (c *Clip) Source() Source { return &clipSource{clip: c} }

// clipSource is one playing of a clip.
type clipSource struct {
	clip *Clip
	at   int // in samples at 8000
}

// Rate implements Source.
func (s *clipSource) Rate() int {
	if s.clip.wide != nil {
		return wideRate
	}
	return voiceRate
}

// Frame implements Source.
func (s *clipSource) Frame(pcm []int16, rate int) int {
	if rate != wideRate {
		n := copy(pcm, s.clip.narrow[s.at:])
		s.at += n
		return n
	}
	if s.clip.wide != nil {
		n := copy(pcm, s.clip.wide[min(2*s.at, len(s.clip.wide)):])
		s.at = min(s.at+(n+1)/2, len(s.clip.narrow))
		return n
	}
	// A narrow clip on a wideband leg: each sample, and what is between it and the next.
	n := 0
	for n+1 < len(pcm) && s.at < len(s.clip.narrow) {
		pcm[n], pcm[n+1] = s.clip.narrow[s.at], between(s.clip.narrow, s.at)
		n += 2
		s.at++
	}
	return n
}
