package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// invite takes a call that comes in (RFC 3261 §13.3): who is it, is it for us,
// and may it be; then the bridge has it.
func (s *Server) invite(tx *txn.Server, req *sip.Request) {
	c := s.core
	src, ok := s.identify(tx, req)
	if !ok {
		return
	}
	if !c.serves(src, req.Recipient.Host) {
		c.Counters.NotServed.Add(1)
		refuse(tx, 404, "Not Found", "this gateway serves "+c.Domain+", not "+req.Recipient.Host)
		return
	}
	dialed, device := c.dialed(src, req)
	to, clean := sipmsg.Clean(dialed)
	if !clean || to == "" || len(to) > tandem.MaxUser {
		c.Counters.BadRequest.Add(1)
		refuse(tx, 404, "Not Found", "the number is empty, too long or not text")
		return
	}
	d, err := dialog.FromInvite(req, dialog.Config{Contact: c.contact(tx.Flow(), "tandem"), LocalTag: tx.ToTag()})
	if err != nil {
		c.Counters.BadRequest.Add(1)
		refuse(tx, 400, "Bad Request", err.Error())
		return
	}
	if c.beyond(tx, req) || c.tooBrief(tx, req) {
		return
	}
	caller := c.shown(src, req)
	arrival := bridge.Arrival{From: src, To: to, Caller: caller.Address, Hops: hops(req) - 1, Diverted: caller.Diverted, Device: device}
	if src.Kind == dialplan.FromUser && !s.mayCall(tx, src.Name) {
		return
	}
	if req.GetHeader("Replaces") != nil {
		s.replace(tx, req, arrival, d)
		return
	}
	s.accept(tx, req, arrival, d)
}

// accept hands the call to the bridge.
func (s *Server) accept(tx *txn.Server, req *sip.Request, a bridge.Arrival, d *dialog.Dialog) {
	c := s.core
	t, err := c.takeTrunk(a.From)
	if err != nil {
		refuse(tx, 503, "Service Unavailable", err.Error())
		return
	}
	var full bool
	cause := s.bridge.Accept(a, func(o bridge.Owner, call tandem.CallID) bridge.Leg {
		l := newIncoming(c, o, call.Leg(0), incomingCall{tx: tx, dialog: d, arrival: a, call: call})
		l.counted = t
		full = !c.add(&l.leg)
		l.refused = full
		return l
	})
	if cause.Status != 0 {
		if t != nil {
			t.Release()
		}
		refuse(tx, cause.Status, tandem.Phrase(cause.Status), cause.Detail)
	}
}

// hops reads Max-Forwards (RFC 3261 §20.22); 70 where it is missing. Zero was
// refused with 483 before.
func hops(req *sip.Request) int {
	if h := req.MaxForwards(); h != nil {
		return min(int(h.Val()), 255)
	}
	return 70
}
