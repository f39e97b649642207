package media

import (
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// Shares are of the time of one core, in millionths.
const whole = 1_000_000

const (
	// loadWindow is how long work is added up before it counts, loadMemory how
	// long it is remembered.
	loadWindow = int64(100 * time.Millisecond)
	loadMemory = int64(time.Second)
	// full is the share up to which a worker takes calls.
	full = whole * 85 / 100
	// fullProcess is the same for the process as a whole, of all cores it has.
	fullProcess = whole * 92 / 100

	lateAfter   = int64(10 * time.Millisecond)
	lateWindow  = int64(time.Second)
	lateMinimum = 50 // fewer pieces of work than this say nothing
	// lateLoad is the share at work from which lateness is a worker's own
	// doing. Below it the machine is busy with something else, and refusing
	// calls would not help.
	lateLoad = whole / 2
)

// The share at work from which less effort goes into quality, and the one below
// which it is more again: less effort is a third less work, and there must be
// room between both.
var (
	effortLess = [...]uint32{whole * 15 / 100, whole * 72 / 100}
	effortMore = [...]uint32{whole * 8 / 100, whole * 45 / 100}
)

// load is how busy a worker is. Only the worker writes it, except for share.
type load struct {
	began, spent int64
	share        atomic.Uint32 // at work over the last second, and what is promised
	at           atomic.Int64  // when share was worked out
	effort       atomic.Int32  // place in efforts

	window      int64 // what follows is since then
	total, over int
	lateUntil   atomic.Int64
}

// work adds a piece of work that lasted from began until now.
func (l *load) work(began, now int64) {
	l.spent += now - began
	elapsed := now - l.began
	if elapsed < loadWindow {
		return
	}
	part := float64(l.spent) / float64(elapsed)
	weight := min(1, float64(elapsed)/float64(loadMemory))
	for {
		old := l.share.Load()
		next := float64(old) + (min(part, 1)*whole-float64(old))*weight
		if l.share.CompareAndSwap(old, uint32(next)) {
			break
		}
	}
	l.at.Store(now)
	l.began, l.spent = now, 0
	l.setEffort()
}

func (l *load) setEffort() {
	share, e := l.share.Load(), int(l.effort.Load())
	switch {
	case e < len(effortLess) && share > effortLess[e]:
		l.effort.Store(int32(e + 1))
	case e > 0 && share < effortMore[e-1]:
		l.effort.Store(int32(e - 1))
	}
}

// promise counts work that is about to begin as if it had: it fades as that is
// measured.
func (l *load) promise(share uint32) { l.share.Add(share) }

// value returns the share now. Who does nothing works nothing out.
func (l *load) value(now int64) uint32 {
	share, idle := l.share.Load(), now-l.at.Load()-loadWindow
	if idle <= 0 {
		return share
	}
	return uint32(float64(share) * max(0, 1-float64(idle)/float64(loadMemory)))
}

// note records one piece of work done at now, delay after it could have been.
func (l *load) note(delay, now int64) {
	if now-l.window >= lateWindow {
		if l.total >= lateMinimum && l.over*100 > l.total && l.share.Load() > lateLoad {
			l.lateUntil.Store(now + 2*lateWindow)
		}
		l.window, l.total, l.over = now, 0, 0
	}
	l.total++
	if delay > lateAfter {
		l.over++
	}
}

// late reports whether, over a second of the last two, the worker was at work
// half of the time and yet did more than one piece of work in a hundred more than
// 10 ms after it could have.
func (l *load) late(now int64) bool {
	until := l.lateUntil.Load()
	return until != 0 && now < until
}

// effort returns how much time encoders may take: a place in efforts.
func (w *worker) effort() int { return int(w.load.effort.Load()) }

// cost is what a path takes of a core. It belongs to the path's worker.
type cost struct {
	began, spent int64
	runs         int
	ended        bool
}

// costRuns is how many pieces of work in a second tell what a path costs.
const costRuns = 15

// note adds a piece of work that began at a time and has just ended; each second
// the engine is told.
func (c *cost) note(p *path, began int64) {
	now := transport.Now()
	if c.began == 0 {
		c.began = began
	}
	c.spent += now - began
	c.runs++
	if elapsed := now - c.began; elapsed >= lateWindow {
		if c.runs >= costRuns {
			p.from.engine.admission.learn(uint32(min(c.spent*whole/elapsed, whole)))
		}
		c.began, c.spent, c.runs = now, 0, 0
	}
}

// end takes the path out of the count, once.
func (c *cost) end(p *path) {
	if !c.ended {
		c.ended = true
		p.from.engine.admission.paths.Add(-1)
	}
}
