package bridge

import (
	"time"

	"github.com/tandemgw/tandem/media/sound"
)

// Away implements Owner. The call goes on: media needs no connection.
func (c *Call) Away(l Leg, away bool) {
	if c.ended || !c.knows(l) {
		return
	}
	if away {
		c.note(Detached, l, "its connection is gone; it may come back")
		return
	}
	c.note(Back, l, "on "+l.Path())
}

// Faded implements Owner: whoever talks with a party that is not heard any more
// hears a soft tone, so that the line does not seem dead, and the party itself as
// soon as it is there again.
func (c *Call) Faded(l Leg, faded bool) {
	if c.ended || c.faded[l] == faded {
		return
	}
	c.faded[l] = faded
	if c.other == nil || c.opposite(l) == nil {
		return
	}
	c.reunite()
}

// knows says whether a leg is one of the call's parties, or of those who wait for
// what becomes of a transfer.
func (c *Call) knows(l Leg) bool {
	return l == c.caller || l == c.other || c.sending != nil && (l == c.sending.by || l == c.sending.far)
}

// playTone lets a leg hear a short soft beep every few seconds.
func (c *Call) playTone(l Leg) {
	if m := l.Media(); m != nil {
		m.Play(&softTone{}, nil)
	}
}

// softTone is a short soft beep every few seconds: enough to know that the line
// is not dead, little enough to wait beside.
type softTone struct {
	at   int // samples since the beginning of the round, at rate
	rate int
	tone sound.Source
}

const (
	softEvery = 5 * time.Second
	softBeep  = 150 * time.Millisecond
)

// Rate implements sound.Source.
func (*softTone) Rate() int { return 8000 }

// Frame implements sound.Source.
func (h *softTone) Frame(pcm []int16, rate int) int {
	if h.rate != rate {
		h.rate, h.at, h.tone = rate, 0, nil
	}
	round, beep := int(softEvery.Seconds())*rate, int(softBeep.Seconds()*float64(rate))
	if h.at >= round {
		h.at, h.tone = 0, nil
	}
	clear(pcm)
	if h.at < beep {
		if h.tone == nil {
			h.tone, _ = sound.NewTone("test", "", 0)
		}
		n := min(len(pcm), beep-h.at)
		h.tone.Frame(pcm[:n], rate)
		for i := range pcm[:n] {
			pcm[i] /= 8 // 18 dB softer than the test tone
		}
	}
	h.at += len(pcm)
	return len(pcm)
}
