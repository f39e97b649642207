package transport

import (
	"net/netip"
	"sync/atomic"
	"unsafe"
)

// stepsAhead is how many pointers away the farthest is: from a socket by the leg, its
// route, the listener, its line and keys to the cipher's tables.
const stepsAhead = 8

// ahead asks for what n packets touch that were read at one moment, and returns whose
// those of RTP are, as far as that is known.
func (m *Mux) ahead(r *receiver, n int) (owners [slots]*Peer) {
	var buckets [slots]*atomic.Pointer[flow]
	var from [slots]netip.AddrPort
	for i := range n {
		if b, a, ok := r.datagram(i); ok && classify(b) == kindRTP {
			from[i], buckets[i] = a, m.flows.bucket(a)
			Prefetch(unsafe.Pointer(buckets[i]), 1)
		}
	}
	for _, b := range buckets[:n] {
		if b != nil {
			Prefetch(unsafe.Pointer(b.Load()), unsafe.Sizeof(flow{}))
		}
	}
	for i, b := range buckets[:n] {
		if b != nil {
			owners[i] = b.Load().find(from[i])
		}
	}
	for step := range stepsAhead {
		for _, p := range owners[:n] {
			if p != nil {
				p.fetchIn(step)
			}
		}
	}
	return owners
}

// fetchIn asks for what a packet from the far end touches.
func (p *Peer) fetchIn(step int) {
	if step == 0 {
		Prefetch(unsafe.Pointer(p), unsafe.Offsetof(p.packetPath)+hotPeer)
		return
	}
	if k := p.keys.Load(); k != nil {
		k.keysIn.fetch(step - 1)
	}
	if p.ahead != nil {
		p.ahead.FetchIn(step - 1)
	}
}

// FetchOut implements WireAhead.
func (p *Peer) FetchOut(step int) {
	if step == 0 {
		Prefetch(unsafe.Pointer(&p.packetPath), hotPeer)
		return
	}
	if to := p.flow.Load(); step == 1 && to != nil {
		Prefetch(unsafe.Pointer(to), unsafe.Sizeof(*to))
	}
	if k := p.keys.Load(); k != nil {
		k.keysOut.fetch(step - 1)
	}
}

// fetchIn asks for what a packet from the far end touches.
func (p *Plain) fetchIn(step int) {
	switch step {
	case 0:
		Prefetch(unsafe.Pointer(&p.plainPath), hotPlain)
		return
	case 1:
		Prefetch(unsafe.Pointer(p.rtp), hotSocket)
	}
	if p.ahead != nil {
		p.ahead.FetchIn(step - 1)
	}
}

// FetchOut implements WireAhead.
func (p *Plain) FetchOut(step int) {
	switch step {
	case 0:
		Prefetch(unsafe.Pointer(&p.plainPath), hotPlain)
	case 1:
		if to := p.to.Load(); to != nil {
			Prefetch(unsafe.Pointer(to), unsafe.Sizeof(*to))
		}
		Prefetch(unsafe.Pointer(p.rtp), hotSocket)
	}
}

// How much of each is touched by every packet, in octets.
const (
	hotCounters = unsafe.Offsetof(legCounters{}.rtcpIn)
	hotPeer     = unsafe.Offsetof(packetPath{}.count) + hotCounters
	hotPlain    = unsafe.Offsetof(plainPath{}.latch) + unsafe.Offsetof(latch{}.remote) + unsafe.Sizeof(netip.AddrPort{})
	hotSocket   = unsafe.Offsetof(udpSocket{}.mark)
)
