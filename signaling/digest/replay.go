package digest

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// window is which counts of one nonce were used: the highest, and a bit for each of
// the 64 up to it. Counts below the window count as used.
type window struct {
	made   time.Time
	high   uint32
	seen   uint64 // bit i is the count high-i
	closed bool   // used without a count (RFC 2069): nothing more is accepted
}

// use marks a count and says whether it was free.
func (w *window) use(nc uint32) bool {
	if w.closed {
		return false
	}
	if nc > w.high {
		w.seen = w.seen<<min(nc-w.high, 64) | 1 // a shift by 64 leaves nothing
		w.high = nc
		return true
	}
	back := w.high - nc
	if back > 63 || w.seen&(1<<back) != 0 {
		return false
	}
	w.seen |= 1 << back
	return true
}

// replays are the nonces that were used with a right response.
type replays struct {
	size int // of used, immutable
	mu   sync.Mutex

	// used is in order of first use, guarded by mu. The key is the decoded nonce:
	// one nonce has several spellings in hexadecimal.
	used *simplelru.LRU[[nonceSize]byte, *window]

	// floor is when the youngest nonce was made that used has forgotten while it
	// was alive, guarded by mu.
	floor time.Time
}

func newReplays(size int, floor time.Time) *replays {
	r := &replays{size: max(size, 1), floor: floor}
	// The error is for a size below one, which Config.Validate excludes.
	r.used, _ = simplelru.NewLRU[[nonceSize]byte, *window](r.size, nil)
	return r
}

// nonceUse is one use of a nonce.
type nonceUse struct {
	nonce   [nonceSize]byte
	made    time.Time
	nc      uint32
	counted bool      // false for credentials without qop
	expired time.Time // nonces made before this are refused elsewhere
}

// use says whether this use of a nonce is its first. It is called for right
// responses only, so strangers cannot fill the table.
func (r *replays) use(u nonceUse) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w, ok := r.used.Peek(u.nonce); ok {
		return u.counted && w.use(u.nc)
	}
	if !u.made.After(r.floor) {
		return false
	}
	r.makeRoomLocked(u.expired)
	w := &window{made: u.made, high: u.nc, seen: 1, closed: !u.counted}
	r.used.Add(u.nonce, w)
	return true
}

// makeRoomLocked drops what has expired, and one that has not where it must.
func (r *replays) makeRoomLocked(expired time.Time) {
	for {
		_, w, ok := r.used.GetOldest()
		if !ok || !w.made.Before(expired) {
			break
		}
		r.used.RemoveOldest()
	}
	if r.used.Len() < r.size {
		return
	}
	if _, w, ok := r.used.RemoveOldest(); ok && w.made.After(r.floor) {
		r.floor = w.made
	}
}
