package locate

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/miekg/dns"

	"github.com/tandemgw/tandem/signaling/flow"
)

const (
	maxNames   = 4096 // answers kept
	maxFlights = 256  // questions under way
	maxRests   = 1024 // targets that rest
	maxTargets = 32   // of one Find
	maxRecords = 16   // of one kind in one answer
	maxAliases = 8    // CNAMEs followed
)

// Errors of Find.
var (
	// ErrNotFound: the name is not there, or offers nothing that can be used.
	ErrNotFound = errors.New("not found in the DNS")
	// ErrNoAnswer: no server answered, or only to say that it failed.
	ErrNoAnswer = errors.New("no answer from the DNS")
	// ErrName: the host is no name that the DNS is asked for.
	ErrName = errors.New("no name for the DNS")
	// ErrTransport: the transport asked for is none that we send over, or not
	// secure where it must be.
	ErrTransport = errors.New("transport cannot be used")
)

// Config is what a Locator is made with; the zero value is usable.
type Config struct {
	// Servers are the DNS servers asked, in this order; nil for those of
	// /etc/resolv.conf, which is read again when it changes.
	Servers []netip.AddrPort
	// Hosts are names that are known without asking; nil for /etc/hosts, which is
	// read again when it changes.
	Hosts map[string][]netip.Addr
	// Kinds are the transports that we send over, in the order of preference among
	// what a domain without NAPTR offers; nil for UDP, TCP and TLS.
	Kinds []flow.Kind
	// Usable says whether there is a way to an address at all; nil for always. Those
	// without come last.
	Usable func(netip.Addr) bool
	// PreferIPv6 puts IPv6 before IPv4 addresses of one name. Otherwise IPv4 comes
	// first: it is what a trunk's access list mostly knows us by.
	PreferIPv6 bool
	// MinTTL and MaxTTL bound how long an answer is kept; 0 for 5 s and one hour.
	MinTTL, MaxTTL time.Duration
	// Negative bounds how long "there is none" is kept; 0 for 30 s.
	Negative time.Duration
	// Timeout is how long one server is waited for, 0 for resolv.conf's, at most 5 s;
	// Attempts is how often each is asked, 0 for resolv.conf's, at most 3.
	Timeout  time.Duration
	Attempts int
	// Log may be nil.
	Log *slog.Logger
}

// Locator finds targets. It is safe for concurrent use.
type Locator struct {
	cfg    Config
	system *system
	cache  *lru.Cache[question, *entry]
	send   func(ctx context.Context, server string, m *dns.Msg) (*dns.Msg, error)
	intn   func(n int) int
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex // a leaf: guards what follows
	flights map[question]*flight
	closed  bool

	resting sync.Mutex // a leaf: guards rests
	rests   map[place]time.Time
}

// place is what of a target rests.
type place struct {
	kind flow.Kind
	addr netip.AddrPort
}

// New returns a Locator that knows nothing yet and has asked nobody.
func New(c Config) *Locator {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Kinds == nil {
		c.Kinds = []flow.Kind{flow.UDP, flow.TCP, flow.TLS}
	}
	c.MinTTL, c.MaxTTL = orElse(c.MinTTL, 5*time.Second), orElse(c.MaxTTL, time.Hour)
	c.Negative = orElse(c.Negative, 30*time.Second)
	cache, _ := lru.New[question, *entry](maxNames) // errs for sizes below one only
	l := &Locator{
		cfg: c, system: &system{servers: c.Servers, hosts: c.Hosts}, cache: cache, send: exchange, intn: rand.IntN,
		flights: make(map[question]*flight), rests: make(map[place]time.Time),
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Find resolves a query, and waits for the DNS where it must. The order of targets
// with equal rights is drawn anew each time. It errs with one of the errors above,
// or with ctx's.
func (l *Locator) Find(ctx context.Context, q Query) ([]Target, error) {
	return l.find(q, func(q question) (answer, error) { return l.ask(ctx, q) }, true)
}

// Known is Find from memory: it asks nobody and never waits. It reports false where
// it would have to.
func (l *Locator) Known(q Query) ([]Target, bool) {
	targets, err := l.find(q, l.remembered, false)
	return targets, err == nil
}

// find resolves by way of look, which may be called on several goroutines where
// that is said.
func (l *Locator) find(q Query, look lookup, together bool) ([]Target, error) {
	p := procedure{l: l, query: q, look: look, together: together}
	targets, err := p.run()
	if err != nil {
		return nil, err
	}
	return l.order(targets), nil
}

// Rest puts a target behind the others for a time.
func (l *Locator) Rest(t Target, d time.Duration) {
	l.resting.Lock()
	defer l.resting.Unlock()
	now := time.Now()
	if len(l.rests) >= maxRests {
		for p, until := range l.rests {
			if !now.Before(until) {
				delete(l.rests, p)
			}
		}
	}
	p := place{t.Kind, t.Addr}
	if _, known := l.rests[p]; known || len(l.rests) < maxRests {
		l.rests[p] = now.Add(d)
	}
}

// order takes out what is there twice, and puts what rests behind the rest.
func (l *Locator) order(targets []Target) []Target {
	l.resting.Lock()
	defer l.resting.Unlock()
	now := time.Now()
	seen := make(map[place]bool, len(targets))
	var awake, resting []Target
	for _, t := range targets {
		p := place{t.Kind, t.Addr}
		switch until, rests := l.rests[p]; {
		case seen[p]:
		case rests && now.Before(until):
			resting = append(resting, t)
		default:
			awake = append(awake, t)
		}
		seen[p] = true
	}
	all := slices.Concat(awake, resting)
	return all[:min(len(all), maxTargets)]
}

// Close ends the questions under way, whose callers are told ErrNoAnswer, and waits
// for them. It is idempotent.
func (l *Locator) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel()
	l.wg.Wait()
}
