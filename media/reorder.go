package media

import "time"

const (
	// windowSize is how many packets that came too early are kept.
	windowSize = 16
	// holdTime is how long a packet that came too early waits for those before
	// it, so that a frame of 20 ms that is lost is made up 40 ms after it should
	// have come. On ways that reorder it is longer, by how late the packets were
	// that came behind others.
	holdTime     = 20 * time.Millisecond
	longHoldTime = 60 * time.Millisecond
	holdSpare    = 5 * time.Millisecond
	// Of what hold is too long, one part in so many packets is forgotten.
	holdForget = 512
	// misorder is how many packets behind the one that is due one may be and still be only
	// late (RFC 3550 A.1, MAX_MISORDER).
	misorder = 100
)

// verdict is what to do with a packet that has come.
type verdict uint8

const (
	// verdictPlay: it is the next one; then take what follows from the window.
	verdictPlay verdict = iota
	// verdictHold: it came too early and is in the window now.
	verdictHold
	// verdictDrop: it came twice, or after its place was filled.
	verdictDrop
	// verdictSkip: it is so far ahead that the window must give up what is
	// before it.
	verdictSkip
	// verdictRestart: it is of a new stream.
	verdictRestart
)

// reorder puts the packets of one source in order, without a clock of its own.
type reorder struct {
	started bool
	ssrc    uint32
	next    uint16 // the sequence number that is due
	ts      uint32 // the latest timestamp of those that came
	anew    bool   // what came last is of a source that counts anew, it seems,
	then    uint16 // and this one follows it if that is so
	leapt   bool   // what came last by its number left out a whole window, and nothing has followed it
	window  [windowSize]heldPacket
	held    int
	hold    time.Duration
}

// heldPacket is a place of the window, by sequence number modulo windowSize.
type heldPacket struct {
	used bool
	seq  uint16
	slot uint8
	at   int64
}

// place decides about a packet and keeps it where it must wait.
func (r *reorder) place(h *header, slot uint8, at int64) verdict {
	ahead := int16(h.seq - r.next)
	switch {
	case !r.started || h.ssrc != r.ssrc || ahead > jump || ahead < -jump:
		r.leapt = false
		return verdictRestart
	case ahead < 0:
		return r.behind(h, ahead)
	}
	r.anew, r.leapt = false, ahead >= windowSize
	if int32(h.ts-r.ts) > 0 {
		r.ts = h.ts
	}
	switch {
	case ahead == 0:
		r.learn(at)
		return verdictPlay
	case ahead >= windowSize:
		return verdictSkip
	}
	p := &r.window[h.seq%windowSize]
	if p.used {
		return verdictDrop
	}
	*p = heldPacket{used: true, seq: h.seq, slot: slot, at: at}
	r.held++
	return verdictHold
}

// behind decides about a packet that is numbered before the one that is due. It came late,
// unless its source counts anew: then it is later than all that came, or far behind them,
// and so is the one that follows it. Or the one that was so far ahead of it was a stray:
// what had to come before that goes on to come.
func (r *reorder) behind(h *header, ahead int16) verdict {
	if int32(h.ts-r.ts) <= 0 && ahead >= -misorder && !r.leapt {
		r.hold = longHoldTime
		return verdictDrop
	}
	if r.anew && h.seq == r.then {
		r.leapt = false
		return verdictRestart
	}
	r.anew, r.then = true, h.seq+1
	return verdictDrop
}

// learn takes into account how long a packet that is in order now came behind
// one that was sent after it.
func (r *reorder) learn(at int64) {
	r.hold -= (r.hold - holdTime) / holdForget
	if r.held > 0 {
		behind := time.Duration(at - r.firstHeld())
		r.hold = max(r.hold, min(behind+behind/2+holdSpare, longHoldTime))
	}
}

// restart makes h the packet that is due. The window must be empty.
func (r *reorder) restart(h *header) {
	r.started, r.ssrc, r.next, r.ts, r.anew = true, h.ssrc, h.seq, h.ts, false
	r.hold = max(r.hold, holdTime)
}

// take returns the packet that is due from the window, if it is there.
func (r *reorder) take() (slot uint8, ok bool) {
	p := &r.window[r.next%windowSize]
	if !p.used || p.seq != r.next {
		return 0, false
	}
	p.used = false
	r.held--
	return p.slot, true
}

// earliest returns the packet of the window that comes first, and how many are
// missing before it.
func (r *reorder) earliest() (p heldPacket, missing int, ok bool) {
	if r.held == 0 {
		return p, 0, false
	}
	for missing = range windowSize {
		p = r.window[(r.next+uint16(missing))%windowSize]
		if p.used {
			return p, missing, true
		}
	}
	return p, 0, false
}

// deadline returns when the gap before the window is given up, 0 when there is
// none.
func (r *reorder) deadline() int64 {
	if r.held == 0 {
		return 0
	}
	return r.firstHeld() + int64(r.hold)
}

// firstHeld returns when the first packet of the window came.
func (r *reorder) firstHeld() int64 {
	first := int64(0)
	for i := range r.window {
		if p := &r.window[i]; p.used && (first == 0 || p.at < first) {
			first = p.at
		}
	}
	return first
}
