package gateway

import (
	"context"
	"slices"
	"time"
)

const (
	// mirrorEvery is how often the store is told of what came and went.
	mirrorEvery = 2 * time.Second
	// mirrorPatience is how long one turn may take.
	mirrorPatience = 10 * time.Second
	// mirrorPage is how many it is told of at a time.
	mirrorPage = 500
)

// original is what a mirror shows the store: things that are files, of which the store
// keeps an index.
type original[K comparable, V any] struct {
	edits  func() uint64                          // another number whenever there are others
	all    func() map[K]V                         // what there is
	known  func(context.Context) (map[K]V, error) // what the store has of it
	same   func(known, now V) bool                // whether the store need not be told
	put    func(context.Context, []V) error       // has the store know them, all or none
	forget func(context.Context, []V) error       // has it know them no longer
}

// mirror has the store know what there is. A store that is away is told when it is back;
// that it is away is on the overview meanwhile. Its fields belong to its goroutine.
type mirror[K comparable, V any] struct {
	of    original[K, V]
	known map[K]V // what the store has; nil before it was asked
	edits uint64  // of the original, when the store last knew all
	whole bool    // it does
}

// run has the store follow until ctx ends.
func (m *mirror[K, V]) run(ctx context.Context) error {
	tick := time.NewTicker(mirrorEvery)
	defer tick.Stop()
	for {
		m.follow(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// follow tells the store of what it does not know.
func (m *mirror[K, V]) follow(ctx context.Context) {
	edits := m.of.edits()
	if m.whole && edits == m.edits {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mirrorPatience)
	defer cancel()
	if m.known == nil {
		known, err := m.of.known(ctx)
		if err != nil {
			return
		}
		m.known = known
	}
	if m.tell(ctx, m.of.all()) == nil {
		m.edits, m.whole = edits, true
	}
}

// tell changes what the store knows into what there is, some at a time.
func (m *mirror[K, V]) tell(ctx context.Context, all map[K]V) error {
	m.whole = false
	var fresh, gone []K
	for key, v := range all {
		if known, ok := m.known[key]; !ok || !m.of.same(known, v) {
			fresh = append(fresh, key)
		}
	}
	for key := range m.known {
		if _, ok := all[key]; !ok {
			gone = append(gone, key)
		}
	}
	for some := range slices.Chunk(fresh, mirrorPage) {
		if err := m.of.put(ctx, these(some, all)); err != nil {
			return err
		}
		for _, key := range some {
			m.known[key] = all[key]
		}
	}
	for some := range slices.Chunk(gone, mirrorPage) {
		if err := m.of.forget(ctx, these(some, m.known)); err != nil {
			return err
		}
		for _, key := range some {
			delete(m.known, key)
		}
	}
	return nil
}

// these are what some keys stand for.
func these[K comparable, V any](keys []K, of map[K]V) []V {
	all := make([]V, len(keys))
	for i, key := range keys {
		all[i] = of[key]
	}
	return all
}
