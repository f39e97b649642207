package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	refreshHosts = time.Minute     // how often names are looked up again
	retryHosts   = 5 * time.Second // and while one has no address yet
	lookupTime   = 5 * time.Second // how long one lookup may take
	lookups      = 8               // at a time
)

// hosts keeps the addresses of trunks that are configured by name, so that a call
// never waits for DNS. It implements leg.Resolver.
type hosts struct {
	names []string
	log   *slog.Logger
	find  func(ctx context.Context, name string) ([]netip.Addr, error)

	mu     sync.RWMutex // guards addrs and failed
	addrs  map[string]netip.Addr
	failed map[string]bool // what was warned of
}

func newHosts(names []string, log *slog.Logger) *hosts {
	return &hosts{
		names: names, log: log, addrs: make(map[string]netip.Addr), failed: make(map[string]bool),
		find: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		},
	}
}

// Addr implements leg.Resolver.
func (h *hosts) Addr(host string) (netip.Addr, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	a, ok := h.addrs[host]
	return a, ok
}

// Run looks the names up, now and again, until ctx ends. Without names it makes
// no lookup at all.
func (h *hosts) Run(ctx context.Context) error {
	for len(h.names) > 0 && ctx.Err() == nil {
		h.refresh(ctx)
		wait := refreshHosts
		h.mu.RLock()
		if len(h.addrs) < len(h.names) {
			wait = retryHosts
		}
		h.mu.RUnlock()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// refresh looks every name up once. One that does not answer holds up few others.
func (h *hosts) refresh(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, lookups)
	for _, name := range h.names {
		slots <- struct{}{}
		wg.Go(func() {
			h.lookup(ctx, name)
			<-slots
		})
	}
	wg.Wait()
}

func (h *hosts) lookup(ctx context.Context, name string) {
	within, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := h.find(within, name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || len(found) == 0 {
		if !h.failed[name] && ctx.Err() == nil {
			h.log.Warn("trunk host not found; the last address stays", "host", name, "reason", err)
		}
		h.failed[name] = true
		return
	}
	delete(h.failed, name)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	if old := h.addrs[name]; slices.Contains(found, old) {
		return // the names of large carriers give another order each time
	}
	h.addrs[name] = found[0]
	for _, a := range found {
		if !sourceFor(a).IsUnspecified() { // there is a way to it
			h.addrs[name] = a
			break
		}
	}
}
