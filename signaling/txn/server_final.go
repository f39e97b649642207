package txn

import (
	"time"

	"github.com/tandemgw/tandem/signaling/flow"
)

// accept enters Accepted: 2xx may be given again for 32 s (RFC 6026 §7.1).
func (s *Server) accept() {
	s.mu.Lock()
	var began *lease
	if s.lease == nil && !s.over {
		began = &lease{what: s}
		s.lease = began
	}
	left := s.left
	s.mu.Unlock()
	if began == nil {
		return
	}
	s.l.long.add(began)
	if left {
		s.spend(false)
	}
}

// expire ends an accepted INVITE (Timer L).
func (s *Server) expire() { s.end(nil) }

// Forget says that the transaction's user has no more to say or to hear: OnEnd
// and OnCancel are not called any more. After a final answer to an INVITE little
// is kept then but what repetitions need.
func (s *Server) Forget() {
	s.mu.Lock()
	s.onEnd, s.onCancel, s.left = nil, nil, true
	accepted := s.lease != nil && !s.over
	s.mu.Unlock()
	if accepted {
		s.spend(false)
	}
}

// refuse enters Completed of an INVITE: the answer is repeated over UDP (Timer G)
// until the ACK comes, or not (Timer H).
func (s *Server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.acked || s.timer != nil {
		return
	}
	s.interval, s.giveUp = t1, time.Now().Add(sixtyFourT1)
	wait := sixtyFourT1
	if s.f.Kind() == flow.UDP {
		wait = t1
	}
	s.timer = time.AfterFunc(wait, s.repeat)
}

// repeat is Timer G, and Timer H when its time has come.
func (s *Server) repeat() {
	s.mu.Lock()
	if s.over || s.acked {
		s.mu.Unlock()
		return
	}
	left := time.Until(s.giveUp)
	if left <= 0 {
		s.mu.Unlock()
		s.end(ErrNoAck)
		return
	}
	s.interval = min(2*s.interval, t2)
	s.timer.Reset(min(s.interval, left))
	raw := s.last
	ok := s.oct.again(s.f, len(raw))
	s.mu.Unlock()
	if !ok {
		s.l.counts.withheld.Add(1)
		return
	}
	if err := s.l.write(s.f, raw); err != nil {
		s.end(err)
	}
}

// ack takes an ACK with our branch. It reports whether the ACK is for a 2xx,
// which some send with the INVITE's branch, and belongs to the handler.
func (s *Server) ack(size int) (up bool) {
	s.mu.Lock()
	s.oct.in += size
	final, first := s.final, !s.acked
	if final >= 300 {
		s.acked = true
	}
	if s.timer != nil && s.acked {
		s.timer.Stop()
	}
	s.mu.Unlock()
	switch {
	case final > 0 && final < 300:
		return true
	case final == 0 || !first:
	case s.f.Kind().Stream():
		s.end(nil) // Timer I is zero
	default:
		s.spend(false)
	}
	return false
}

// spend ends the transaction but for repetitions, which get the last answer again
// or nothing.
func (s *Server) spend(repeats bool) {
	s.mu.Lock()
	left := &spent{
		l: s.l, f: s.f, scope: s.scope, key: s.key, merge: s.merge, call: s.call, tag: s.tag,
		up: s.final < 300, oct: s.oct,
	}
	if repeats {
		left.answer = s.last
	}
	lease, waits := s.lease, &s.l.long
	if s.acked {
		waits = &s.l.short
	}
	s.mu.Unlock()
	switch in := s.l.tables.spend(s, left); {
	case in && lease != nil:
		lease.hold(left)
	case in:
		waits.add(left)
	}
	s.finish(nil)
}
