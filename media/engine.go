package media

import (
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// ErrClosed is returned by what is used after its Close.
var ErrClosed = errors.New("media: closed")

// Config is what an Engine is made of. It must not be changed afterwards.
type Config struct {
	// Mux carries the browsers' media; nil means that there are no browsers.
	Mux *transport.Mux
	// Ports carries plain RTP; nil means that there are no plain legs.
	Ports *transport.Ports
	// Announce returns the address that a plain leg's description names, for
	// a far end whose signaling comes from toward. Nil means the address from
	// which this machine would send to toward.
	Announce func(toward netip.Addr) netip.Addr
	// SilenceAfter is how long a leg that should send may give no sign of life
	// before Events.Silent; 0 means 60 s, below 0 never.
	SilenceAfter time.Duration
	// Workers is how many goroutines decode and encode; 0 means GOMAXPROCS.
	Workers int
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with the configuration, nil if nothing is.
func (c Config) Validate() error {
	if c.Workers < 0 || c.Workers > 1024 {
		return fmt.Errorf("%d media workers", c.Workers)
	}
	return nil
}

// Engine makes Endpoints and owns the workers that decode and encode for them.
type Engine struct {
	c       Config // immutable
	log     *slog.Logger
	workers []*worker    // immutable
	seed    maphash.Seed // immutable
	keeper  keeper
	codecs  engines
	rings   sync.Pool // *keptPackets
	scratch sync.Pool // *scratchPacket

	mu        sync.Mutex // guards what follows and what says so in Endpoint
	endpoints map[*Endpoint]struct{}
	assigned  int // workers handed out, in turn
	made      uint64
	closed    bool
}

// New starts the workers.
func New(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	if c.SilenceAfter == 0 {
		c.SilenceAfter = time.Minute
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	e := &Engine{c: c, log: c.Log, seed: maphash.MakeSeed(), codecs: engines{codecs.NewPool(0)}, endpoints: map[*Endpoint]struct{}{}}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	for range c.Workers {
		w := newWorker(e.log)
		e.workers = append(e.workers, w)
		go w.loop()
	}
	e.keeper.start(e)
	return e, nil
}

// Busy reports whether a worker was late in the last two seconds: new calls
// that need decoding should be refused with 503 then.
func (e *Engine) Busy() bool {
	now := transport.Now()
	for _, w := range e.workers {
		if w.late.busy(now) {
			return true
		}
	}
	return false
}

// Close closes every Endpoint, and waits until nothing of the Engine runs. It
// must not be called from an Events function. Mux and Ports stay open.
func (e *Engine) Close() error {
	e.mu.Lock()
	already := e.closed
	e.closed = true
	all := make([]*Endpoint, 0, len(e.endpoints))
	for ep := range e.endpoints {
		all = append(all, ep)
	}
	e.mu.Unlock()
	for _, ep := range all {
		ep.Close()
	}
	if !already {
		e.keeper.end()
		for _, w := range e.workers {
			close(w.stop)
		}
	}
	for _, w := range e.workers {
		<-w.done
	}
	return nil
}

// admit makes ep known and gives it a worker: the same for both legs of a
// call where the call is named, in turn else.
func (e *Engine) admit(ep *Endpoint) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	n := e.assigned
	if ep.o.Call != "" {
		n = int(maphash.String(e.seed, ep.o.Call) % uint64(len(e.workers)))
	} else {
		e.assigned = (e.assigned + 1) % len(e.workers)
	}
	ep.worker = e.workers[n]
	e.made++
	ep.serial = e.made
	e.endpoints[ep] = struct{}{}
	return nil
}

// all returns the endpoints there are now.
func (e *Engine) all(into []*Endpoint) []*Endpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	into = into[:0]
	for ep := range e.endpoints {
		into = append(into, ep)
	}
	return into
}
