package guard

import (
	"net/netip"
	"slices"
	"time"
)

// Ban is a source that nothing is heard from.
type Ban struct {
	Source netip.Prefix // IPv6: a /64
	Until  time.Time
}

// BanList returns who is banned now, whose ban ends last first.
func (g *Guard) BanList(now time.Time) []Ban {
	if g.bans.Load() == 0 {
		return nil
	}
	var all []Ban
	g.mu.Lock()
	for _, p := range g.sources.Keys() {
		if s, ok := g.sources.Peek(p); ok && now.Before(s.until) {
			all = append(all, Ban{p, s.until})
		}
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(x, y Ban) int { return y.Until.Compare(x.Until) })
	return all
}

// Unban hears of an address again, and forgets its guesses; false where it was not
// banned.
func (g *Guard) Unban(now time.Time, a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.sources.Peek(prefix(a))
	if !ok || s.until.IsZero() {
		return false
	}
	was := now.Before(s.until)
	s.until, s.held, s.guesses = time.Time{}, 0, bucket{}
	g.bans.Add(-1)
	return was
}
