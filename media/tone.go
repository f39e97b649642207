package media

import (
	"fmt"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
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
		return nil, fmt.Errorf("media: %w", err)
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

// digitTone sends a digit as its tones in place of a leg's sound, where the far
// end has no telephone-event: G.711 carries them unharmed, Opus well enough.
type digitTone struct {
	ep      *Endpoint
	tone    *codecs.Tone
	encoder codecs.Encoder
	out     format
	frame   int // ms
	first   bool
	pcm     [maxFrame]int16
	packet  [headerSize + slotSize + transport.Tail]byte
}

// newDigitTone returns nil when there is no such tone.
func newDigitTone(ep *Endpoint, d Digit, length time.Duration) *digitTone {
	t := ep.terms.Load()
	spec, err := codecs.DTMF(d.event(), length, codecs.DefaultDTMFLevels())
	if err != nil || t == nil {
		return nil
	}
	tone, err := codecs.NewTone(voiceRate, spec)
	if err != nil {
		return nil
	}
	encoder, err := ep.engine.codecs.encoder(t.send, voiceRate)
	if err != nil {
		return nil
	}
	return &digitTone{ep: ep, tone: tone, encoder: encoder, out: t.send, frame: t.frame, first: true}
}

// step sends the next frame and returns how long it lasts.
func (t *digitTone) step(owner any, now int64) time.Duration {
	pcm := t.pcm[:voiceRate/1000*t.frame]
	clear(pcm[t.tone.Frame(pcm):])
	n, err := t.encoder.Encode(t.packet[headerSize:headerSize+slotSize], pcm)
	terms := t.ep.terms.Load()
	if err == nil && n > 0 && terms != nil && terms.send == t.out { // else the codec has changed meanwhile
		b := t.packet[:headerSize+n]
		span := t.out.clock() / 1000 * uint32(t.frame)
		t.emit(owner, b, span, now)
		t.first = false
	}
	return time.Duration(t.frame) * time.Millisecond
}

func (t *digitTone) emit(owner any, b []byte, span uint32, now int64) {
	t.ep.line.order.Lock()
	defer t.ep.line.order.Unlock()
	if t.ep.line.toneHeader(owner, b, span, t.first, now) {
		t.ep.write(b)
	}
}

// close gives the encoder back.
func (t *digitTone) close() {
	t.ep.engine.codecs.freeEncoder(t.encoder)
	t.encoder = nil
}
