package e2e

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/uac"
)

// places are the ways and names of a gateway in memory: its one UDP socket, the
// streams that a test has made, and a DNS that answers after a while or not at all.
type places struct {
	g       *gateway
	locator *locate.Locator

	mu      sync.Mutex
	slow    time.Duration                // how long a name takes; guarded by mu
	known   map[string]bool              // names that have been found; guarded by mu
	streams map[locate.Target]*flow.Flow // without Name; guarded by mu
}

// hostNames are the names that the gateway's DNS knows.
func hostNames() map[string][]netip.Addr {
	at := netip.MustParseAddr
	return map[string][]netip.Addr{
		"carrier.example": {at("192.0.2.200")},
		"both.example":    {at("2001:db8::9"), at("192.0.2.211")},
		"pair.example":    {at("192.0.2.210"), at("192.0.2.211")},
	}
}

func newPlaces(g *gateway) *places {
	return &places{
		g: g, locator: locate.New(locate.Config{Hosts: hostNames()}),
		known: make(map[string]bool), streams: make(map[locate.Target]*flow.Flow),
	}
}

// Flow implements uac.Ways.
func (p *places) Flow(t locate.Target, _ uac.Identity) (*flow.Flow, error) {
	if t.Kind == flow.UDP {
		return p.g.socket.Flow(t.Addr), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.streams[locate.Target{Kind: t.Kind, Addr: t.Addr}]; f != nil {
		return f, nil
	}
	return nil, errors.New("connection refused")
}

// Find implements uac.Finder.
func (p *places) Find(ctx context.Context, q locate.Query) ([]locate.Target, error) {
	p.mu.Lock()
	slow := p.slow
	p.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	p.known[q.Host] = true
	p.mu.Unlock()
	if hostNames()[q.Host] == nil {
		if _, err := netip.ParseAddr(q.Host); err != nil {
			return nil, locate.ErrNotFound
		}
	}
	return p.locator.Find(ctx, q)
}

// Known implements uac.Finder.
func (p *places) Known(q locate.Query) ([]locate.Target, bool) {
	p.mu.Lock()
	_, err := netip.ParseAddr(q.Host)
	known := err == nil || p.known[q.Host]
	p.mu.Unlock()
	if !known {
		return nil, false
	}
	return p.locator.Known(q)
}

// Rest implements uac.Finder.
func (p *places) Rest(t locate.Target, d time.Duration) { p.locator.Rest(t, d) }

// connected makes a stream the way to an address.
func (p *places) connected(to netip.AddrPort, f *flow.Flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams[locate.Target{Kind: flow.TCP, Addr: to}] = f
}
