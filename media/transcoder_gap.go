package media

import "time"

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
		return p.pace.expected(p.due) + p.pace.wait(leastWait)
	}
	return 0
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
	n, err := p.decoder.Recover(p.decoded, s.payload(), recoverable)
	if err == nil && n > 0 {
		p.add(p.decoded[:n], now)
		p.from.count.recovered.Add(1)
		p.from.count.concealed.Add(^uint64(0))
	}
}
