package media

import (
	"sync/atomic"
	"time"
)

// heldBack is how far behind sound is sent whose tones are told in another way: a
// tone is suspected 25 to 40 ms after it began.
const heldBack = 40 * time.Millisecond

// wipeEdge is the part of what is held back in which sound comes in after a tone: 4 ms.
const wipeEdge = int(heldBack / (time.Second / fadePart))

// behind holds sound back until it is known to be no digit, so that a tone that the
// listener is told of in another way can be kept from it whole. Packets go out at the
// times at which they would; what is in them is what came heldBack before. All but
// wipe belongs to the worker of the path.
type behind struct {
	ring []int16 // what is held back, the oldest at at; empty: nothing is
	at   int
	wipe atomic.Bool // what is held back is the end of a tone
}

// pass puts sound in and takes out as much of what came before.
func (h *behind) pass(pcm []int16) {
	if len(h.ring) == 0 {
		return
	}
	if h.wipe.Swap(false) {
		clear(h.ring)
		fadeIn(pcm[:min(len(pcm), len(h.ring)/wipeEdge)])
	}
	for i, v := range pcm {
		pcm[i], h.ring[h.at] = h.ring[h.at], v
		if h.at++; h.at == len(h.ring) {
			h.at = 0
		}
	}
}

// frames returns how many frames of a size bring out all that is held back, none
// where a pause is too short for them.
func (h *behind) frames(size, pause int) int {
	n := (len(h.ring) + size - 1) / size
	if n*size > pause {
		return 0
	}
	return n
}

// convertsTones says that the endpoint's far end is told of digits in another way
// than by tones.
func (ep *Endpoint) convertsTones() bool {
	return ep.sendsDigits() == DigitsBySignaling || ep.line.hasEvents()
}

// holdBackLocked lets the worker have what would be passed through where tones are
// looked for in it and told in another way.
func (r *route) holdBackLocked(ep *Endpoint) {
	if ep.tones == nil || r.to == nil || !r.to.convertsTones() {
		return
	}
	for pt := range r.entries {
		switch e := &r.entries[pt]; e.do {
		case doPass, doPassULaw, doPassALaw:
			if !e.format.octets() {
				continue
			}
			e.do = doTranscode
		}
		r.behind = r.behind || r.entries[pt].do == doTranscode
	}
	if r.behind {
		r.chain += ", 40 ms later to keep tones out"
	}
}
