package transport

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// Bounds of one ICE session. RFC 8445 §5.1.3 asks for 100 pairs at most, and
// a description must not make us spray addresses its author cannot be at.
const (
	maxPaths      = 100 // remote addresses described, and as many heard from
	maxUnanswered = 100 // checks to addresses that have never spoken
	maxClaimed    = 300 // checks to addresses that speak but do not answer
	maxEarly      = 64  // requests answered before the far end is described
	stunQueue     = 32  // STUN messages waiting for the agent
)

// Pacing of checks to one address, in nanoseconds: at once, then after firstWait,
// doubling up to lastWait (RFC 8445 §14.3), for as long as the agent tries.
const (
	firstWait = int64(20 * time.Millisecond)
	lastWait  = int64(1600 * time.Millisecond)
)

// iceSession is one generation of ICE credentials of a peer and, once the far
// end is known, the agent that works with them. An ICE restart is a second
// session beside the first, which carries the media until the second has a
// pair (RFC 8445 §9).
type iceSession struct {
	peer       *Peer
	mux        *Mux
	ufrag, pwd string      // ours; immutable
	conns      [2]*iceConn // IPv4 and IPv6; nil where there is no socket

	reached sync.Once
	ready   chan struct{} // closed by reach

	mu       sync.Mutex // guards what follows
	own      *stunKey   // of pwd
	theirs   *stunKey   // of the far end's password; nil before start
	remote   sdp.ICE    // zero before start
	farRole  uint16     // what the far end's checks say of its role, as we began
	consent  consent
	agent    *ice.Agent
	closed   bool
	signaled int // candidates taken from descriptions
	paths    map[netip.AddrPort]*path
	chosen   netip.AddrPort // of the pair that the agent has selected
	known    int            // paths heard from
	early    int            // requests answered before start
	sentChecks
}

// sentChecks is what a session has sent, guarded by its mu.
type sentChecks struct {
	as      checkAs                     // what the agent last said of itself
	lonely  int                         // to paths not heard of
	claimed int                         // to paths heard but not valid
	out     [maxChecksOut]transactionID // ring of those awaiting an answer
	outNext int
}

// path is what is known of one remote address.
type path struct {
	via   *muxSocket // where it was last heard; nil before
	at    int64      // when it was last heard
	heard bool       // a request from it carried our password
	valid bool       // it has answered a check of ours
	won   int64      // when it last did
	next  int64
	wait  int64
}

func newICESession(p *Peer) *iceSession {
	s := &iceSession{
		peer: p, mux: p.mux, ufrag: iceText(8), pwd: iceText(24),
		paths: map[netip.AddrPort]*path{}, ready: make(chan struct{}),
	}
	s.own = newSTUNKey(s.pwd)
	for i, socks := range [...][]*muxSocket{p.mux.v4, p.mux.v6} {
		if len(socks) > 0 {
			s.conns[i] = &iceConn{session: s, queue: newQueue(stunQueue), local: p.mux.agentAddr(i == 1)}
		}
	}
	p.mux.frags.add(s)
	return s
}

// request takes a binding request for our user fragment, on a reader of the
// Mux.
func (s *iceSession) request(p stunPeek, d datagram) {
	if !p.signed {
		s.mux.count.stunUnproven.Add(1)
		return
	}
	if s.answerConsent(p, d) {
		return
	}
	s.mu.Lock()
	started, known := s.agent != nil, s.known < maxPaths || s.heardLocked(d.from)
	early := !started && s.early < maxEarly
	if early {
		s.early++
	}
	s.mu.Unlock()
	if !known {
		s.mux.count.candidatesRefused.Add(1)
		return
	}
	if early && !s.answerEarly(p, d) {
		return
	}
	s.queue(d)
}

// answerEarly answers a request that came before the description of its
// sender, as RFC 8445 §7.3 has it, so that the far end may go on to DTLS. The
// agent takes the request up again when it starts.
func (s *iceSession) answerEarly(p stunPeek, d datagram) bool {
	var room [maxSTUN]byte
	s.mu.Lock()
	ok := s.own.verify(d.b, p)
	answer := s.own.success(&room, p.id, d.mapped())
	s.mu.Unlock()
	if !ok {
		s.mux.count.stunUnproven.Add(1)
		return false
	}
	if s.proven(d, false) {
		s.peer.send(answer, target{addr: d.from, via: d.via})
	}
	return true
}

// queue hands a message to the agent.
func (s *iceSession) queue(d datagram) {
	c := s.conns[0]
	if !d.from.Addr().Is4() {
		c = s.conns[1]
	}
	if c == nil || !c.queue.put(d) {
		s.mux.count.stunQueueFull.Add(1)
	}
}

// inspect verifies a message before the agent sees it, on a goroutine of the
// agent, and learns from it what the agent would not tell.
func (s *iceSession) inspect(d datagram) bool {
	p, ok := peekSTUN(d.b)
	if !ok {
		return false
	}
	_, sender, _ := p.frags()
	s.mu.Lock()
	if p.kind == bindingSuccess {
		ok = s.theirs.verify(d.b, p)
	} else {
		ok = string(sender) == s.remote.Ufrag && s.own.verify(d.b, p)
	}
	s.mu.Unlock()
	if !ok {
		s.mux.count.stunUnproven.Add(1)
		return false
	}
	if !s.proven(d, p.kind == bindingSuccess) {
		return false
	}
	if p.kind == bindingRequest && s.lostFor(d.from) {
		s.ask(d.from)
	}
	return true
}

