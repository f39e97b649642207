package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// thing is what the mirror of these tests shows.
type thing struct{ key, value string }

// mirrored is an original and a store in memory.
type mirrored struct {
	mu      sync.Mutex // guards what follows
	edits   uint64
	there   map[string]thing
	stored  map[string]thing
	away    error // of the store
	puts    []int // how many it was told of at a time
	forgets []int
	asked   int // how often it was asked for all
}

func (s *mirrored) original() original[string, thing] {
	return original[string, thing]{
		edits: func() uint64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.edits
		},
		all: func() map[string]thing {
			s.mu.Lock()
			defer s.mu.Unlock()
			return maps.Clone(s.there)
		},
		known: func(context.Context) (map[string]thing, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked++
			return maps.Clone(s.stored), s.away
		},
		same: func(known, now thing) bool { return known == now },
		put: func(_ context.Context, all []thing) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.away != nil {
				return s.away
			}
			s.puts = append(s.puts, len(all))
			for _, t := range all {
				s.stored[t.key] = t
			}
			return nil
		},
		forget: func(_ context.Context, all []thing) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.away != nil {
				return s.away
			}
			s.forgets = append(s.forgets, len(all))
			for _, t := range all {
				delete(s.stored, t.key)
			}
			return nil
		},
	}
}

// set changes what there is.
func (s *mirrored) set(all ...thing) {
	s.edits++
	s.there = map[string]thing{}
	for _, t := range all {
		s.there[t.key] = t
	}
}

// mirroring runs a mirror in virtual time. The body owns s but while it waits.
func mirroring(t *testing.T, s *mirrored, body func(wait func())) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		m := &mirror[string, thing]{of: s.original()}
		go func() { done <- m.run(ctx) }()
		synctest.Wait()
		s.mu.Lock()
		body(func() {
			s.mu.Unlock()
			time.Sleep(mirrorEvery)
			synctest.Wait()
			s.mu.Lock()
		})
		s.mu.Unlock()
		stop()
		if err := <-done; err != nil {
			t.Errorf("run = %v, want nil", err)
		}
	})
}

func TestAMirrorTellsTheStoreWhatCameChangedAndWent(t *testing.T) {
	s := &mirrored{stored: map[string]thing{"gone": {"gone", "1"}, "old": {"old", "1"}, "same": {"same", "1"}}}
	s.set(thing{"same", "1"}, thing{"old", "2"}, thing{"new", "1"})
	mirroring(t, s, func(wait func()) {
		if diff := cmp.Diff(s.there, s.stored, cmp.AllowUnexported(thing{})); diff != "" {
			t.Errorf("at first the store differs (-there +store):\n%s", diff)
		}
		if diff := cmp.Diff([]int{2}, s.puts); diff != "" {
			t.Errorf("it was told of what it knew (-want +got):\n%s", diff)
		}
		s.set(thing{"new", "3"})
		wait()
		if diff := cmp.Diff(s.there, s.stored, cmp.AllowUnexported(thing{})); diff != "" {
			t.Errorf("after a change the store differs (-there +store):\n%s", diff)
		}
		if s.asked != 1 {
			t.Errorf("the store was asked for all %d times, want once", s.asked)
		}
	})
}

func TestAMirrorLeavesAStoreAloneWhileNothingChanges(t *testing.T) {
	s := &mirrored{stored: map[string]thing{}}
	s.set(thing{"one", "1"})
	mirroring(t, s, func(wait func()) {
		s.there["two"] = thing{"two", "1"} // and its number is not told
		wait()
		wait()
		if len(s.stored) != 1 || len(s.puts) != 1 {
			t.Errorf("the store was told %v, want it told once of one", s.puts)
		}
	})
}

func TestAMirrorTellsAStoreThatWasAway(t *testing.T) {
	away := errors.New("away")
	s := &mirrored{stored: map[string]thing{"gone": {"gone", "1"}}, away: away}
	s.set(thing{"one", "1"})
	mirroring(t, s, func(wait func()) {
		wait()
		s.away = nil
		wait()
		if diff := cmp.Diff(s.there, s.stored, cmp.AllowUnexported(thing{})); diff != "" {
			t.Errorf("back from the start, the store differs (-there +store):\n%s", diff)
		}
		s.away = away
		s.set(thing{"two", "1"})
		wait()
		s.set(thing{"two", "2"}, thing{"three", "1"})
		wait()
		s.away = nil
		wait() // though nothing has changed since it was last tried
		if diff := cmp.Diff(s.there, s.stored, cmp.AllowUnexported(thing{})); diff != "" {
			t.Errorf("back again, the store differs (-there +store):\n%s", diff)
		}
	})
}

func TestAMirrorTellsOfManySomeAtATime(t *testing.T) {
	s := &mirrored{stored: map[string]thing{}}
	var all []thing
	for i := range 2*mirrorPage + 1 {
		all = append(all, thing{fmt.Sprint(i), "1"})
	}
	s.set(all...)
	mirroring(t, s, func(wait func()) {
		s.set()
		wait()
		for _, told := range [][]int{s.puts, s.forgets} {
			if diff := cmp.Diff([]int{mirrorPage, mirrorPage, 1}, told); diff != "" {
				t.Errorf("it was told of other numbers (-want +got):\n%s", diff)
			}
		}
	})
}
