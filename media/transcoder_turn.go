package media

// A far end may send any codec that it has agreed to, and another one whenever it likes
// (RFC 3264 §5.1). Where some of them are passed through and others decoded, the sound
// goes by the reader at one time and by the path at another: never by both. The path is
// live while it is its turn. When it is over, the path forgets its stream: it must not
// take for lost, or for a pause, what the reader sends meanwhile.

// formatElsewhere tells a path that what comes goes by the reader from now on.
const formatElsewhere format = 254

// begins says that a packet of sound goes by the path.
func (p *path) begins() {
	if !p.live.Load() {
		p.live.Store(true)
	}
}

// ends says that a packet goes by the reader. p may be nil.
func (p *path) ends(h *header, at int64) {
	if p != nil && p.live.Load() {
		p.live.Store(false)
		p.push(h, formatElsewhere, nil, at)
	}
}

// decodesNow reports whether what has no sound of its own, digits and pauses, goes by the path:
// while that has the sound, and where nothing is passed through.
func (r *route) decodesNow() bool { return r.path != nil && (!r.relays || r.path.live.Load()) }

// forget drops all that is known of the stream; what was held for its turn is late.
func (p *path) forget() {
	for p.order.held > 0 {
		held, _, ok := p.order.earliest()
		if !ok {
			break
		}
		p.order.next = held.seq
		if i, ok := p.order.take(); ok {
			p.inbox.giveBack(i)
		}
	}
	p.order.started = false
	p.dueSet, p.event, p.torn, p.skip, p.made, p.filled = false, false, false, 0, 0, 0
	p.pace.set, p.seam.open = false, false
	p.pause.end()
	p.pause.learned = false
}
