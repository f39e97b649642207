package uac

import (
	"log/slog"
	"runtime/debug"
	"sync"
)

// queueLen bounds what waits for a slow callback; responses beyond are dropped, as
// the network might have dropped them.
const queueLen = 64

// queue calls functions one after the other on a goroutine that exists only while
// there are some.
type queue struct {
	wg  *sync.WaitGroup // of the client
	log *slog.Logger

	mu      sync.Mutex
	waiting []func() // guarded by mu
	running bool     // guarded by mu
	closed  bool     // guarded by mu: nothing more is taken
}

// offer adds fn unless too many wait.
func (q *queue) offer(fn func()) { q.add(fn, queueLen) }

// must adds fn, whatever waits; for the few things that happen once.
func (q *queue) must(fn func()) { q.add(fn, 1<<20) }

// behind calls fn behind what waits or runs, and at once where nothing does; false means
// that too much waits.
func (q *queue) behind(fn func()) bool {
	q.mu.Lock()
	if !q.running || q.closed {
		q.mu.Unlock()
		q.guard(fn)
		return true
	}
	defer q.mu.Unlock()
	if len(q.waiting) >= queueLen {
		return false
	}
	q.waiting = append(q.waiting, fn)
	return true
}

func (q *queue) add(fn func(), limit int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= limit {
		return
	}
	q.waiting = append(q.waiting, fn)
	if !q.running {
		q.running = true
		q.wg.Go(q.run)
	}
}

// close takes nothing more after last.
func (q *queue) close(last func()) {
	q.must(last)
	q.shut()
}

// shut takes nothing more.
func (q *queue) shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func (q *queue) run() {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.running, q.waiting = false, nil
			q.mu.Unlock()
			return
		}
		fn := q.waiting[0]
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		q.guard(fn)
	}
}

// guard keeps a callback's panic from the rest of the process.
func (q *queue) guard(fn func()) {
	defer func() {
		if v := recover(); v != nil {
			q.log.Error("panic in a callback", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	fn()
}
