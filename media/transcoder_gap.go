package media

import (
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// madeAtOnce is how much is made up in one piece.
const madeAtOnce = 20 * time.Millisecond

// deadline returns when there is something to do without a packet: to give up
// what is missing before one that came, or to make up what has not come. 0 is
// never.
func (p *path) deadline() int64 {
	held, overdue := p.order.deadline(), p.overdue()
	if held == 0 || overdue != 0 && overdue < held {
		return overdue
	}
	return held
}

// overdue returns when the frame that is due is given up although nothing has
// come since; 0 when nothing is made up in its place.
func (p *path) overdue() int64 {
	if !p.dueSet || !p.pace.set || p.event || p.decoder == nil {
		return 0
	}
	switch {
	case p.pause.said:
		return p.pace.expected(p.due) + p.pace.wait(pauseWait)
	case p.made < p.samplesOf(longestGap) || p.pause.learned:
		return p.pace.expected(p.due) + max(p.pace.wait(leastWait), p.waitForFEC())
	}
	return 0
}

// waitForFEC returns how long after it should have come a frame is still worth waiting for
// since the packet after it would bring it back: where frames are longer than leastWait
// lets that one come. 0 where nothing of the kind is to be had.
func (p *path) waitForFEC() int64 {
	frame := p.rate.Duration(p.fec)
	if frame <= madeAtOnce {
		return 0 // the packet after it comes before leastWait is over
	}
	return min(int64(frame)+p.pace.worst+int64(waitSpare), int64(mostWait))
}

// brings reports whether s, which came before the packet that is due, brings all back that
// is missing before it: then there is nothing to be waited for, unless the source is one
// whose packets overtake each other. What is made of shorter frames is no later for waiting.
func (p *path) brings(s *slot) bool {
	if p.in != formatOpus || s.format != p.in || !p.dueSet || p.order.hold >= holdTime+holdSpare {
		return false
	}
	fec := codecs.OpusFEC(s.payload())
	return fec > madeAtOnce && p.samples(s.h.ts-p.due) <= p.samplesOf(fec)
}

// makeUp makes the frame that is due, which has not come: what a pause sounds
// like, or what may have been lost.
func (p *path) makeUp(now int64) {
	n := p.samplesOf(madeAtOnce)
	if !p.pauses() && p.span > 0 {
		n = min(p.span, n)
	}
	// Of the line it takes the time when it should have come.
	at := min(now, p.pace.expected(p.due))
	p.due += p.units(n)
	if p.pauses() {
		p.still(n, at)
	} else if got := p.decoder.Conceal(p.decoded, n); got > 0 {
		p.add(p.decoded[:got], at)
	}
	p.made += n
}

// giveUp fills the gap before the window and plays on.
func (p *path) giveUp(now int64) {
	held, missing, ok := p.order.earliest()
	if !ok {
		return
	}
	p.fill(p.inbox.slots[held.slot], missing, now)
	p.order.next, p.torn = held.seq, missing > 0
	p.drain(now)
}

// fill makes up the sound that is missing before s: from s itself as far as it
// carries it, the rest by concealment. What is too long is left silent, and so
// is a gap before an event.
func (p *path) fill(s *slot, missing int, now int64) {
	if !p.dueSet || s.format != p.in || p.decoder == nil {
		return
	}
	gap := p.samples(s.h.ts - p.due)
	if gap > p.samplesOf(longestGap) {
		return
	}
	p.from.count.concealed.Add(uint64(missing))
	if gap <= 0 || p.pause.said {
		return // made up already, or nothing but a pause
	}
	p.due = s.h.ts
	recoverable := 0
	if p.in == formatOpus {
		recoverable = min(gap, p.decoder.Duration(s.payload()))
	}
	for left := gap - recoverable; left > 0; {
		n := p.decoder.Conceal(p.decoded, min(left, p.samplesOf(madeAtOnce)))
		if n <= 0 {
			break
		}
		left -= n
		p.add(p.decoded[:n], now)
	}
	if recoverable == 0 {
		return
	}
	// A frame is decoded whole or not at all, though some of it may have been made up.
	whole := max(recoverable, p.samplesOf(codecs.OpusFEC(s.payload())))
	n, err := p.decoder.Recover(p.decoded, s.payload(), whole)
	if err == nil && n > 0 {
		p.add(p.decoded[whole-recoverable:n], now)
		p.from.count.recovered.Add(1)
		p.from.count.concealed.Add(^uint64(0))
	}
}
