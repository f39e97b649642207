package transport

import (
	"crypto/rand"
	mrand "math/rand/v2"
	"net/netip"
	"time"
)

// The agent finds the pair; from then on consent to send on it (RFC 7675) is ours, both
// ways: what the far end asks is answered by who reads the socket, and what we ask goes out
// by a timer. The agent would change goroutines six times for each, for as long as a call
// lasts, and learn nothing.
const (
	// consentAsk is how often we ask, a fifth more or less (RFC 7675 §5.1 has 5 s at most
	// lie between): a browser that is gone should be missed soon.
	consentAsk = 2 * time.Second
	// consentLife is how long an answer lets us send (RFC 7675 §5.1: 30 s).
	consentLife = 28 * time.Second
	// answered is how lately the far end has to have answered us for its own checks to be
	// answered without the agent, which is told of a far end that asks but does not
	// answer. Two of our checks may be lost.
	answered = 5 * time.Second
	// iceDisconnected and iceFailed are how long a far end gives no sign: until it is told
	// as disconnected, and, from then on, as failed. Failed is, too, who has no pair after
	// both together.
	iceDisconnected = 7 * time.Second
	iceFailed       = 20 * time.Second
)

// consent is what a session knows of who may send; guarded by its mu.
type consent struct {
	asks   *time.Timer // looks next; nil before start
	sign   int64       // when the far end last gave a sign on the pair in use; at first, the start
	gaveUp bool
}

// answerConsent answers a check of the pair in use, by which the far end makes sure that
// we want its packets (RFC 7675 §5.1), and says whether it was one. Browsers send one every
// two to five seconds. Whatever is not plainly that is the agent's: the other role, an
// attribute we do not know, another address, a pair that is not sure.
// It runs on a reader of the Mux.
func (s *iceSession) answerConsent(p stunPeek, d datagram) bool {
	var room [maxSTUN]byte
	_, sender, _ := p.frags()
	now := Now()
	s.mu.Lock()
	way := s.paths[d.from]
	if s.agent == nil || s.closed || s.mux.c.Lite || d.from != s.chosen || p.strange || p.as.role != s.farRole ||
		way == nil || !way.valid || way.via != d.via || now-way.won > int64(answered) || string(sender) != s.remote.Ufrag {
		s.mu.Unlock()
		return false
	}
	if !s.own.verify(d.b, p) {
		s.mu.Unlock()
		s.mux.count.stunUnproven.Add(1)
		return true
	}
	way.at = now
	answer := s.own.success(&room, p.id, d.mapped())
	s.mu.Unlock()
	s.peer.heard.Store(now)
	s.peer.send(answer, target{addr: d.from, via: d.via})
	return true
}

// watch begins to look for signs of the far end.
func (s *iceSession) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.consent.sign = Now()
		s.consent.asks = time.AfterFunc(untilNextAsk(), s.look)
	}
}

func untilNextAsk() time.Duration {
	return consentAsk + mrand.N(2*consentAsk/5) - consentAsk/5
}

// look tells the peer how long the far end has been silent, and asks it again. Who has
// not spoken for too long is not asked any more, nor heard of: only a restart helps.
func (s *iceSession) look() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	way, to := s.paths[s.chosen], s.chosen
	if way != nil { // nil: none yet, or the connection that it was is gone
		s.consent.sign = max(s.consent.sign, way.at)
	}
	silent := time.Duration(Now() - s.consent.sign)
	s.consent.gaveUp = silent > iceDisconnected+iceFailed
	asks := way != nil && !s.consent.gaveUp && !s.mux.c.Lite
	if !s.consent.gaveUp {
		s.consent.asks.Reset(untilNextAsk())
	}
	s.mu.Unlock()
	s.peer.silent(s, silent, to.IsValid())
	if asks {
		s.ask(to)
	}
}

// ask sends a check of our own to the address in use.
func (s *iceSession) ask(to netip.AddrPort) {
	var id transactionID
	_, _ = rand.Read(id[:])
	if !s.mayCheck(check{session: s, to: to, consent: true}, id) {
		s.mux.count.checksHeldBack.Add(1)
		return
	}
	var room [maxSTUN]byte
	s.mu.Lock()
	as := s.as
	as.nominates = s.lostForLocked(to)
	b := s.theirs.request(&room, id, s.remote.Ufrag, s.ufrag, as)
	s.mu.Unlock()
	s.peer.send(b, s.way(to))
}

// consented takes the answer to such a check, on a reader of the Mux.
func (s *iceSession) consented(p stunPeek, d datagram) {
	s.mu.Lock()
	ok := s.theirs.verify(d.b, p)
	s.mu.Unlock()
	if !ok {
		s.mux.count.stunUnproven.Add(1)
		return
	}
	if s.proven(d, true) {
		s.settle(d.from)
	}
}

// lostFor says that the pair in use answers no more, and that it is for us to nominate
// another, to an address the far end has just checked from: a browser that was called
// is controlled (RFC 8445 §6.1.1) and waits for that when its network changes. The
// agent checks no other pair once it has chosen one.
func (s *iceSession) lostFor(other netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lostForLocked(other)
}

func (s *iceSession) lostForLocked(other netip.AddrPort) bool {
	if s.closed || s.consent.gaveUp || s.mux.c.Lite || s.as.role != attrControlling || !s.chosen.IsValid() || s.chosen == other {
		return false
	}
	p := s.paths[s.chosen] // nil: the connection that it was is gone
	return p == nil || Now()-p.at > int64(answered)
}

// settle goes on with an address that has answered, where the pair in use does not.
func (s *iceSession) settle(a netip.AddrPort) {
	s.mu.Lock()
	lost := s.lostForLocked(a)
	if lost {
		s.chosen = a
	}
	s.mu.Unlock()
	if lost {
		s.peer.selected(s, s.way(a))
	}
}

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

// silent takes how long a session has had no sign of the far end; chosen says that it
// once had a pair.
func (p *Peer) silent(s *iceSession, d time.Duration, chosen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s != p.current || p.closed.Load() {
		return
	}
	switch {
	case d > iceDisconnected+iceFailed:
		// Consent is gone: nothing may be sent any more (RFC 7675 §5.1).
		p.status.iceGone, p.status.reason = true, "ICE: no answer to checks"
		p.flow.Store(nil)
	case d > iceDisconnected && chosen:
		p.status.iceDown = true
	case !p.status.withheld:
		p.status.iceDown = false
	}
	p.tellLocked()
}
