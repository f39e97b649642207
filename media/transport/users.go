package transport

import (
	"math"
	"sync/atomic"
)

// users counts who uses a file descriptor at this moment, so that it is closed
// when the last one has done with it and never written to after that: its
// number may be that of another call's socket by then.
type users struct{ n atomic.Int64 }

// open is called once, before anything else; it counts the owner.
func (u *users) open() { u.n.Store(1) }

// enter reports whether the descriptor may be used; leave must follow if so.
func (u *users) enter() bool {
	for {
		n := u.n.Load()
		if n <= 0 {
			return false
		}
		if u.n.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave reports whether the last user has gone and the descriptor is to be
// closed.
func (u *users) leave() bool { return u.n.Add(-1) == math.MinInt64 }

// close refuses new users. It is true the first time; the owner has to leave
// then.
func (u *users) close() bool {
	for {
		n := u.n.Load()
		if n < 0 {
			return false
		}
		if u.n.CompareAndSwap(n, n+math.MinInt64) {
			return true
		}
	}
}

// isClosed reports whether close has been called.
func (u *users) isClosed() bool { return u.n.Load() < 0 }
