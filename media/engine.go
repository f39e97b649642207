package media

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
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
	// before Events.Silent; 0 means 60 s, below 0 never. One that sends nothing in
	// pauses has ten times as long.
	SilenceAfter time.Duration
	// Workers is how many goroutines decode and encode; 0 means GOMAXPROCS.
	Workers int
	// Notify is told what the media of each leg does, for a record of the call: on
	// goroutines of the media, but never on the way of a packet. It must not block nor
	// call the Engine. Nil means nobody.
	Notify func(Notice)
	// Headers is how many octets the headers of the last packets of all legs may take
	// in memory; 0 means that none are kept.
	Headers int64
	// Clear is how many octets packets may take that are kept in the clear, of all legs
	// for which that was asked (Endpoint.KeepClear); 0 means that none are kept.
	Clear int64
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
	c         Config // immutable
	ports     atomic.Pointer[transport.Ports]
	log       *slog.Logger
	workers   []*worker // immutable
	keeper    keeper
	codecs    engines
	rings     sync.Pool // *keptPackets
	scratch   sync.Pool // *scratchPacket
	admission admission
	reports   atomic.Pointer[func(SeenReport)] // nil: nobody wants to see them
	chunks    atomic.Int64                     // of headers that are in use
	clears    atomic.Int64                     // chunks of packets in the clear that are in use

	mu        sync.Mutex // guards what follows and what says so in Endpoint
	endpoints map[*Endpoint]struct{}
	calls     map[string]*callWorker
	assigned  int // workers handed out, in turn
	made      uint64
	gone      Totals // of the endpoints that are closed
	closed    bool
}

// SetPorts has plain legs that are made from now on use p. Those that there are keep
// the ports they have, so that the ones before stay open until nobody uses them.
func (e *Engine) SetPorts(p *transport.Ports) { e.ports.Store(p) }

// callWorker is the worker of a call.
type callWorker struct {
	worker *worker
	legs   int
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
	e := &Engine{c: c, log: c.Log, codecs: engines{codecs.NewPool(0)}, endpoints: map[*Endpoint]struct{}{}, calls: map[string]*callWorker{}}
	e.ports.Store(c.Ports)
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

// admit makes ep known and gives it the worker that has the most room; the legs
// of one call share theirs where the call is named.
func (e *Engine) admit(ep *Endpoint) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if c := e.calls[ep.o.Call]; c != nil {
		ep.worker = c.worker
		c.legs++
	} else {
		ep.worker = e.leastLoadedLocked()
		if ep.o.Call != "" {
			e.calls[ep.o.Call] = &callWorker{worker: ep.worker, legs: 1}
		}
	}
	ep.worker.opening.Add(1)
	e.made++
	ep.serial = e.made
	e.endpoints[ep] = struct{}{}
	return nil
}

// forgetLocked takes a closed endpoint out of what the engine knows.
func (e *Engine) forgetLocked(ep *Endpoint) {
	if _, ok := e.endpoints[ep]; !ok {
		return
	}
	delete(e.endpoints, ep)
	e.gone.ofKind(ep).add(ep.final)
	if c := e.calls[ep.o.Call]; c != nil {
		if c.legs--; c.legs == 0 {
			delete(e.calls, ep.o.Call)
		}
	}
	ep.unsettleLocked()
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
