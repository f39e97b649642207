package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

var _ txn.Handler = (*Server)(nil)

// Server is the user agent core for what arrives. Its methods run on the readers
// of the flows, in order for each flow, and do not block.
type Server struct {
	core   *Core
	bridge *bridge.Bridge
}

// NewServer returns a Server that hands calls to b.
func NewServer(c *Core, b *bridge.Bridge) *Server { return &Server{core: c, bridge: b} }

// Request implements txn.Handler.
func (s *Server) Request(tx *txn.Server, req *sip.Request) {
	if s.guarded(tx, req) {
		return
	}
	if no := s.core.able(req.Method).Check(req); no != nil {
		s.core.Counters.BadRequest.Add(1)
		if s.core.Mute(tx.Flow()) {
			tx.Drop()
			return
		}
		_ = tx.RespondOnce(no.Answer(req, tx.ToTag()))
		return
	}
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok && tag != "" {
		s.inDialog(tx, req, tag)
		return
	}
	switch req.Method {
	case sip.INVITE:
		s.invite(tx, req)
	case sip.REGISTER:
		if t := s.core.Trunks.Relaying(req.To().Address.Host); t != nil {
			t.Register(tx, req)
			return
		}
		s.core.Registrar.Register(time.Now(), tx, req)
	case sip.OPTIONS:
		_ = tx.Respond(s.core.capabilities(tx))
	case sip.REFER: // RFC 3515 §2.4.2 lets it be refused
		s.core.Counters.Forbidden.Add(1)
		refuseOnce(tx, 403, "Forbidden", "REFER is taken within calls only")
	default: // BYE, UPDATE, INFO: of no dialog
		if o := s.core.other(req.Method); o != nil {
			o.Request(tx, req)
			return
		}
		s.core.Counters.NoDialog.Add(1)
		refuse(tx, 481, "Call/Transaction Does Not Exist", "the request belongs to a call and names none")
	}
}

// inDialog hands a request to the leg whose dialog it names (RFC 3261 §12.2.2).
func (s *Server) inDialog(tx *txn.Server, req *sip.Request, tag string) {
	l, bound := s.core.find(req.CallID().Value(), tag)
	as := stranger
	if l != nil {
		as = s.core.standingOf(l, bound, tx.Flow())
	}
	if as == stranger {
		if o := s.core.other(req.Method); o != nil {
			o.Request(tx, req)
			return
		}
		s.core.Counters.NoDialog.Add(1)
		refuse(tx, 481, "Call/Transaction Does Not Exist", "there is no such call here, or it is not with this address")
		return
	}
	if !s.admits(tx, req, l, as) {
		return
	}
	crowded := func() { refuse(tx, 503, "Service Unavailable", "the call has ended or cannot keep up") }
	hand := func() {
		if !l.arrived(func() { l.request(tx, req) }) {
			crowded()
		}
	}
	if k := l.invited.Load(); k == nil {
		hand()
	} else if !k.Behind(hand) {
		crowded()
	}
}

// Ack implements txn.Handler.
func (s *Server) Ack(f *flow.Flow, req *sip.Request) {
	tag, _ := sipmsg.Param(req.To().Params, "tag")
	l, bound := s.core.find(req.CallID().Value(), tag)
	if l != nil && mayAcknowledge(s.core.standingOf(l, bound, f), bound, f, req) {
		l.arrived(func() { l.acked(req) })
	}
}

// Response implements txn.Handler: a 2xx whose transaction is over. It cannot be
// told from a forged one any more and is dropped.
func (s *Server) Response(*flow.Flow, *sip.Response) { s.core.Counters.NoDialog.Add(1) }

// FlowClosed implements txn.Handler: bindings end with their socket; legs are
// told, and those that stand wait for their device to come back.
func (s *Server) FlowClosed(f *flow.Flow) {
	s.core.Registrar.FlowClosed(f)
	s.core.mu.Lock()
	var legs []*leg
	for l := range s.core.flows[f.Key()] {
		legs = append(legs, l)
	}
	s.core.mu.Unlock()
	for _, l := range legs {
		l.owner.Post(func() { l.self.flowLost(f) })
	}
}
