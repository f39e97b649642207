package transport

import (
	"net/netip"
	"time"
)

// answered is how lately our own check has to have been answered for the far end's
// checks of the same pair to be answered without the agent: it is told of a far end that
// asks but does not answer, and then judges it by that.
const answered = 3 * time.Second

// consent answers a check of the pair in use, by which the far end makes sure that we
// want its packets (RFC 7675 §5.1), and says whether it was one. Browsers send one every
// two to five seconds for as long as a call lasts; the agent would change goroutines four
// times for each and learn nothing. Whatever is not plainly that is the agent's:
// the other role, an attribute we do not know, another address, a pair that is not sure.
// It runs on a reader of the Mux.
func (s *iceSession) consent(p stunPeek, d datagram) bool {
	var room [maxAnswer]byte
	_, sender, _ := p.frags()
	now := Now()
	s.mu.Lock()
	way := s.paths[d.from]
	if s.agent == nil || s.closed || s.mux.c.Lite || d.from != s.chosen || p.strange || p.role != s.farRole ||
		way == nil || !way.valid || way.via != d.via || now-way.won > int64(answered) || string(sender) != s.remote.Ufrag {
		s.mu.Unlock()
		return false
	}
	if s.key == nil {
		s.key = newSTUNKey(s.pwd)
	}
	if !s.key.verify(d.b, p) {
		s.mu.Unlock()
		s.mux.count.stunUnproven.Add(1)
		return true
	}
	way.at = now
	answer := s.key.success(&room, p.id, d.mapped())
	s.mu.Unlock()
	s.peer.heard.Store(now)
	s.peer.send(answer, target{addr: d.from, via: d.via})
	return true
}

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
