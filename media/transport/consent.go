package transport

import (
	"net/netip"
	"time"
)

// consentLife is how long an answer to a check lets us send (RFC 7675 §5.1: 30
// s); the checks that renew it go out every 2 s.
const consentLife = 28 * time.Second

// withhold stops sending to an address that answers no more, though it may
// still be heard of: requests of its own are no consent. The next answer, from
// any address, lets media flow again (usable).
func (p *Peer) withhold(a netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.flow.Load(); f == nil || f.addr != a || p.closed.Load() {
		return
	}
	p.mux.count.consentLost.Add(1)
	p.flow.Store(nil)
	p.status.withheld, p.status.iceDown = true, true
	p.tellLocked()
}
