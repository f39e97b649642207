package sound

import (
	"fmt"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// Beep returns the short tone that tells parties in a call of something: that it is
// recorded, or ends soon.
func Beep() Source {
	return &toneSource{spec: codecs.SineTone(1400, -16, 300*time.Millisecond)}
}

// NewTone returns a tone by name: "ringback", "busy", "congestion", "dial",
// "info", "waiting" in the way of a country (an ISO 3166 code; "" is "gb"), or
// "test", a steady tone of 1 kHz. It lasts for length, 0 for ever. The error
// names a tone or country that is not known.
func NewTone(name, country string, length time.Duration) (Source, error) {
	spec, err := codecs.NamedTone(name, country)
	if err != nil {
		return nil, fmt.Errorf("tone: %w", err)
	}
	t := &toneSource{spec: spec}
	if length > 0 {
		return &limited{Source: t, left: length}, nil
	}
	return t, nil
}

// toneSource plays a tone from its beginning.
type toneSource struct {
	spec codecs.Spec
	tone *codecs.Tone // at the rate of the last frame; nil before
}

// Rate implements Source.
func (*toneSource) Rate() int { return voiceRate }

// Frame implements Source.
func (s *toneSource) Frame(pcm []int16, rate int) int {
	if s.tone == nil || s.tone.Rate() != codecs.Rate(rate) {
		t, err := codecs.NewTone(codecs.Rate(rate), s.spec)
		if err != nil {
			return 0 // the names NewTone takes make sense at both rates
		}
		s.tone = t
	}
	return s.tone.Frame(pcm)
}
