package media

import (
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// digitTone sends a digit as its tones in place of a leg's sound, where the far
// end has no telephone-event: G.711 carries them unharmed, Opus well enough.
type digitTone struct {
	ep      *Endpoint
	tone    *codecs.Tone
	encoder codecs.Encoder
	out     format
	frame   int           // ms
	lead    int           // samples of silence that are still to come before it
	whole   time.Duration // with the silence before it and after it
	pause   time.Duration // that is still wanted behind it
	first   bool
	pcm     [maxFrame]int16
	packet  [headerSize + slotSize + transport.Tail]byte
}

// newDigitTone returns nil when there is no such tone. hurry says that others wait.
func newDigitTone(ep *Endpoint, d Digit, length time.Duration, hurry bool) *digitTone {
	t := ep.terms.Load()
	length, pause := toneTimes(length, hurry)
	tone := toneOf(d, length)
	if tone == nil || t == nil {
		return nil
	}
	encoder, err := ep.engine.codecs.encoder(t.send, voiceRate)
	if err != nil {
		return nil
	}
	lead, tail := t.send.margins()
	if hurry && lead == 0 {
		tail = pause // said, not left out: what is left out some conceal with the tone
	}
	return &digitTone{
		ep: ep, tone: tone, encoder: encoder, out: t.send, frame: t.frame, first: true,
		lead: samplesIn(lead, voiceRate), whole: lead + length + tail, pause: max(0, pause-lead-tail),
	}
}

// toneTimes are how long a tone lasts and the pause behind it.
func toneTimes(length time.Duration, hurry bool) (tone, pause time.Duration) {
	if hurry {
		return hurriedTone, hurriedPause
	}
	return max(length, minTone), digitPause
}

// toneOf returns the tone of a digit; nil where there is none.
func toneOf(d Digit, length time.Duration) *codecs.Tone {
	spec, err := codecs.DTMF(d.event(), length, codecs.DefaultDTMFLevels())
	if err != nil {
		return nil
	}
	tone, err := codecs.NewTone(voiceRate, spec)
	if err != nil {
		return nil
	}
	return tone
}

// follows says that the far end's decoder is where the encoder is, and that another tone
// had better come from that than from a new one, which it would have to agree with first.
func (t *digitTone) follows() bool {
	terms := t.ep.terms.Load()
	lead, _ := t.out.margins()
	return lead > 0 && terms != nil && terms.send == t.out && terms.frame == t.frame
}

// again begins another tone behind the one that is over. false means that there is none.
func (t *digitTone) again(d Digit, length time.Duration, hurry bool) bool {
	length, pause := toneTimes(length, hurry)
	tone := toneOf(d, length)
	if tone == nil {
		return false
	}
	first, tail := t.out.margins() // so much of the pause has been sent
	lead := max(0, pause-tail)
	t.tone, t.lead, t.whole, t.pause = tone, samplesIn(lead, voiceRate), lead+length+tail, max(0, pause-tail-first)
	return true
}

// toneLead and toneTail are how much silence comes before and after a tone in a codec
// whose decoder goes by what it has decoded before: what that was, another encoder has
// sent. Until both agree again a tone would not be heard as one, and sound as a tone. In
// Opus a frame is enough; in G.722 the tone's encoder begins where the decoder is (see trail),
// and what comes after it is what may be of another encoder.
const toneLead, toneTail = 20 * time.Millisecond, 20 * time.Millisecond

// margins returns how long it is silent before a tone and after it.
func (f format) margins() (lead, tail time.Duration) {
	switch f {
	case formatG722:
		return 0, toneTail
	case formatOpus:
		return toneLead, toneTail
	}
	return 0, 0
}

// step sends the next frame and returns how long it lasts.
func (t *digitTone) step(owner any, now int64) time.Duration {
	pcm := t.pcm[:voiceRate/1000*t.frame]
	silent := min(t.lead, len(pcm))
	clear(pcm[:silent])
	t.lead -= silent
	clear(pcm[silent+t.tone.Frame(pcm[silent:]):])
	t.ep.follow(t.encoder)
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
		t.ep.remember(b, t.encoder)
		t.ep.write(b, nil)
	}
}

// close gives the encoder back.
func (t *digitTone) close() {
	t.ep.engine.codecs.freeEncoder(t.encoder)
	t.encoder = nil
}