// proven notes that the far end has spoken from an address, and, with valid,
// that it can be reached there.
func (s *iceSession) proven(d datagram, valid bool) bool {
	from := d.from
	s.mu.Lock()
	p := s.pathLocked(from, true)
	if p == nil {
		s.mu.Unlock()
		s.mux.count.candidatesRefused.Add(1)
		return false
	}
	if !p.heard {
		p.next, p.wait = 0, 0
		s.known++
	}
	p.heard, p.valid, p.via, p.at = true, p.valid || valid, d.via, Now()
	if valid {
		p.won = p.at
	}
	s.mu.Unlock()
	s.peer.heard.Store(Now())
	if s.mux.flows.find(from) != s.peer && !s.mux.flows.claim(from, s.peer, valid) {
		s.mux.count.addressTaken.Add(1)
		return false
	}
	if s.isClosed() { // meanwhile: what was claimed is nobody's to release
		s.mux.flows.release(from, s.peer)
		return false
	}
	if valid || s.mux.c.Lite {
		s.peer.usable(s, target{addr: from, via: d.via})
	}
	return true
}

// pathLocked returns the path of an address, nil beyond the bounds. Those
// heard from have one of their own, so that a long description cannot shut
// its author out.
func (s *iceSession) pathLocked(a netip.AddrPort, heard bool) *path {
	if s.closed {
		return nil
	}
	p := s.paths[a]
	switch {
	case heard && s.known >= maxPaths && (p == nil || !p.heard):
		return nil
	case p == nil && !heard && len(s.paths)-s.known >= maxPaths:
		return nil
	case p == nil:
		p = &path{}
		s.paths[a] = p
	}
	return p
}

func (s *iceSession) heardLocked(a netip.AddrPort) bool {
	p := s.paths[a]
	return p != nil && p.heard
}

// send writes what the agent wants to send. Checks are paced and bounded
// here, because the agent sends one to every address at every tick.
func (s *iceSession) send(b []byte, to netip.AddrPort) {
	if p, ok := peekSTUN(b); ok && p.kind == bindingRequest {
		s.mu.Lock()
		s.as = p.as
		s.mu.Unlock()
		if !s.mayCheck(check{session: s, to: to}, p.id) {
			s.mux.count.checksHeldBack.Add(1)
			return
		}
	}
	t := s.way(to)
	s.peer.send(s.remap(b, t), t)
}

func (s *iceSession) mayCheck(c check, id transactionID) bool {
	to := c.to
	if !sendable(to) {
		return false
	}
	s.mu.Lock()
	p := s.pathLocked(to, false)
	if p != nil && p.valid && Now()-p.won > int64(consentLife) {
		p.valid = false
		s.mu.Unlock()
		s.peer.withhold(to)
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if p == nil || s.closed || s.consent.gaveUp || !s.paceLocked(p) {
		return false
	}
	if old := s.out[s.outNext]; old != (transactionID{}) {
		s.mux.checks.remove(old)
	}
	s.out[s.outNext] = id
	s.outNext = (s.outNext + 1) % maxChecksOut
	s.mux.checks.add(id, c)
	return true
}

func (s *iceSession) paceLocked(p *path) bool {
	now := Now()
	switch {
	case p.valid:
		return true
	case now < p.next:
		return false
	case p.heard && s.claimed >= maxClaimed, !p.heard && s.lonely >= maxUnanswered:
		return false
	case p.heard:
		s.claimed++
	default:
		s.lonely++
	}
	p.wait = min(max(2*p.wait, firstWait), lastWait)
	p.next = now + p.wait
	return true
}

// close ends the session and gives back what it holds. It waits for the
// agent, so it must not run on one of the agent's goroutines. keep, if not
// nil, is the session that goes on; its addresses stay the peer's.
func (s *iceSession) close(keep *iceSession) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	if s.consent.asks != nil {
		s.consent.asks.Stop()
	}
	agent, out := s.agent, s.out
	s.mu.Unlock()
	s.mux.frags.remove(s)
	s.mux.checks.remove(out[:]...)
	for _, c := range s.conns {
		if c != nil {
			c.queue.close()
		}
	}
	if agent != nil {
		_ = agent.GracefulClose()
	}
	s.mu.Lock()
	paths := slices.Collect(maps.Keys(s.paths)) // a connection that goes may still take its own
	s.mu.Unlock()
	for _, a := range paths {
		if keep == nil || !keep.has(a) {
			s.mux.flows.release(a, s.peer)
		}
	}
}

// way returns to with the socket it was last heard through.
func (s *iceSession) way(to netip.AddrPort) target {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.paths[to]; p != nil {
		return target{addr: to, via: p.via}
	}
	return target{addr: to, via: nil}
}

func (s *iceSession) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *iceSession) has(a netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paths[a] != nil
}
