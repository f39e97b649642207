package guard

import (
	"net/netip"
	"slices"
	"time"
)

// Ban is a source that nothing is heard from.
type Ban struct {
	Source netip.Prefix // IPv6: a /64
	Since  time.Time
	Until  time.Time
	ByHand bool // and not for guessing passwords
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
			all = append(all, Ban{p, s.since, s.until, s.byHand})
		}
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(x, y Ban) int { return y.Until.Compare(x.Until) })
	return all
}

// Ban hears nothing from an address for so long; false where it is known, since a
// known source is heard all the same.
func (g *Guard) Ban(now time.Time, a netip.Addr, lasting time.Duration) bool {
	if g.cfg.Known(a) {
		return false
	}
	g.mu.Lock()
	s := g.sourceLocked(a)
	if s.until.IsZero() {
		g.bans.Add(1)
	}
	s.since, s.until, s.byHand = now, now.Add(lasting), true
	g.mu.Unlock()
	g.counts.banned.Add(1)
	g.cfg.Log.Info("banned by hand", "remote", a.String(), "for", lasting.String())
	return true
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
	s.until, s.held, s.guesses, s.wrong, s.byHand = time.Time{}, 0, bucket{}, 0, false
	g.bans.Add(-1)
	return was
}
