package flow

import (
	"net/netip"
	"sync"
)

// places count connections, in total and from one source.
type places struct {
	most, each int // immutable

	mu    sync.Mutex
	total int                // guarded by mu
	from  map[netip.Addr]int // guarded by mu; no more entries than total
}

func newPlaces(most, each int) *places {
	return &places{most: most, each: each, from: map[netip.Addr]int{}}
}

// take takes a place for a connection from a.
func (p *places) take(a netip.Addr) bool {
	a = sourceOf(a)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total >= p.most || p.from[a] >= p.each {
		return false
	}
	p.total++
	p.from[a]++
	return true
}

// give gives a place back.
func (p *places) give(a netip.Addr) {
	a = sourceOf(a)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total--
	if p.from[a]--; p.from[a] <= 0 {
		delete(p.from, a)
	}
}

// sourceOf returns what limits by address go by: an IPv4 address, or the /64 of
// an IPv6 address, all of which one host may use at will.
func sourceOf(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is4() {
		return a
	}
	if net, err := a.WithZone("").Prefix(64); err == nil {
		return net.Addr()
	}
	return a
}
