package media

import (
	"runtime"
	"sync/atomic"

	"github.com/tandemgw/tandem/media/transport"
)

// firstCost is what decoding and encoding one direction is taken to cost before
// any was measured, as a share of a core.
const firstCost = whole / 100

// plainMember is what mixing a member of a room costs who neither sends nor hears Opus,
// system calls included.
const plainMember = whole / 2000

// admission decides whether a call more can be decoded. It counts, of the worker
// that has the most room:
//
//   - what it has worked of late (load);
//   - what the directions cost that have just begun (load.promise);
//   - what the legs will cost that are being set up, as far as such legs have
//     needed decoding so far;
//   - what the call itself will cost.
//
// A direction costs what those that run have cost. All are atomics: who asks
// waits for nobody.
type admission struct {
	direction atomic.Uint32 // what one costs, as a share of a core
	paths     atomic.Int64  // directions that are decoded
	settled   atomic.Int64  // legs that are joined with another
	process   atomic.Uint32 // share of all cores that the process has used of late
	// Of the sample before; the keeper's.
	used, usedAt int64
}

// sample takes the processor time that the process has used until now: where
// readers and workers share few cores, a worker by itself does not tell how much
// is left. The keeper calls it.
func (a *admission) sample(used, now int64) {
	if elapsed := now - a.usedAt; a.usedAt != 0 && used != 0 && elapsed > 0 {
		share := float64(used-a.used) / float64(elapsed) / float64(runtime.GOMAXPROCS(0)) * whole
		weight := min(1, float64(elapsed)/float64(loadMemory))
		old := float64(a.process.Load())
		a.process.Store(uint32(old + (min(share, whole)-old)*weight))
	}
	a.used, a.usedAt = used, now
}

// learn takes what one direction cost over a second into account.
func (a *admission) learn(share uint32) {
	old := a.direction.Load()
	if old == 0 {
		old = firstCost
	}
	a.direction.Store(uint32((7*uint64(old) + uint64(share)) / 8))
}

// perDirection returns what a direction costs.
func (a *admission) perDirection() uint32 {
	if c := a.direction.Load(); c != 0 {
		return c
	}
	return firstCost
}

// perMember returns what a member of a room costs who has agreed on t, which may be nil:
// only Opus takes a decoder and an encoder worth counting.
func (a *admission) perMember(t *terms) uint32 {
	if t == nil || t.send == formatOpus {
		return a.perDirection()
	}
	return min(plainMember, a.perDirection())
}

// perLeg returns what a leg that is being set up is likely to cost: few legs have
// told nothing yet.
func (a *admission) perLeg() uint32 {
	const few = 8
	settled, paths := a.settled.Load(), a.paths.Load()
	if settled < few {
		return a.perDirection() / 2
	}
	return uint32(float64(a.perDirection()) * min(1, max(0.02, float64(paths)/float64(settled))))
}

// expected returns the share that a worker will be at work when all it has is
// under way.
func (w *worker) expected(a *admission, now int64) uint32 {
	return w.load.value(now) + uint32(max(0, w.opening.Load()))*a.perLeg()
}

// Busy reports whether a call more that needs decoding would make all of them
// sound worse: it should be refused with 503 then. Calls that are passed through
// need no worker and may go on.
func (e *Engine) Busy() bool {
	now, a := transport.Now(), &e.admission
	if a.process.Load() > fullProcess {
		return true
	}
	for _, w := range e.workers {
		if !w.load.late(now) && w.expected(a, now)+2*a.perDirection() <= full {
			return false
		}
	}
	return true
}

// Load returns how busy the workers are that decode and encode: the share of the
// time, 0 to 1, that the busiest of them will be at work.
func (e *Engine) Load() float64 {
	now, most := transport.Now(), uint32(0)
	for _, w := range e.workers {
		most = max(most, w.expected(&e.admission, now))
	}
	return min(1, float64(most)/whole)
}

// leastLoadedLocked returns the worker that has the most room. e.mu must be held.
func (e *Engine) leastLoadedLocked() *worker {
	now := transport.Now()
	best, least := e.workers[0], uint32(0)
	for i := range e.workers {
		// Beginning at another one each time, so that equals take turns.
		w := e.workers[(i+e.assigned)%len(e.workers)]
		if x := w.expected(&e.admission, now); i == 0 || x < least {
			best, least = w, x
		}
	}
	e.assigned = (e.assigned + 1) % len(e.workers)
	return best
}

// settleLocked says that ep is joined with another leg: what it costs is measured from
// here on.
func (ep *Endpoint) settleLocked() {
	if !ep.settled {
		ep.settled = true
		ep.worker.opening.Add(-1)
		ep.engine.admission.settled.Add(1)
	}
}

// unsettleLocked takes a closed endpoint out of the counts.
func (ep *Endpoint) unsettleLocked() {
	switch {
	case ep.settled:
		ep.engine.admission.settled.Add(-1)
	case ep.worker != nil:
		ep.worker.opening.Add(-1)
	}
	ep.settled = false
}
