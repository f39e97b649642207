package trunk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
)

// goodbye bounds how long registrars are waited for at the end.
const goodbye = time.Second

// Trunks are all trunks of the gateway.
type Trunks struct {
	deps    Deps
	current atomic.Pointer[set]

	stop    context.CancelFunc
	stopped context.Context // ends with Close

	mu      sync.Mutex
	running sync.WaitGroup  // Add under mu, and not after Close
	serving context.Context // of Run, nil before; guarded by mu
	closed  bool            // guarded by mu
}

// set is the trunks of one configuration. It is immutable.
type set struct {
	all       []*Trunk
	byName    map[string]*Trunk
	byContact map[string][]*registration // by the user part of the Contact
	leaving   []*Trunk                   // of earlier configurations, with calls that go on
}

// New returns trunks that do nothing before Run. The configurations must be valid,
// their names all different.
func New(configs []Config, d Deps) *Trunks {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Online == nil {
		d.Online = func(string) bool { return true }
	}
	ts := &Trunks{deps: d}
	ts.stopped, ts.stop = context.WithCancel(context.Background())
	all := make([]*Trunk, len(configs))
	for i, c := range configs {
		all[i] = newTrunk(c, d)
	}
	ts.current.Store(newSet(all, nil))
	return ts
}

func newSet(all, leaving []*Trunk) *set {
	s := &set{all: all, byName: make(map[string]*Trunk), byContact: make(map[string][]*registration), leaving: leaving}
	for _, t := range all {
		s.byName[t.cfg.Name] = t
		for _, r := range t.registrations() {
			s.byContact[r.contactUser] = append(s.byContact[r.contactUser], r)
		}
	}
	return s
}

// now returns the trunks of the current configuration; those of nil are none.
func (ts *Trunks) now() *set {
	if ts == nil {
		return &set{}
	}
	return ts.current.Load()
}

// Run registers, refreshes and asks for health until ctx ends or Close is called;
// then it unregisters, which takes a second at most, and returns nil.
func (ts *Trunks) Run(ctx context.Context) error {
	ts.mu.Lock()
	if ts.closed {
		ts.mu.Unlock()
		return nil
	}
	ts.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ts.serving = ctx
	for _, t := range ts.now().all {
		ts.startLocked(t, nil)
	}
	ts.mu.Unlock()
	defer ts.running.Done()
	defer context.AfterFunc(ts.stopped, cancel)()
	<-ctx.Done()
	ts.mu.Lock()
	all := ts.now().all
	ts.mu.Unlock()
	for _, t := range all {
		t.wait()
	}
	return nil
}

// Close ends Run and waits until it has said goodbye. It is idempotent.
func (ts *Trunks) Close() error {
	ts.mu.Lock()
	ts.closed = true
	ts.mu.Unlock()
	ts.stop()
	ts.running.Wait()
	return nil
}

// Find returns the trunk of a name; nil for none.
func (ts *Trunks) Find(name string) *Trunk { return ts.now().byName[name] }

// Serving returns the trunk of a name for a call that goes through it already: also
// one that the configuration does not have any more.
func (ts *Trunks) Serving(name string) *Trunk {
	s := ts.now()
	if t := s.byName[name]; t != nil {
		return t
	}
	for _, t := range s.leaving {
		if t.cfg.Name == name {
			return t
		}
	}
	return nil
}

// All returns the trunks in the order of their configuration.
func (ts *Trunks) All() []*Trunk { return ts.now().all }

// At returns the trunk that a request on this flow is from, nil for none: the one
// whose registered Contact it is for, if it comes from that registrar or over the
// connection that we registered on; the one whose addresses it comes from; the one
// whose registrar is there. req may be nil, where only the flow is asked about.
// Browsers are never trunks.
func (ts *Trunks) At(f *flow.Flow, req *sip.Request) *Trunk {
	if f.Kind() == flow.WS || f.Kind() == flow.WSS {
		return nil
	}
	s := ts.now()
	if req != nil {
		for _, r := range s.byContact[req.Recipient.User] {
			if r.trunk.Owns(f) {
				return r.trunk
			}
		}
	}
	from := f.Remote().Addr().Unmap()
	for _, t := range s.all {
		if t.covers(from) {
			return t
		}
	}
	for _, t := range s.all {
		if t.Owns(f) {
			return t
		}
	}
	return nil
}

// Extension returns our user whose extension at a PBX a request on this flow is for;
// false where it is from no PBX, or for none of its extensions.
func (ts *Trunks) Extension(f *flow.Flow, req *sip.Request) (string, bool) {
	t := ts.At(f, req)
	if t == nil {
		return "", false
	}
	return t.Extension(req)
}

// Known says whether an address is a trunk's: configured, or where our own requests
// to a trunk that we register with go. One that is not configured any more is known
// while calls go through it.
func (ts *Trunks) Known(a netip.Addr) bool {
	a = a.Unmap()
	s := ts.now()
	for _, t := range s.all {
		if t.covers(a) || t.registers() && t.leadsTo(a) {
			return true
		}
	}
	for _, t := range s.leaving {
		if t.Calls() > 0 && (t.covers(a) || t.leadsTo(a)) {
			return true
		}
	}
	return false
}

// Relaying returns the trunk that the registrations of a domain are relayed to;
// nil for none.
func (ts *Trunks) Relaying(domain string) *Trunk {
	for _, t := range ts.now().all {
		if t.relay.on && strings.EqualFold(t.relay.domain, strings.Trim(domain, "[]")) {
			return t
		}
	}
	return nil
}

// contactUser is the user part of the Contact of an account for which none is
// configured: it is the same after a restart, so that a registrar does not gather
// old ones, and no other account's.
func contactUser(trunk, kind, user string) string {
	sum := sha256.Sum256([]byte(trunk + "\x00" + kind + "\x00" + user))
	return "tandem-" + hex.EncodeToString(sum[:6])
}
