package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// hosts keeps the addresses of trunks that are configured by name, so that a call
// never waits for DNS. It implements leg.Resolver.
type hosts struct {
	names []string
	log   *slog.Logger

	mu    sync.RWMutex // guards addrs
	addrs map[string]netip.Addr
}

// refreshHosts is how often the names are looked up again.
const refreshHosts = time.Minute

func newHosts(names []string, log *slog.Logger) *hosts {
	return &hosts{names: names, log: log, addrs: make(map[string]netip.Addr)}
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
	if len(h.names) == 0 {
		return nil
	}
	t := time.NewTicker(refreshHosts)
	defer t.Stop()
	for {
		for _, name := range h.names {
			h.lookup(ctx, name)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (h *hosts) lookup(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil || len(found) == 0 {
		h.log.Warn("trunk host not found", "host", name, "error", err) // the last address stays
		return
	}
	h.mu.Lock()
	h.addrs[name] = found[0].Unmap()
	h.mu.Unlock()
}
