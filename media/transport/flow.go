package transport

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
	"sync"
	"sync/atomic"
)

// flowTable knows which peer owns a remote address. Readers of packets take
// no lock: a bucket is a chain of immutable nodes behind one atomic pointer,
// and a writer replaces the chain.
type flowTable struct {
	seed    maphash.Seed
	mask    uint64
	buckets []atomic.Pointer[flow]

	mu    sync.Mutex // writers
	count int        // guarded by mu
}

// flow is a node of a chain. It never changes.
type flow struct {
	addr netip.AddrPort
	peer *Peer
	next *flow
}

// newFlowTable makes a table for about n addresses; more only make it slower.
func newFlowTable(n int) *flowTable {
	size := 1 << bits.Len(uint(max(n, 512)))
	return &flowTable{
		seed:    maphash.MakeSeed(),
		mask:    uint64(size - 1),
		buckets: make([]atomic.Pointer[flow], size),
	}
}

func (t *flowTable) bucket(a netip.AddrPort) *atomic.Pointer[flow] {
	return &t.buckets[maphash.Comparable(t.seed, a)&t.mask]
}

// find returns the owner of a, nil if there is none.
func (t *flowTable) find(a netip.AddrPort) *Peer {
	return t.bucket(a).Load().find(a)
}

// find returns the owner of a in the chain that begins with f, which may be nil.
func (f *flow) find(a netip.AddrPort) *Peer {
	for ; f != nil; f = f.next {
		if f.addr == a {
			return f.peer
		}
	}
	return nil
}

// claim makes p the owner of a. An address that belongs to another peer moves
// only if force is set or its owner is no longer alive.
func (t *flowTable) claim(a netip.AddrPort, p *Peer, force bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	owner := t.find(a)
	if owner == p {
		return true
	}
	if owner != nil && !force && owner.alive() {
		return false
	}
	if owner != nil {
		t.removeLocked(a)
	}
	b := t.bucket(a)
	b.Store(&flow{addr: a, peer: p, next: b.Load()})
	t.count++
	return true
}

// release takes a from p; if another peer owns it by now, nothing happens.
func (t *flowTable) release(a netip.AddrPort, p *Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.find(a) == p {
		t.removeLocked(a)
	}
}

func (t *flowTable) removeLocked(a netip.AddrPort) {
	b := t.bucket(a)
	var chain *flow
	for f := b.Load(); f != nil; f = f.next {
		if f.addr != a {
			chain = &flow{addr: f.addr, peer: f.peer, next: chain}
		}
	}
	b.Store(chain)
	t.count--
}

// size returns how many addresses have an owner.
func (t *flowTable) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}
