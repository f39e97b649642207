package guard

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	// maxAgents bounds the names that scanners are remembered by, and maxAgent each in
	// octets: both are theirs to choose.
	maxAgents = 64
	maxAgent  = 64
	// suspected is how long a source that was wrong about a password is told of.
	suspected   = time.Hour
	maxSuspects = 100
)

// Suspect is a source that was wrong about passwords within the last hour.
type Suspect struct {
	Source  netip.Prefix // IPv6: a /64
	Guesses int
	Last    time.Time
	Held    bool // its credentials are not looked at now
}

// Suspects returns who guessed last, the newest first: 100 at most.
func (g *Guard) Suspects(now time.Time) []Suspect {
	var all []Suspect
	back, most := g.back(), float64(g.now().Guesses)
	g.mu.Lock()
	for _, p := range g.sources.Keys() {
		if s, ok := g.sources.Peek(p); ok && s.wrong > 0 && now.Sub(s.last) < suspected {
			all = append(all, Suspect{p, s.wrong, s.last, s.guesses.full(now, back, most)})
		}
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(x, y Suspect) int { return y.Last.Compare(x.Last) })
	return all[:min(len(all), maxSuspects)]
}

// Scanner is a program, by the User-Agent that it gives, whose requests as a stranger
// are left unanswered.
type Scanner struct {
	Agent    string // "" for one that gives none
	Requests int
	Address  netip.Addr // that it was seen at last
	Last     time.Time
}

// Scanners returns those that were seen last, the newest first: 64 at most.
func (g *Guard) Scanners() []Scanner {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Scanner
	for _, s := range g.agents.Values() {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(x, y Scanner) int { return y.Last.Compare(x.Last) })
	return all
}

// scanned notes a request that is left unanswered.
func (g *Guard) scanned(a netip.Addr, agent string) {
	agent = strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], "")
	agent = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, agent)
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.agents.Get(agent)
	if !ok {
		s = &Scanner{Agent: agent}
		g.agents.Add(agent, s)
	}
	s.Requests, s.Address, s.Last = s.Requests+1, a.Unmap().WithZone(""), time.Now()
}
