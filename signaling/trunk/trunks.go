package trunk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
)

// goodbye bounds how long registrars are waited for at the end.
const goodbye = time.Second

// Trunks are all trunks of the gateway.
type Trunks struct {
	deps      Deps
	all       []*Trunk
	byName    map[string]*Trunk
	byContact map[string][]*registration // by the user part of the Contact

	stop    context.CancelFunc
	stopped context.Context // ends with Close

	mu      sync.Mutex
	running sync.WaitGroup // Add under mu, and not after Close
	closed  bool           // guarded by mu
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
	ts := &Trunks{deps: d, byName: make(map[string]*Trunk), byContact: make(map[string][]*registration)}
	ts.stopped, ts.stop = context.WithCancel(context.Background())
	for _, c := range configs {
		t := newTrunk(c, d)
		ts.all = append(ts.all, t)
		ts.byName[c.Name] = t
		for _, r := range t.registrations() {
			ts.byContact[r.contactUser] = append(ts.byContact[r.contactUser], r)
		}
	}
	return ts
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
	ts.mu.Unlock()
	defer ts.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ts.stopped, cancel)()
	var wg sync.WaitGroup
	for _, t := range ts.all {
		wg.Go(func() { t.health.run(ctx) })
		for _, r := range t.registrations() {
			wg.Go(func() { r.run(ctx) })
		}
		wg.Go(func() { t.relay.run(ctx) })
	}
	wg.Wait()
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
func (ts *Trunks) Find(name string) *Trunk {
	if ts == nil {
		return nil
	}
	return ts.byName[name]
}

// All returns the trunks in the order of their configuration.
func (ts *Trunks) All() []*Trunk {
	if ts == nil {
		return nil
	}
	return ts.all
}

// At returns the trunk that a request on this flow is from, nil for none: the one
// whose registered Contact it is for, if it comes from that registrar or over the
// connection that we registered on; the one whose addresses it comes from; the one
// whose registrar is there. req may be nil, where only the flow is asked about.
// Browsers are never trunks.
func (ts *Trunks) At(f *flow.Flow, req *sip.Request) *Trunk {
	if ts == nil || f.Kind() == flow.WS || f.Kind() == flow.WSS {
		return nil
	}
	if req != nil {
		for _, r := range ts.byContact[req.Recipient.User] {
			if r.trunk.Owns(f) {
				return r.trunk
			}
		}
	}
	from := f.Remote().Addr().Unmap()
	for _, t := range ts.all {
		if t.covers(from) {
			return t
		}
	}
	for _, t := range ts.all {
		if t.Owns(f) {
			return t
		}
	}
	return nil
}

// Known says whether an address is a trunk's: configured, or where our own requests
// to a trunk that we register with go.
func (ts *Trunks) Known(a netip.Addr) bool {
	if ts == nil {
		return false
	}
	a = a.Unmap()
	for _, t := range ts.all {
		if t.covers(a) || t.registers() && t.leadsTo(a) {
			return true
		}
	}
	return false
}

// Relaying returns the trunk that the registrations of a domain are relayed to;
// nil for none.
func (ts *Trunks) Relaying(domain string) *Trunk {
	if ts == nil {
		return nil
	}
	for _, t := range ts.all {
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
