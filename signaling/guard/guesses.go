package guard

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// Guessing says that a far end has been wrong about passwords too often: its
// credentials are not to be looked at, and it is to be answered as if they were
// wrong. Going on all the same gets it banned. A source that is known is never held
// back.
func (g *Guard) Guessing(now time.Time, f *flow.Flow) bool {
	a := f.Remote().Addr()
	g.mu.Lock()
	s, ok := g.sources.Get(prefix(a))
	held := ok && s.guesses.full(now, g.back(), float64(g.now().Guesses))
	g.mu.Unlock()
	if !held || g.cfg.Known(a) {
		return false
	}
	g.counts.held.Add(1)
	g.insists(now, a)
	return true
}

// Guessed notes that a far end was wrong about a password.
func (g *Guard) Guessed(now time.Time, f *flow.Flow) {
	g.counts.guessed.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sourceLocked(f.Remote().Addr())
	if s.guesses.take(now, g.back(), float64(g.now().Guesses)) && s.guesses.used <= 1.5 {
		s.held, s.wrong = 0, 0 // it has been good for long
	}
	s.wrong, s.last = s.wrong+1, now
}

// back is how many guesses a second come back.
func (g *Guard) back() float64 { return 1 / guessEvery.Seconds() }

// insists counts an attempt of a source that is held back, and bans it when they are
// too many.
func (g *Guard) insists(now time.Time, a netip.Addr) {
	g.mu.Lock()
	s := g.sourceLocked(a)
	s.held++
	ban := s.held >= insistence*g.now().Guesses && s.until.IsZero() && g.now().Ban > 0
	if ban {
		s.held, s.since, s.until, s.byHand = 0, now, now.Add(g.now().Ban), false
		g.bans.Add(1)
	}
	g.mu.Unlock()
	if !ban {
		return
	}
	g.counts.banned.Add(1)
	if g.warnings.Allow() {
		g.cfg.Log.Warn("banned for guessing passwords", "remote", a.String(), "for", g.now().Ban.String())
	}
}

// Banned says whether nothing is to be heard from an address now. It is cheap while
// nobody is banned.
func (g *Guard) Banned(a netip.Addr) bool {
	if g.bans.Load() == 0 {
		return false
	}
	now := time.Now()
	g.mu.Lock()
	s, ok := g.sources.Peek(prefix(a))
	banned := ok && !s.until.IsZero()
	if banned && !now.Before(s.until) {
		s.until, banned = time.Time{}, false
		g.bans.Add(-1)
	}
	g.mu.Unlock()
	if !banned || g.cfg.Known(a) {
		return false
	}
	g.counts.dropped.Add(1)
	return true
}

// Bans returns how many sources are banned now.
func (g *Guard) Bans(now time.Time) int {
	if g.bans.Load() == 0 {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, s := range g.sources.Values() {
		if now.Before(s.until) {
			n++
		}
	}
	return n
}
