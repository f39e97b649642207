package guard

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Guard knows who has done what.
type Guard struct {
	cfg      Config
	limits   atomic.Pointer[Limits]
	warnings *rate.Limiter // bans do not fill the log
	bans     atomic.Int64  // sources that were banned and may still be: while 0, nobody is looked up
	counts   counters

	mu      sync.Mutex // a leaf: guards what follows
	sources *simplelru.LRU[netip.Prefix, *source]
	ports   *simplelru.LRU[netip.AddrPort, *[classes]bucket]
	users   *simplelru.LRU[string, *bucket]
	agents  *simplelru.LRU[string, *Scanner]
}

// source is what is known of an address.
type source struct {
	rates   [classes]bucket
	guesses bucket
	held    int       // guesses and attempts since it is held back
	wrong   int       // guesses of the last time that it guessed: since it was good for long
	last    time.Time // of them
	until   time.Time // of its ban; zero for none
	since   time.Time // of its ban
	byHand  bool      // the ban is
}

// The methods are counted in classes, so that a flood of one does not keep another
// out.
const (
	calls = iota
	registrations
	others
	classes
)

func classOf(m sip.RequestMethod) int {
	switch m {
	case sip.INVITE:
		return calls
	case sip.REGISTER:
		return registrations
	}
	return others
}

type counters struct{ guessed, limited, silent, held, banned, dropped, perUser atomic.Uint64 }

// Counters are what a Guard has counted since its start.
type Counters struct {
	// Limited are requests beyond the rate of their source, Silent those of
	// strangers that were left unanswered, PerUser calls beyond the rate of their
	// user.
	Limited, Silent, PerUser uint64
	// Held are credentials that were not looked at, Banned the bans, Dropped what
	// came from banned sources.
	Held, Banned, Dropped uint64
	// Guessed are wrong passwords.
	Guessed uint64
}

// New returns a Guard that has seen nobody.
func New(c Config) *Guard {
	g := &Guard{cfg: c.withDefaults(), warnings: rate.NewLimiter(1, 10)}
	g.SetLimits(c.Limits)
	g.cfg.Limits = Limits{} // whoever means those that count asks for them
	// They err on sizes below one only.
	g.sources, _ = simplelru.NewLRU(maxSources, func(_ netip.Prefix, s *source) { g.forgot(s) })
	g.ports, _ = simplelru.NewLRU[netip.AddrPort, *[classes]bucket](maxSources, nil)
	g.users, _ = simplelru.NewLRU[string, *bucket](maxUsers, nil)
	g.agents, _ = simplelru.NewLRU[string, *Scanner](maxAgents, nil)
	return g
}

// SetLimits replaces the limits. Who is banned stays so.
func (g *Guard) SetLimits(l Limits) {
	l = l.withDefaults()
	g.limits.Store(&l)
}

// now are the limits that count.
func (g *Guard) now() *Limits { return g.limits.Load() }

// Counters returns the counts.
func (g *Guard) Counters() Counters {
	return Counters{
		Limited: g.counts.limited.Load(), Silent: g.counts.silent.Load(), PerUser: g.counts.perUser.Load(),
		Held: g.counts.held.Load(), Banned: g.counts.banned.Load(), Dropped: g.counts.dropped.Load(),
		Guessed: g.counts.guessed.Load(),
	}
}

// prefix is the source that an address is of.
func prefix(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // errs on too many bits only
	return p
}

func (g *Guard) sourceLocked(a netip.Addr) *source {
	p := prefix(a)
	s, ok := g.sources.Get(p)
	if !ok {
		s = &source{}
		g.sources.Add(p, s)
	}
	return s
}

// forgot notes that a source is remembered no more; within mu.
func (g *Guard) forgot(s *source) {
	if !s.until.IsZero() {
		g.bans.Add(-1)
	}
}

// Admit says whether a request that begins something is within the rate of its
// source: of its address with its port, so that one program leaves room for others
// at the same address, and of all of the address. What is not admitted for the first
// does not count for the second.
func (g *Guard) Admit(now time.Time, f *flow.Flow, m sip.RequestMethod) bool {
	a := f.Remote().Addr()
	most := float64(g.now().PerSource)
	if g.cfg.Known(a) {
		most *= knownFactor
	}
	from, class := f.Remote(), classOf(m)
	g.mu.Lock()
	port, ok := g.ports.Get(from)
	if !ok {
		port = &[classes]bucket{}
		g.ports.Add(from, port)
	}
	ok = port[class].take(now, most, 2*most) && g.sourceLocked(a).rates[class].take(now, addressFactor*most, 2*addressFactor*most)
	g.mu.Unlock()
	if !ok {
		g.counts.limited.Add(1)
	}
	return ok
}

// Call says whether a user may begin one more call now.
func (g *Guard) Call(now time.Time, user string) bool {
	most := float64(g.now().PerUser)
	g.mu.Lock()
	b, ok := g.users.Get(user)
	if !ok {
		b = &bucket{}
		g.users.Add(user, b)
	}
	ok = b.take(now, most, 2*most)
	g.mu.Unlock()
	if !ok {
		g.counts.perUser.Add(1)
	}
	return ok
}

// Stranger says whether strangers are left unanswered and a far end is one: no
// trunk's address, and nobody registered from there. A WebSocket's is none, since its
// page was let in.
func (g *Guard) Stranger(f *flow.Flow) bool {
	if !g.now().Silent || f.Kind() == flow.WS || f.Kind() == flow.WSS {
		return false
	}
	return !g.cfg.Known(f.Remote().Addr())
}

// Ours is what a Guard asks of who asks it.
type Ours struct {
	// ByName says whether a host is the domain, and not only one of our addresses.
	ByName func(host string) bool
	// Proved says whether requests of a method are judged by their credentials.
	Proved func(m sip.RequestMethod) bool
}

// Silent says whether a request of a stranger is left unanswered. Answered are only
//
//  1. REGISTER to the domain by its name, whoever it names, so that nothing shows
//     who is a user;
//  2. requests of methods that are proved by credentials, with some; the caller of
//     Silent leaves them unanswered too where these turn out to be wrong.
//
// A phone so has to register before anything else.
func (g *Guard) Silent(f *flow.Flow, req *sip.Request, ours Ours) bool {
	if !g.Stranger(f) {
		return false
	}
	switch {
	case req.Method == sip.REGISTER:
		if ours.ByName(req.Recipient.Host) && ours.ByName(req.To().Address.Host) {
			return false
		}
	case !ours.Proved(req.Method):
	case sipmsg.Value(req, "Authorization") != "", sipmsg.Value(req, "Proxy-Authorization") != "":
		return false
	}
	g.counts.silent.Add(1)
	g.scanned(f.Remote().Addr(), sipmsg.Value(req, "User-Agent"))
	return true
}

// bucket is a token bucket; the zero value is full.
type bucket struct {
	used float64 // tokens taken and not yet given back
	at   time.Time
}

// take takes a token, of most at one time, of which perSecond come back a second.
func (b *bucket) take(now time.Time, perSecond, most float64) bool {
	b.used = max(0, b.used-perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.used+1 > most {
		return false
	}
	b.used++
	return true
}

// full says that take would fail.
func (b *bucket) full(now time.Time, perSecond, most float64) bool {
	return max(0, b.used-perSecond*now.Sub(b.at).Seconds())+1 > most
}
