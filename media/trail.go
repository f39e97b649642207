package media

import "github.com/tandemgw/tandem/codecs"

// trailSize is 120 ms of G.722: a decoder of it remembers no more.
const trailSize = 8 * 120

// trail is the end of what a leg was sent in G.722, by whomever: its decoder goes by that.
// An encoder that has not encoded it itself follows it, else what it encodes
// is far too loud for some 40 ms (codecs.Follow): where a prompt begins, where a call comes
// back from it, where the other party or its codec is another one, before a tone that stands
// for a digit and after it. Guarded by order of the line.
type trail struct {
	pt     uint8          // immutable
	author codecs.Encoder // of what was sent last; nil: of the far end whose packets are passed through
	at, n  int            // where the next octet goes, and how many there are
	ring   [trailSize]byte
}

// note takes a packet as it is sent.
func (t *trail) note(b []byte, author codecs.Encoder) {
	if b[1]&0x7f != t.pt {
		return // an event, or comfort noise
	}
	t.author = author
	b = b[headerSize:]
	b = b[max(0, len(b)-trailSize):]
	n := copy(t.ring[t.at:], b)
	copy(t.ring[:], b[n:])
	t.at = (t.at + len(b)) % trailSize
	t.n = min(t.n+len(b), trailSize)
}

// last returns all that there is, the oldest first.
func (t *trail) last() []byte {
	out := make([]byte, 0, trailSize)
	if t.n == trailSize {
		out = append(out, t.ring[t.at:]...)
	}
	return append(out, t.ring[:t.at]...)
}

// agreeTrail says what is sent from now on. A trail goes on through an agreement that leaves the
// codec as it is.
func (ep *Endpoint) agreeTrail(t *terms) {
	old := ep.trail.Load()
	switch {
	case t.send != formatG722:
		ep.trail.Store(nil)
	case old == nil || old.pt != t.sendPT:
		ep.trail.Store(&trail{pt: t.sendPT})
	}
}

// remember notes what is about to be sent. The line's order is held.
func (ep *Endpoint) remember(b []byte, author codecs.Encoder) {
	if t := ep.trail.Load(); t != nil {
		t.note(b, author)
	}
}

// follow has an encoder go on from where the far end's decoder is, unless all that was sent
// last is its own.
func (ep *Endpoint) follow(e codecs.Encoder) {
	t := ep.trail.Load()
	if t == nil {
		return
	}
	ep.line.order.Lock()
	var sent []byte
	if t.author != e {
		sent = t.last()
	}
	ep.line.order.Unlock()
	codecs.Follow(e, sent)
}
