package txn

import (
	"errors"
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Server is a server transaction (RFC 3261 §17.2): a request that came in, and
// its answers. It is safe for concurrent use.
type Server struct {
	origin
	merge string // see mergeKey
	tag   string
	conn  *serverConn
	tx    *sip.ServerTx

	send sync.Mutex // held while an answer goes into the machine

	mu       sync.Mutex
	answered bool                   // any response was given
	final    int                    // status of the final response, or 0
	acked    bool                   // the ACK to a refusal has come
	canceled *sip.Request           // the CANCEL, if one came before the final
	onCancel func(req *sip.Request) // set by OnCancel
	over     bool                   // the transaction has ended
	err      error                  // why, if over
	onEnd    func(err error)        // set by OnEnd
}

func (l *Layer) newServer(f *flow.Flow, req *sip.Request, size int) *Server {
	s := &Server{
		origin: origin{l, f, req, scopeOf(f), serverKey(req, req.Method)},
		merge:  mergeKey(req), conn: &serverConn{conn: conn{l, f}},
	}
	s.conn.in.Store(int64(size))
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok {
		s.tag = tag
	} else {
		s.tag = sipmsg.Tag()
	}
	s.tx = sip.NewServerTx(s.key, req, s.conn, l.nolog)
	return s
}

// init starts the machine. It is called once, before the request is handed up.
func (s *Server) init() {
	s.tx.OnTerminate(func(_ string, err error) { s.terminated(err) })
	// sipgo's Init fails never; it would send 100 after 200 ms by itself, which
	// trying forestalls.
	_ = s.tx.Init()
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
func (s *Server) Vouch() { s.conn.free.Store(true) }

// Respond sends an answer; the machine repeats it as RFC 3261 §17.2 says. The
// response must not be changed afterwards. It errs with ErrFlowGone, with
// ErrTransport, or with ErrEnded if a final answer was given before (a 2xx to an
// INVITE may be given again).
func (s *Server) Respond(res *sip.Response) error {
	s.send.Lock()
	defer s.send.Unlock()
	if err := s.admit(res); err != nil {
		return err
	}
	err := s.tx.Respond(res)
	switch {
	case err == nil, errors.Is(err, sip.ErrTransactionTerminated):
		// Over a connection the machine of a request other than INVITE ends with
		// its answer, and may have ended before Respond looks.
		return nil
	case errors.Is(err, ErrFlowGone):
		return ErrFlowGone
	}
	return err
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
	s.terminate(nil)
	return err
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
	case s.over:
		return ErrEnded
	case s.final == 0:
	case s.final < 300 && res.IsSuccess() && s.req.IsInvite():
	default:
		return ErrEnded
	}
	s.answered = true
	if s.final == 0 && !res.IsProvisional() {
		s.final = res.StatusCode
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
		_ = s.tx.Respond(sipmsg.Respond(s.req, 100, "Trying", ""))
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
	s.onCancel = fn
	came := s.canceled
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

// sameCall reports whether a CANCEL that names our branch agrees with our
// INVITE otherwise.
func (s *Server) sameCall(req *sip.Request) bool {
	ours, _ := sipmsg.Param(s.req.From().Params, "tag")
	theirs, _ := sipmsg.Param(req.From().Params, "tag")
	return s.req.IsInvite() && ours == theirs &&
		*s.req.CallID() == *req.CallID() && s.req.CSeq().SeqNo == req.CSeq().SeqNo
}

// again takes a repetition of the request: the machine repeats its answer.
func (s *Server) again(req *sip.Request, size int) {
	s.conn.in.Add(int64(size))
	if err := s.tx.Receive(req); err != nil {
		s.l.counts.stray.Add(1) // another method under the same key: not possible
	}
}

// ack takes an ACK with our branch. It reports whether the ACK is for a 2xx,
// which some send with the INVITE's branch, and belongs to the handler.
func (s *Server) ack(req *sip.Request, size int) (up bool) {
	s.conn.in.Add(int64(size))
	s.mu.Lock()
	final, first := s.final, !s.acked
	if final >= 300 {
		s.acked = true
	}
	s.mu.Unlock()
	if final > 0 && final < 300 {
		return true
	}
	if final == 0 || !first {
		return false
	}
	// The machine hands the ACK on through an unbuffered channel.
	s.l.wg.Go(func() {
		select {
		case <-s.tx.Acks():
		case <-s.tx.Done():
		}
	})
	_ = s.tx.Receive(req)
	return false
}

// OnEnd sets what is called, once, when the transaction has ended: with nil in
// the ordinary way, with ErrNoAck, ErrTransport, ErrFlowGone or ErrEnded
// otherwise. If it has ended already, fn is called at once. For an INVITE the
// ordinary end is 32 s after a 2xx, 5 s (UDP) after the ACK to a refusal.
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

// terminate ends the transaction for a reason of ours.
func (s *Server) terminate(err error) {
	s.end(err)
	s.tx.Terminate()
}

// terminated is called by the machine, within its lock.
func (s *Server) terminated(err error) {
	s.mu.Lock()
	unacknowledged := s.req.IsInvite() && s.final >= 300 && !s.acked
	s.mu.Unlock()
	switch {
	case errors.Is(err, ErrFlowGone):
		s.end(ErrFlowGone)
	case errors.Is(err, sip.ErrTransactionTransport):
		s.end(ErrTransport)
	case unacknowledged:
		s.end(ErrNoAck)
	default:
		s.end(nil)
	}
}

// end notes the end and tells of it, once.
func (s *Server) end(err error) {
	s.l.tables.removeServer(s)
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return
	}
	s.over, s.err = true, err
	fn := s.onEnd
	s.onEnd, s.onCancel = nil, nil
	s.mu.Unlock()
	if fn != nil {
		s.l.wg.Go(func() { s.l.guard("OnEnd", func() { fn(err) }) })
	}
}
