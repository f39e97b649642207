package flow

import (
	"net/netip"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxSources bounds the sources whose rates are remembered, for each of the two
// kinds; the one silent longest is forgotten first.
const maxSources = 8192

// sourceLimits are token buckets for each source of datagrams. They belong to
// the socket's reader and have no lock.
type sourceLimits struct {
	ports *buckets[netip.AddrPort]
	addrs *buckets[netip.Addr]
}

// newSourceLimits takes datagrams a second for an address with port, and for an
// address; 0 means the default of UDPConfig, a negative number no bound.
func newSourceLimits(perSource, perAddress int) *sourceLimits {
	if perSource == 0 {
		perSource = 4000
	}
	if perAddress == 0 {
		perAddress = 12000
	}
	return &sourceLimits{ports: newBuckets[netip.AddrPort](perSource), addrs: newBuckets[netip.Addr](perAddress)}
}

// allow takes one token of each of the source's buckets.
func (l *sourceLimits) allow(from netip.AddrPort, now time.Time) bool {
	return l.ports.take(from, now) && l.addrs.take(sourceOf(from.Addr()), now)
}

// buckets are token buckets that hold twice a second's tokens.
type buckets[K comparable] struct {
	rate float64
	lru  *simplelru.LRU[K, *bucket]
}

type bucket struct {
	tokens float64
	at     time.Time
}

// newBuckets returns nil, which has no bound, if rate is negative.
func newBuckets[K comparable](rate int) *buckets[K] {
	if rate < 0 {
		return nil
	}
	l, err := simplelru.NewLRU[K, *bucket](maxSources, nil)
	if err != nil {
		return nil // the size is a constant above zero
	}
	return &buckets[K]{rate: float64(rate), lru: l}
}

func (b *buckets[K]) take(k K, now time.Time) bool {
	if b == nil {
		return true
	}
	one, ok := b.lru.Get(k)
	if !ok {
		one = &bucket{tokens: 2 * b.rate, at: now}
		b.lru.Add(k, one)
	}
	one.tokens = min(2*b.rate, one.tokens+b.rate*now.Sub(one.at).Seconds())
	one.at = now
	if one.tokens < 1 {
		return false
	}
	one.tokens--
	return true
}
