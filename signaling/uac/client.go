package uac

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/txn"
)

const (
	maxAttempts   = 24               // attempts of one request, over all targets, challenges and transports
	resolveWithin = 20 * time.Second // how long names may take; the locator gives up before
	maxLarge      = 1024             // places remembered not to take TCP
)

// Config is what a Client is made with; the zero value of all but Ways and Finder
// is usable.
type Config struct {
	// Ways and Finder reach and find what is not a given flow. Required for
	// destinations by URI.
	Ways   Ways
	Finder Finder
	// MaxCalls bounds the requests at one time; 0 means 32768.
	MaxCalls int
	// MaxResolving bounds those that wait for DNS; 0 means 256.
	MaxResolving int
	// Rest is how long a target rests that could not be reached or was silent; 0
	// means one minute. A 503 says by itself how long (RFC 3261 §20.33), up to
	// MaxRest, one hour where 0.
	Rest, MaxRest time.Duration
	// LargeAgain is how long TCP is not tried again for requests that are too big for
	// UDP where no connection came about; 0 means 10 minutes.
	LargeAgain time.Duration
	// Log may be nil.
	Log *slog.Logger
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	cfg    Config
	layer  atomic.Pointer[txn.Layer]
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{} // capacity MaxResolving; full means ErrBusy
	wg     sync.WaitGroup

	warnings *rate.Limiter // a target that is called often does not fill the log

	mu     sync.Mutex
	calls  map[*Call]struct{} // guarded by mu
	closed bool               // guarded by mu

	large sync.Mutex
	noTCP map[netip.AddrPort]time.Time // guarded by large: until when TCP is not tried
}

// New returns a Client; Attach must be called before the first Send.
func New(c Config) *Client {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.MaxCalls = orElse(c.MaxCalls, 32768)
	c.MaxResolving = orElse(c.MaxResolving, 256)
	c.Rest = orElse(c.Rest, time.Minute)
	c.MaxRest = orElse(c.MaxRest, time.Hour)
	c.LargeAgain = orElse(c.LargeAgain, 10*time.Minute)
	client := &Client{
		cfg: c, slots: make(chan struct{}, c.MaxResolving),
		warnings: rate.NewLimiter(1, 10), calls: make(map[*Call]struct{}), noTCP: make(map[netip.AddrPort]time.Time),
	}
	client.ctx, client.cancel = context.WithCancel(context.Background())
	return client
}

func orElse[T int | time.Duration](n, otherwise T) T {
	if n <= 0 {
		return otherwise
	}
	return n
}

// Attach gives the transaction layer that requests are sent through.
func (c *Client) Attach(l *txn.Layer) { c.layer.Store(l) }

// Send sends a request. It never blocks; what becomes of it is told to the
// request's callbacks, which come on another goroutine, maybe before Send returns.
func (c *Client) Send(r Request) *Call {
	k := &Call{client: c, req: r, queue: queue{wg: &c.wg, log: c.cfg.Log}, branches: make(map[string]*attempt)}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		go k.finish(ErrClosed) // just its Done: Close, which is over, has nothing to wait for
		return k
	}
	full := len(c.calls) >= c.cfg.MaxCalls
	if !full {
		c.calls[k] = struct{}{}
	}
	c.wg.Add(1) // so that Close, which may come now, waits for what is posted here
	c.mu.Unlock()
	defer c.wg.Done()
	if full {
		k.queue.must(func() { k.finish(ErrBusy) })
		return k
	}
	k.queue.must(k.begin)
	return k
}

// forget takes a call out of which nothing more can come.
func (c *Client) forget(k *Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, k)
}

// Close ends all requests with ErrClosed, without a word to the far ends, and
// waits for the callbacks under way. It is idempotent and must not be called from
// a callback.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	calls := make([]*Call, 0, len(c.calls))
	for k := range c.calls {
		calls = append(calls, k)
	}
	c.mu.Unlock()
	c.cancel()
	for _, k := range calls {
		k.queue.close(func() { k.finish(ErrClosed) })
	}
	c.wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.calls) // their transactions go on without them
}

// Calls returns how many requests are under way, or have transactions that are.
func (c *Client) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// rest puts a target behind the others.
func (c *Client) rest(t locate.Target, d time.Duration, why string) {
	if t.Addr.IsValid() && c.cfg.Finder != nil && d > 0 {
		if c.warnings.Allow() {
			c.cfg.Log.Warn("target rests", "target", t.String(), "name", t.Name, "for", d, "reason", why)
		}
		c.cfg.Finder.Rest(t, d)
	}
}

// takesTCP says whether TCP is worth a try at a place that was resolved to UDP.
func (c *Client) takesTCP(a netip.AddrPort) bool {
	c.large.Lock()
	defer c.large.Unlock()
	until, known := c.noTCP[a]
	if known && !time.Now().Before(until) {
		delete(c.noTCP, a)
		return true
	}
	return !known
}

// noteNoTCP remembers that TCP does not lead there; when too much is remembered
// already it is not, and TCP is tried again in vain.
func (c *Client) noteNoTCP(a netip.AddrPort) {
	c.large.Lock()
	defer c.large.Unlock()
	now := time.Now()
	if len(c.noTCP) >= maxLarge {
		for other, until := range c.noTCP {
			if !now.Before(until) {
				delete(c.noTCP, other)
			}
		}
	}
	if len(c.noTCP) < maxLarge {
		c.noTCP[a] = now.Add(c.cfg.LargeAgain)
	}
}

// retryAfter is how long a 503 wants to be left alone; 0 where it does not say
// (RFC 3261 §20.33, §21.5.4).
func (c *Client) retryAfter(res *sip.Response) time.Duration {
	h := res.GetHeader("Retry-After")
	if h == nil {
		return 0
	}
	return min(seconds(h.Value()), c.cfg.MaxRest)
}

// seconds reads the number that a Retry-After begins with, up to a day.
func seconds(v string) time.Duration {
	n := 0
	for i := 0; i < len(v) && v[i] >= '0' && v[i] <= '9'; i++ {
		n = min(n*10+int(v[i]-'0'), 86400)
	}
	return time.Duration(n) * time.Second
}
