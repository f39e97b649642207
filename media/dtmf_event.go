package media

import (
	"encoding/binary"
	"time"
)

const (
	// lostEnd is how long after the last packet of a digit its end is taken for lost
	// where sound has come since: that a sender goes on with sound says that the digit
	// is over.
	lostEnd = 140 * time.Millisecond
	// lostDigit is the same where nothing has come, or where the sender sends sound
	// beside its digits: senders repeat packets every 20 to 60 ms (50 ms is what RFC
	// 4733 §2.5.1.2 recommends), and several in a row may be lost.
	lostDigit = 300 * time.Millisecond
)

// eventReader reads the telephone-events of one leg (RFC 4733 §2.3):
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|     event     |E|R| volume    |          duration             |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
// A digit is known by its source, timestamp and event code, not by the marker,
// which some senders leave out and which may be lost. The marker does count where
// the timestamp is no later than one before: a digit may be played from a capture.
type eventReader struct {
	active bool
	now    heardEvent
	at     int64  // of its last packet
	seq    uint16 // of its newest packet
	// sounded says that sound has come behind it, and beside that its sender sends
	// sound while there is a digit, too.
	sounded bool
	beside  bool
	sound   uint16 // sequence number of that sound
	// over are the digits before, of which packets may still come; the one that
	// ended last is before overAt.
	over   [8]overEvent
	overAt uint8
}

// overEvent is a digit that is over. Its clock is 0 where there is none.
type overEvent struct {
	heardEvent
	at      int64 // of its last packet
	expired bool  // its end never came: there may be more of it
}

// repeated is how long after a digit was over its first packet is that of the same
// key pressed again: longer than a network holds up one packet.
const repeated = 300 * time.Millisecond

// heardEvent is one digit as far as it was heard.
type heardEvent struct {
	ssrc, ts uint32 // of its latest segment
	code     uint8
	clock    uint32
	before   uint32 // units in the segments before
	total    uint32 // units in all
}

// length returns how long the event lasted.
func (e *heardEvent) length() time.Duration {
	return time.Duration(int64(e.total) * int64(time.Second) / int64(e.clock))
}

// eventChange is what one packet tells.
type eventChange struct {
	lost    bool       // the digit before it never ended
	before  heardEvent // that digit
	began   bool
	updated bool // also when it began
	ended   bool
}

// packet takes one packet.
func (r *eventReader) packet(h *header, b []byte, clock uint32, at int64) (c eventChange) {
	if len(b) < 4 {
		return c
	}
	if _, known := digitOf(b[0]); !known {
		return c
	}
	length := uint32(binary.BigEndian.Uint16(b[2:]))
	switch {
	case r.active && r.now.is(h, b[0]):
		r.now.turn(clock)
	case r.active && r.continues(h, b[0]):
		r.now.before += h.ts - r.now.ts
		r.now.ts = h.ts
	case r.old(h, b, clock, at):
		return c
	default:
		if r.active {
			c.lost, c.before = true, r.now
		}
		r.active, c.began = true, true
		r.beside = r.beside && h.ssrc == r.now.ssrc
		r.seq, r.sounded = h.seq, false
		r.now = heardEvent{ssrc: h.ssrc, ts: h.ts, code: b[0], clock: clock}
	}
	r.now.total = max(r.now.total, r.now.before+length)
	r.at = at
	c.updated = true
	if b[1]&0x80 != 0 {
		c.ended = true
		r.finish(false)
		return c
	}
	r.beside = r.beside || r.sounded && int16(h.seq-r.sound) > 0
	if int16(h.seq-r.seq) >= 0 {
		r.seq, r.sounded = h.seq, false
	}
	return c
}

// heardSound takes note of a packet of sound.
func (r *eventReader) heardSound(h *header) {
	if r.active && h.ssrc == r.now.ssrc && int16(h.seq-r.seq) > 0 {
		r.sounded, r.sound = true, h.seq
	}
}

// deadline returns when the digit that is under way is over if nothing comes of it.
func (r *eventReader) deadline() int64 {
	if r.sounded && !r.beside {
		return r.at + int64(lostEnd)
	}
	return r.at + int64(lostDigit)
}

// expire ends a digit whose end never came.
func (r *eventReader) expire(now int64) (ended bool) {
	if !r.active || now < r.deadline() {
		return false
	}
	r.finish(true)
	return true
}

func (r *eventReader) finish(expired bool) {
	r.active = false
	r.over[r.overAt] = overEvent{r.now, r.at, expired}
	r.overAt = (r.overAt + 1) % uint8(len(r.over))
}

// is reports whether a packet is of the event's latest segment.
func (e *heardEvent) is(h *header, code uint8) bool {
	return h.ssrc == e.ssrc && h.ts == e.ts && code == e.code
}

// turn lets the event be counted by another clock from now on: its sender has gone to
// another codec meanwhile.
func (e *heardEvent) turn(clock uint32) {
	e.before, e.total = scale(e.before, e.clock, clock), scale(e.total, e.clock, clock)
	e.clock = clock
}

// has reports whether a packet is of any segment of the event.
func (e *heardEvent) has(h *header, code uint8) bool {
	return h.ssrc == e.ssrc && e.ts-h.ts <= e.before && code == e.code
}

// follows reports whether the event began shortly after the one of a packet.
func (e *heardEvent) follows(h *header) bool {
	back := int32(e.ts - h.ts)
	return h.ssrc == e.ssrc && back > 0 && uint32(back) < 5*e.clock
}

// continues reports whether a packet is of the next segment of a digit that is
// too long for one (RFC 4733 §2.5.1.3). The last packets of the segment before
// may be lost, so its full length need not have been heard.
func (r *eventReader) continues(h *header, code uint8) bool {
	ahead := h.ts - r.now.ts
	return h.ssrc == r.now.ssrc && code == r.now.code && !h.marker &&
		ahead > maxEvent-r.now.clock/10 && ahead <= maxEvent
}

// grows reports whether a packet is of the next segment of a digit that was given up
// though it went on.
func (e *overEvent) grows(h *header, code uint8, at int64) bool {
	ahead := h.ts - e.ts
	if !e.expired || h.ssrc != e.ssrc || code != e.code || h.marker || at-e.at > int64(lostDigit) ||
		ahead <= maxEvent-e.clock/10 || ahead > maxEvent {
		return false
	}
	e.before, e.ts = e.before+ahead, h.ts
	return true
}

// old reports whether a packet is of a digit that is over. It is not where it is
// plainly the first packet of one: a late one is of a digit that is known.
func (r *eventReader) old(h *header, b []byte, clock uint32, at int64) bool {
	first := h.marker && b[1]&0x80 == 0 && uint32(binary.BigEndian.Uint16(b[2:])) < clock/10
	if r.active && r.now.has(h, b[0]) {
		return true
	}
	earlier := r.active && r.now.follows(h)
	for i := range r.over {
		e := &r.over[i]
		switch {
		case e.clock == 0:
		case e.has(h, b[0]) && !(first && at-e.at >= int64(repeated)), e.grows(h, b[0], at):
			e.at = at
			return true
		case e.follows(h):
			earlier = true
		}
	}
	return earlier && !first
}
