package txn

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Server is a server transaction (RFC 3261 §17.2): a request that came in, and
// its answers. It is safe for concurrent use.
//
//	INVITE      Proceeding --300-699--> Completed --ACK--> Confirmed (5 s)
//	                       --2xx------> Accepted (32 s, RFC 6026)
//	others      Trying, Proceeding --final--> Completed (32 s over UDP)
//
// The last state of each is a spent where nobody waits for its end.
type Server struct {
	origin
	merge string // see mergeKey
	call  string // see callOf; "" but for INVITE
	tag   string

	send sync.Mutex // held while an answer goes out, so that they keep their order

	mu       sync.Mutex
	answered bool                   // any response was given
	final    int                    // status of the final response, or 0
	last     []byte                 // what a repetition gets; nil once accepted
	oct      balance                // of the answers
	acked    bool                   // the ACK to a refusal has come
	timer    *time.Timer            // G and H of a refused INVITE
	interval time.Duration          // of G
	giveUp   time.Time              // Timer H
	canceled *sip.Request           // the CANCEL, if one came before the final
	onCancel func(req *sip.Request) // set by OnCancel
	over     bool                   // the transaction has ended
	err      error                  // why, if over
	onEnd    func(err error)        // set by OnEnd
	left     bool                   // Forget was called
	lease    *lease                 // of an accepted INVITE; nil before
}

func (l *Layer) newServer(f *flow.Flow, in arrived) *Server {
	req := in.req
	s := &Server{origin: origin{l, f, req, in.scope, in.key}, oct: balance{in: in.size}}
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok {
		s.tag = tag
	} else {
		s.tag = sipmsg.Tag()
	}
	if req.IsInvite() {
		s.call = callOf(req)
		s.merge = mergeKey(req, s.call)
	}
	return s
}

// ToTag returns our To-tag: the request's own within a dialog, otherwise one
// made for this transaction, which all its answers have in common, CANCEL's
// too.
func (s *Server) ToTag() string { return s.tag }

// Answer builds a response with Respond's fields and our To-tag.
func (s *Server) Answer(status int, reason string) *sip.Response {
	return sipmsg.Respond(s.req, status, reason, s.tag)
}

// Vouch says that the sender has shown to be where it seems to be, by its
// credentials or as a known trunk. Until then a final answer to an INVITE over
// UDP is repeated only up to three times the octets that came in, which on a
// lossy network may be too little.
func (s *Server) Vouch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oct.free = true
}

// Respond sends an answer, and repeats it as RFC 3261 §17.2 says. The response
// must not be changed before it returns. It errs with ErrFlowGone, with
// ErrTransport, or with ErrEnded if a final answer was given before (a 2xx to an
// INVITE may be given again).
func (s *Server) Respond(res *sip.Response) error {
	s.send.Lock()
	defer s.send.Unlock()
	if err := s.admit(res); err != nil {
		return err
	}
	return s.respond(res.StatusCode, sipmsg.Bytes(res))
}

// respond sends what was admitted, within s.send.
func (s *Server) respond(status int, raw []byte) error {
	accepts := s.req.IsInvite() && status >= 200 && status < 300
	s.mu.Lock()
	if s.last = raw; accepts {
		s.last = nil // repeated by the dialog, not here
	}
	s.oct.out += len(raw)
	s.mu.Unlock()
	if err := s.l.write(s.f, raw); err != nil {
		s.end(err)
		return err
	}
	switch {
	case status < 200:
	case accepts:
		s.accept()
	case s.req.IsInvite():
		s.refuse()
	case s.f.Kind().Stream():
		s.end(nil) // Timer J is zero
	default:
		s.spend(true)
	}
	return nil
}

// RespondOnce sends a final answer and ends the transaction at once: nothing is
// repeated, and a repetition of the request is a new request. It is for answers
// to whom has not shown who he is, such as challenges, which must not cost
// memory nor be amplified (RFC 3261 §8.2.7); given before Handler.Request
// returns, no 100 goes before it, so that a lost answer is asked for again. The
// ACK to it arrives at Handler.Ack and is to be ignored.
func (s *Server) RespondOnce(res *sip.Response) error {
	s.send.Lock()
	defer s.send.Unlock()
	if err := s.admit(res); err != nil {
		return err
	}
	err := s.l.write(s.f, sipmsg.Bytes(res))
	s.end(nil)
	return err
}

