package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// request takes a request that arrived in the leg's dialog, on the call's
// goroutine (RFC 3261 §12.2.2).
func (l *leg) request(tx *txn.Server, req *sip.Request) {
	if l.state == done {
		refuse(tx, 481, "Call/Transaction Does Not Exist", "the call has ended")
		return
	}
	from, _ := sipmsg.Param(req.From().Params, "tag")
	t := l.self.talk(from)
	if t.dialog == nil {
		refuse(tx, 481, "Call/Transaction Does Not Exist", "the From tag is another dialog's")
		return
	}
	if err := t.dialog.Accept(req); err != nil {
		refuse(tx, 500, "Server Internal Error", err.Error())
		return
	}
	l.follow(tx)
	switch req.Method {
	case sip.BYE:
		l.hungUp(tx, req)
	case sip.INVITE:
		l.reinvited(tx, req)
	case sip.UPDATE:
		l.updated(tx, req, t)
	case sip.PRACK:
		l.self.pracked(tx, req)
	case sip.INFO:
		l.informed(tx, req)
	case sip.REFER:
		l.referred(tx, req)
	case sip.OPTIONS:
		_ = tx.Respond(l.core.capabilities(tx))
	case sip.MESSAGE:
		l.messaged(tx, req)
	default:
		l.unable(tx)
	}
}

// follow keeps the dialog on the flow that the far end uses now: a browser that
// has reconnected, a phone behind a NAT that has moved to another port.
func (l *leg) follow(tx *txn.Server) {
	if f := tx.Flow(); f.Key() != l.flow.Key() {
		l.log.Info("far end has moved", "from", l.flow.Remote().String(), "to", f.Remote().String())
		if to := f.Remote().Addr(); to != l.flow.Remote().Addr() && l.media != nil {
			l.media.SetToward(to) // its sound comes from behind another NAT now
		}
		l.core.move(l, f)
	}
	if l.away != nil && l.away.flow {
		l.returned()
	}
}

// hungUp is the far end's BYE (RFC 3261 §15.1.2).
func (l *leg) hungUp(tx *txn.Server, req *sip.Request) {
	_ = tx.Respond(respond(tx, 200, "OK"))
	switch l.state {
	case early: // the INVITE is still to be answered or canceled
		cause := l.self.leftEarly(req)
		l.self.End(cause)
		l.owner.Ended(l.self, cause)
	case confirmed:
		l.finish()
		l.owner.Ended(l.self, causeOf(req, tandem.CauseNormal))
	default:
		l.finish()
	}
}
