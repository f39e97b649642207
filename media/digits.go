package media

import (
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// DigitWay is how a far end is sent digits.
type DigitWay uint8

// The ways.
const (
	// DigitsAsEvents: as RFC 4733 where telephone-event is agreed, else as tones.
	DigitsAsEvents DigitWay = iota
	// DigitsAsTones: in the sound.
	DigitsAsTones
	// DigitsBySignaling: by whoever hears Events.Signal.
	DigitsBySignaling
)

// Digits says how a far end is sent digits, and sends them.
type Digits struct {
	Send DigitWay
	// Listen finds digits in the sound that the far end sends. It costs the
	// decoding of that sound where nothing else does.
	Listen bool
}

// SetDigits chooses how digits go to and come from the far end. It may be called
// at any time; a digit that is sent as RFC 4733 is ended where that is to be so no more.
func (ep *Endpoint) SetDigits(d Digits) {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if ep.closed.Load() {
		return
	}
	ep.digitWay.Store(uint32(d.Send))
	if t := ep.terms.Load(); t != nil {
		ep.configureEventLocked(t)
	}
	switch {
	case d.Listen && ep.tones == nil:
		if t := newToneReader(ep); t != nil {
			ep.tones = t
			ep.tapLocked(t.ear, nil)
		}
	case !d.Listen && ep.tones != nil:
		ep.tapLocked(nil, ep.tones.ear)
		ep.tones = nil
	}
	ep.linkLocked()
	if from := ep.hears.from; from != nil && from != ep {
		from.linkLocked() // whose digits now go out in another way
	}
}

// sendsDigits returns how the far end is sent digits.
func (ep *Endpoint) sendsDigits() DigitWay { return DigitWay(ep.digitWay.Load()) }

// configureEventLocked tells the line which telephone-event it may send.
func (ep *Endpoint) configureEventLocked(t *terms) {
	clock := t.event
	if ep.sendsDigits() != DigitsAsEvents {
		clock = 0
	}
	ep.line.configureEvent(t.eventPT, clock)
}

// toneReader finds the digits in the sound of one leg and makes each anew on the
// line of the leg that listens, where that takes digits in another way. It is the
// digitReader of a leg that has no telephone-event. All of it belongs to the
// worker.
type toneReader struct {
	ep       *Endpoint
	ear      *ear
	detector *codecs.DTMFDetector
	to       *Endpoint // who hears the digit
	relaying bool      // as RFC 4733 on its line
	muting   bool      // its line is silent: it is told by signaling
	heard    int64     // when the last sound came,
	ssrc     uint32    // of which source,
	due      uint32    // and the timestamp that follows it
	quiet    [voiceRate * 60 / 1000]int16
	buf      [eventSize + transport.Tail]byte
}

// newToneReader returns nil where there is no detector: that does not happen.
func newToneReader(ep *Endpoint) *toneReader {
	d, err := codecs.NewDTMFDetector(voiceRate)
	if err != nil {
		return nil
	}
	t := &toneReader{ep: ep, detector: d}
	t.ear = newEar(ep, ep.worker, voiceRate, t)
	t.ear.plain = true
	return t
}

// hear implements hearer.
func (t *toneReader) hear(s heardSound) {
	t.pass(&s)
	t.heard = s.at
	if s.made {
		t.detector.Skip(len(s.pcm))
		return
	}
	t.detector.Swells(t.ear.in.remembers())
	t.feed(s.pcm, s.at)
	t.show()
	_, length, on := t.detector.Now()
	switch {
	case on && t.relaying:
		t.to.writeEvent(t, t.buf[:eventSize], progress{total: uint32(length), clock: voiceRate}, s.at)
	case on:
	case t.detector.Suspects():
		t.hush()
	default:
		t.letGo()
	}
}

// pass lets the time pass for which the source sent no sound before s: many send none
// where it is silent, and the digits before and after that are two.
func (t *toneReader) pass(s *heardSound) {
	if ahead := int32(s.ts - t.due); t.heard != 0 && s.ssrc == t.ssrc && ahead > 0 {
		pause := time.Duration(ahead) * time.Second / time.Duration(s.clock)
		if n := samplesIn(min(pause, digitPause), voiceRate); pause > slack {
			t.feed(t.quiet[:min(n, len(t.quiet))], s.at)
		}
	}
	t.ssrc, t.due = s.ssrc, s.ts+scale(uint32(len(s.pcm)), voiceRate, s.clock)
}

// hush stops the sound of what may become a digit, where it is told in another
// way: the far end should hear as little of its tone as can be.
func (t *toneReader) hush() {
	r := t.ep.route.Load()
	if r == nil || r.to == nil || t.to != nil {
		return
	}
	if r.to.convertsTones() {
		t.to, t.muting = r.to, r.to.line.mute(t)
	}
}

func (t *toneReader) feed(pcm []int16, at int64) {
	for len(pcm) > 0 {
		n := min(len(pcm), len(t.quiet))
		for _, c := range t.detector.Feed(pcm[:n]) {
			digit, ok := digitOf(c.Event)
			switch {
			case !ok:
			case c.End:
				t.finish(digit, time.Duration(c.Length)*time.Second/voiceRate, at)
			default:
				t.begin(digit, at)
			}
		}
		pcm = pcm[n:]
	}
}

// wake implements hearer: a tone after which nothing comes has ended, and what might have
// become one is none.
func (t *toneReader) wake(now int64) int64 {
	if _, _, on := t.detector.Now(); !on && t.to == nil {
		return 0
	}
	if now < t.heard+int64(lostDigit) {
		return t.heard + int64(lostDigit)
	}
	t.feed(t.quiet[:], now)
	t.show()
	t.letGo()
	return 0
}

// What is known of a tone in the sound that comes.
const (
	toneNone  = iota
	toneMaybe // it may be a key
	toneSure  // it is one
)

// show lets others see what is known of a tone.
func (t *toneReader) show() {
	state := uint32(toneNone)
	if _, _, on := t.detector.Now(); on {
		state = toneSure
	} else if t.detector.Suspects() {
		state = toneMaybe
	}
	t.ep.tone.Store(state)
}

// event implements hearer: events are read by the digitReader.
func (t *toneReader) event(*header, uint32, []byte, int64) {}

// over implements hearer.
func (t *toneReader) over() {
	t.letGo()
	t.ep.tone.Store(toneNone)
}

// begin takes the listener's line for a digit, whose sound is not sent on any
// more where it is told in another way.
func (t *toneReader) begin(d Digit, at int64) {
	r := t.ep.route.Load()
	if r == nil || r.to != t.to {
		t.letGo()
	}
	if r == nil || r.to == nil {
		return
	}
	t.to = r.to
	switch {
	case t.to.sendsDigits() == DigitsBySignaling:
		t.muting = t.to.line.mute(t)
	case t.to.line.hasEvents():
		t.relaying = t.to.line.beginEvent(t, d.event(), nil, at)
	}
}

// finish ends a digit and tells of it.
func (t *toneReader) finish(d Digit, length time.Duration, at int64) {
	if r := t.ep.route.Load(); t.to != nil && r != nil && r.path != nil {
		r.path.behind.wipe.Store(true)
	}
	switch {
	case t.relaying:
		p := progress{total: uint32(samplesIn(length, voiceRate)), clock: voiceRate, end: true}
		t.to.endEvent(t, t.buf[:eventSize], p, at)
	case t.to != nil && t.to.sendsDigits() == DigitsBySignaling:
		_ = t.to.SendDigit(d, length)
	}
	t.letGo()
	t.ep.count.digitsIn.Add(1)
	t.ep.noteDigit(NoticeDigitIn, d, length)
	if told := t.ep.o.Events.Digit; told != nil && !t.ep.closed.Load() {
		told(d, length)
	}
}

// letGo gives the line back.
func (t *toneReader) letGo() {
	if t.to != nil && (t.relaying || t.muting) {
		t.to.line.release(t)
	}
	t.to, t.relaying, t.muting = nil, false, false
}
