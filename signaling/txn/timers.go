package txn

import (
	"sync"
	"time"
)

// The timers of RFC 3261 §17.1.1.1. What is made of them:
//
//	A, E, G   T1, doubled each time, E and G up to T2: repetition over UDP
//	B, F, H   64*T1: giving up
//	D, J, L, M   64*T1: how long repetitions are still answered or swallowed (L and M: RFC 6026)
//	I         T4: the same after the ACK to a refusal
//
// A transaction that may still repeat something or give up has one timer of its
// own. What only waits for repetitions, which is nearly all there is at any time,
// lies in a queue for each waiting time, whose head has a timer.
const (
	t1          = 500 * time.Millisecond
	t2          = 4 * time.Second
	t4          = 5 * time.Second
	sixtyFourT1 = 64 * t1
)

// resting is something that is forgotten after a while.
type resting interface{ expire() }

// lease is a place in a queue whose holder may change: an accepted INVITE, or what
// is left of it.
type lease struct {
	mu   sync.Mutex
	what resting // guarded by mu; nil when nothing is left to be forgotten
}

func (l *lease) hold(what resting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.what = what
}

func (l *lease) expire() {
	l.mu.Lock()
	what := l.what
	l.what = nil
	l.mu.Unlock()
	if what != nil {
		what.expire()
	}
}

// rests forgets what is put into it after a fixed time, or earlier, the oldest
// first, when there is too much.
type rests struct {
	after time.Duration // immutable
	most  int           // immutable

	mu      sync.Mutex
	waiting []rest // guarded by mu; those before first have gone
	first   int    // guarded by mu
	timer   *time.Timer
	closed  bool
}

type rest struct {
	until time.Time
	what  resting
}

// add puts something to rest. It must not be called with a transaction's lock
// held, since it may forget another one.
func (r *rests) add(what resting) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.waiting = append(r.waiting, rest{time.Now().Add(r.after), what})
	if r.timer == nil {
		r.timer = time.AfterFunc(r.after, r.fire)
	}
	var oldest resting
	if len(r.waiting)-r.first > r.most {
		oldest = r.popLocked()
	}
	r.mu.Unlock()
	if oldest != nil {
		oldest.expire()
	}
}

func (r *rests) popLocked() resting {
	what := r.waiting[r.first].what
	r.waiting[r.first] = rest{}
	r.first++
	switch {
	case r.first == len(r.waiting):
		r.waiting, r.first = nil, 0
	case r.first > 1024 && r.first > len(r.waiting)/2:
		r.waiting = append(make([]rest, 0, len(r.waiting)-r.first+1024), r.waiting[r.first:]...)
		r.first = 0
	}
	return what
}

// fire forgets what has rested long enough.
func (r *rests) fire() {
	for {
		r.mu.Lock()
		if r.closed || len(r.waiting) == r.first {
			r.timer = nil
			r.mu.Unlock()
			return
		}
		if left := time.Until(r.waiting[r.first].until); left > 0 {
			// A little late, so that many go at a time.
			r.timer.Reset(left + r.after/1000)
			r.mu.Unlock()
			return
		}
		what := r.popLocked()
		r.mu.Unlock()
		what.expire()
	}
}

func (r *rests) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.waiting, r.first = true, nil, 0
	if r.timer != nil {
		r.timer.Stop()
	}
}
