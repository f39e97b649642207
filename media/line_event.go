package media

import "time"

const (
	eventSize = headerSize + 4
	// maxEvent is the longest duration one segment of an event can have (RFC
	// 4733 §2.5.1.3).
	maxEvent = 0xffff
	// minDigit is the shortest digit sent; receivers miss shorter ones.
	minDigit = 40 * time.Millisecond
	// eventVolume is the power of the tone an event stands for, in -dBm0 (RFC
	// 4733 §2.3.4).
	eventVolume = 10
)

// lineEvent is the digit being sent on a line. While there is one, sound is
// not sent.
type lineEvent struct {
	owner   any  // who sends it; nil means that there is none
	packets bool // it is sent as telephone-event, and not as its tone or not at all
	pt      uint8
	clock   uint32 // of durations; that of the line except at odd peers
	agreed  bool
	code    uint8
	ts      uint32 // of the segment's beginning
	at      int64  // when the segment began
	before  uint32 // length of the segments before this one, in clock units
	minimum uint32
	marker  bool // the next packet is the first
}

// configureEvent says which telephone-event is agreed; clock 0 means none.
func (l *line) configureEvent(pt uint8, clock uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.event.pt, l.event.clock, l.event.agreed = pt, clock, clock != 0
	if !l.event.agreed && l.event.packets {
		l.event.owner, l.event.packets, l.fresh = nil, false, true
	}
}

// hasEvents reports whether telephone-event is agreed.
func (l *line) hasEvents() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.event.agreed
}

// beginEvent takes the line for a digit. false means that it is taken, or that
// no telephone-event may be sent. in is the packet it comes from, nil when the
// digit is our own.
func (l *line) beginEvent(owner any, code uint8, in *header, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.event
	if !l.open || !e.agreed || e.owner != nil && e.owner != owner {
		return false
	}
	e.owner, e.packets, e.code, e.at, e.before, e.marker = owner, true, code, at, 0, true
	e.minimum = uint32(units(int64(minDigit), e.clock))
	e.ts = l.nextTS(at)
	if l.pass.valid && in != nil && in.ssrc == l.pass.ssrc {
		// The source's own timestamp is exact, unless it is out of place.
		exact := in.ts + l.pass.tsOffset
		after := int32(exact - (l.ts + l.span))
		if after >= 0 && after < int32(l.clock) {
			e.ts = exact
		}
	}
	l.digits++
	return true
}

// hold takes the line for a tone that stands for a digit; see release.
func (l *line) hold(owner any) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open || l.event.owner != nil {
		return false
	}
	l.event.owner = owner
	l.digits++
	return true
}

// another counts one more tone of whoever holds the line.
func (l *line) another(owner any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.event.owner == owner {
		l.digits++
	}
}

// mute takes the line so that nothing is sent; see release.
func (l *line) mute(owner any) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.event.owner == nil {
		l.event.owner = owner
	}
	return l.event.owner == owner
}

// release gives the line back to its source.
func (l *line) release(owner any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.event.owner == owner {
		l.event.owner, l.event.packets = nil, false
		l.fresh = true
	}
}

// progress is how far a digit has come: total units of a clock.
type progress struct {
	total, clock uint32
	end          bool
}

// updateEvent writes the next packet of a digit into b, which has eventSize
// octets. more says that the digit became too long for its segment: the packet
// ends that one, and another is to be written for the next.
func (l *line) updateEvent(owner any, b []byte, p progress, at int64) (ok, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.event
	if e.owner != owner || owner == nil || !l.open {
		return false, false
	}
	total, end := scale(p.total, p.clock, e.clock), p.end
	if end {
		total = max(total, e.minimum)
	}
	length := total - min(total, e.before)
	more = length > maxEvent
	if more {
		length, end = maxEvent, false
	}
	h := header{seq: l.seq + 1, ts: e.ts, pt: e.pt, marker: e.marker, ssrc: l.ssrc}
	h.put(b)
	b[12], b[13] = e.code, eventVolume
	if end {
		b[13] |= 0x80
	}
	b[14], b[15] = byte(length>>8), byte(length)
	e.marker = false
	l.seq, l.ts, l.at, l.started = h.seq, e.ts, e.at, true
	l.made.note(e.ts, l.clock, e.at)
	l.span = scale(length, e.clock, l.clock)
	l.headers.note(&h, 4, at)
	l.count(4, at)
	if more {
		e.before += maxEvent
		e.ts += l.span
		e.at += int64(maxEvent) * int64(time.Second) / int64(e.clock)
	}
	return true, more
}

// toneHeader gives a packet of the tone that stands for a digit its header.
func (l *line) toneHeader(owner any, b []byte, span uint32, first bool, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.event.owner != owner || !l.open {
		return false
	}
	h := header{seq: l.seq + 1, ts: l.ts + l.span, pt: l.pt, marker: first, ssrc: l.ssrc}
	if first || !l.started {
		h.ts = l.nextTS(at)
	}
	h.put(b)
	l.seq, l.ts, l.span, l.at, l.started = h.seq, h.ts, span, at, true
	l.made.note(h.ts, l.clock, at)
	l.headers.note(&h, len(b)-headerSize, at)
	l.count(len(b)-headerSize, at)
	return true
}
