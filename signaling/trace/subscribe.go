package trace

import (
	"sync"

	"github.com/tandemgw/tandem"
)

const (
	maxSubscribers = 128
	subscribed     = 1024 // items that may wait for a reader
)

// subscriber is somebody who watches a call, or all of them.
type subscriber struct {
	call tandem.CallID // empty for all
	ch   chan Item
}

// Subscribe returns the items of a call as they come, from now on; of all calls, and
// messages of none, where call is empty. The channel is closed by cancel, and where
// too many watch or the reader is so slow that 1024 items wait: who goes on then reads
// Items again. cancel is idempotent and must be called.
func (s *Store) Subscribe(call tandem.CallID) (items <-chan Item, cancel func()) {
	u := &subscriber{call, make(chan Item, subscribed)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.subs) >= maxSubscribers {
		close(u.ch)
		return u.ch, func() {}
	}
	s.subs[u] = struct{}{}
	return u.ch, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dropLocked(u)
	})
}

func (s *Store) dropLocked(u *subscriber) {
	if _, ok := s.subs[u]; ok {
		delete(s.subs, u)
		close(u.ch)
	}
}

// watchedLocked says whether somebody watches a call; all of them where it is empty.
func (s *Store) watchedLocked(call tandem.CallID) bool {
	for u := range s.subs {
		if u.call == "" || u.call == call {
			return true
		}
	}
	return false
}

// tellLocked numbers an item and shows it to who watches. Nobody is waited for.
func (s *Store) tellLocked(i *Item) {
	s.seq++
	i.Seq = s.seq
	for u := range s.subs {
		if u.call != "" && u.call != i.Call {
			continue
		}
		select {
		case u.ch <- *i:
		default:
			s.counts.Slow++
			s.dropLocked(u)
		}
	}
}