// Drop ends the transaction without any answer. It is for requests of far ends that
// are to hear nothing; given before Handler.Request returns, no 100 goes out either.
func (s *Server) Drop() {
	s.mu.Lock()
	s.answered = true
	s.mu.Unlock()
	s.end(nil)
}

// admit notes an answer, if one may be given now.
func (s *Server) admit(res *sip.Response) error {
	select {
	case <-s.f.Closed():
		return ErrFlowGone
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over && s.err != nil:
		return s.err
	case s.final == 0 && s.over:
		return ErrEnded
	case s.final == 0:
	case s.final < 300 && res.IsSuccess() && s.req.IsInvite() && !s.over:
	default:
		return ErrEnded
	}
	s.answered = true
	if s.final == 0 && !res.IsProvisional() {
		s.final = res.StatusCode
		s.onCancel = nil
	}
	return nil
}

// trying sends 100 to an INVITE that was not answered yet.
func (s *Server) trying() {
	if !s.req.IsInvite() {
		return
	}
	s.send.Lock()
	defer s.send.Unlock()
	s.mu.Lock()
	answered := s.answered || s.over
	s.answered = true
	s.mu.Unlock()
	if !answered {
		// If the flow is gone, OnEnd says so.
		_ = s.respond(100, sipmsg.Bytes(sipmsg.Respond(s.req, 100, "Trying", "")))
	}
}

// fail answers 500 after a panic of the handler, unless it had answered.
func (s *Server) fail() {
	if err := s.Respond(s.Answer(500, "")); err != nil {
		s.l.log.Debug("no 500 after a panic", "error", err)
	}
}

// OnCancel sets what is called, once, when the INVITE is canceled before its
// final answer (RFC 3261 §9.2). The 200 to the CANCEL has been sent; the INVITE
// is still to be answered with 487. If the CANCEL has come already, fn is called
// at once. fn must not block.
func (s *Server) OnCancel(fn func(req *sip.Request)) {
	s.mu.Lock()
	came := s.canceled
	if s.final == 0 {
		s.onCancel = fn
	}
	s.mu.Unlock()
	if came != nil {
		fn(came)
	}
}

// cancel takes the CANCEL of this INVITE.
func (s *Server) cancel(req *sip.Request) {
	s.mu.Lock()
	if s.final != 0 || s.canceled != nil || s.over {
		s.mu.Unlock()
		return
	}
	s.canceled = req
	fn := s.onCancel
	s.mu.Unlock()
	if fn != nil {
		s.l.guard("OnCancel", func() { fn(req) })
	}
}

// again takes a repetition of the request: the last answer is sent again.
func (s *Server) again(size int) {
	s.mu.Lock()
	s.oct.in += size
	raw := s.last
	if s.acked {
		raw = nil
	}
	ok := raw != nil && s.oct.again(s.f, len(raw))
	s.mu.Unlock()
	switch {
	case ok:
		if err := s.l.write(s.f, raw); err != nil {
			s.end(err)
		}
	case raw != nil:
		s.l.counts.withheld.Add(1)
	}
}

// OnEnd sets what is called, once, when the transaction has ended: with nil in
// the ordinary way, with ErrNoAck, ErrTransport, ErrFlowGone or ErrEnded
// otherwise. If it has ended already, fn is called at once. For an INVITE the
// ordinary end is 32 s after a 2xx or with the ACK to a refusal, for others the
// final answer.
func (s *Server) OnEnd(fn func(err error)) {
	s.mu.Lock()
	if !s.over {
		s.onEnd = fn
		s.mu.Unlock()
		return
	}
	err := s.err
	s.mu.Unlock()
	fn(err)
}

// end ends the transaction, removes it, and tells of it, once.
func (s *Server) end(err error) {
	s.l.tables.removeServer(s)
	s.finish(err)
}

// finish notes the end and tells of it, once.
func (s *Server) finish(err error) {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return
	}
	s.over, s.err, s.last = true, err, nil
	lease := s.lease
	if s.timer != nil {
		s.timer.Stop()
	}
	fn := s.onEnd
	s.onEnd, s.onCancel = nil, nil
	s.mu.Unlock()
	if lease != nil && err != nil {
		lease.hold(nil)
	}
	if fn != nil {
		s.l.wg.Go(func() { s.l.guard("OnEnd", func() { fn(err) }) })
	}
}
