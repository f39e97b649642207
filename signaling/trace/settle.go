package trace

import (
	"context"
	"slices"
	"time"
)

// settleAfter is how long after its end a call is judged: until then the far ends have
// answered the BYE, mostly.
const settleAfter = 3 * time.Second

// Run judges calls that have ended, and hands to the Archive those that it keeps, until
// ctx ends.
func (s *Store) Run(ctx context.Context) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			s.settleUntil(now.Add(-settleAfter))
			s.mu.Lock()
			s.dropOldLocked(now)
			s.mu.Unlock()
		}
	}
}

// Close judges the calls that ended last, whatever is still to come of them, and waits
// until the Archive has written what it keeps. It is idempotent.
func (s *Store) Close() error {
	s.settleUntil(time.Now())
	if s.archive == nil {
		return nil
	}
	return s.archive.Close()
}

// settleUntil judges the calls that ended until then.
func (s *Store) settleUntil(then time.Time) {
	for {
		s.mu.Lock()
		if len(s.settle) == 0 || s.settle[0].End.After(then) {
			s.mu.Unlock()
			return
		}
		c := s.settle[0]
		s.settle = slices.Delete(s.settle, 0, 1)
		c.Problems = c.problems()
		legs := c.media
		for _, m := range legs {
			s.resizeLocked(c, -m.headers.Size())
		}
		c.media, c.judged = clearOnly(legs), true
		var t *Trace
		if s.archive != nil && s.archive.wants(c.Problems) {
			c.Kept = true
			t = c.trace()
		}
		s.mu.Unlock()
		if t != nil {
			t.Packets = packets(withoutClear(legs))
			s.archive.Add(t)
		}
	}
}
