package txn

import "sync"

// queueLen bounds the responses that wait for a slow callback; more are dropped,
// as the network might have dropped them.
const queueLen = 64

// queue calls functions one after the other on a goroutine that exists only
// while there are some.
type queue struct {
	wg *sync.WaitGroup // of the layer

	mu      sync.Mutex
	waiting []func() // guarded by mu
	running bool     // guarded by mu
}

// offer adds fn unless too many wait.
func (q *queue) offer(fn func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= queueLen {
		return false
	}
	q.addLocked(fn)
	return true
}

// must adds fn, whatever waits; for the few things that happen once.
func (q *queue) must(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.addLocked(fn)
}

func (q *queue) addLocked(fn func()) {
	q.waiting = append(q.waiting, fn)
	if !q.running {
		q.running = true
		q.wg.Go(q.run)
	}
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
		fn()
	}
}
