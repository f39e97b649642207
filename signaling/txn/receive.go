package txn

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Message takes one message from a flow: reads it, once, and gives it to whom
// it belongs.
func (l *Layer) Message(f *flow.Flow, raw []byte) {
	l.counts.received.Add(1)
	if l.cfg.Trace != nil {
		l.cfg.Trace(f, In, raw)
	}
	l.guard("Message", func() {
		m, err := l.parser.Parse(raw)
		if err != nil {
			l.counts.unreadable.Add(1)
			return
		}
		m.SetTransport(f.Kind().ViaToken())
		m.SetSource(f.Remote().String())
		refusal := sipmsg.Validate(m, raw)
		switch m := m.(type) {
		case *sip.Request:
			if refusal != nil {
				l.refuse(f, m, len(raw), refusal)
				return
			}
			l.request(f, m, len(raw))
		case *sip.Response:
			if refusal != nil {
				l.counts.silent.Add(1)
				return
			}
			l.response(f, m)
		}
	})
}

// request matches a sound request of size octets (RFC 3261 §17.2.3).
func (l *Layer) request(f *flow.Flow, req *sip.Request, size int) {
	tx := l.tables.server(scopeOf(f), serverKey(req, req.Method))
	switch {
	case tx != nil && req.IsAck():
		if tx.ack(req, size) {
			l.guard("Ack", func() { l.handler.Ack(f, req) })
		}
	case tx != nil:
		tx.again(req, size)
	case req.IsAck():
		l.guard("Ack", func() { l.handler.Ack(f, req) })
	case req.IsCancel():
		l.cancel(f, req, size)
	default:
		l.begin(f, req, size)
	}
}

// cancel answers a CANCEL, without a transaction of its own: the same CANCEL
// gets the same answer (RFC 3261 §9.2).
func (l *Layer) cancel(f *flow.Flow, req *sip.Request, size int) {
	tx := l.tables.server(scopeOf(f), serverKey(req, sip.INVITE))
	if tx == nil || !tx.sameCall(req) {
		l.answer(f, req, size, &sipmsg.Refusal{Status: 481, Warning: "there is no such INVITE to cancel"})
		return
	}
	l.reply(f, sipmsg.Respond(req, 200, "", tx.ToTag()), size)
	tx.cancel(req)
}

// begin starts a server transaction and hands its request up.
func (l *Layer) begin(f *flow.Flow, req *sip.Request, size int) {
	tx := l.newServer(f, req, size)
	perScope := l.cfg.MaxServersUDP
	if f.Kind().Stream() {
		perScope = l.cfg.MaxServersStream
	}
	switch l.tables.addServer(tx, perScope, l.cfg.MaxServers) {
	case merges:
		l.answer(f, req, size, &sipmsg.Refusal{Status: 482, Warning: "the same INVITE has come another way"})
		return
	case full:
		l.counts.overload.Add(1)
		l.answer(f, req, size, overloaded())
		return
	case ended:
		l.answer(f, req, size, overloaded())
		return
	}
	tx.init()
	if !l.guard("Request", func() { l.handler.Request(tx, req) }) {
		tx.fail()
	}
	tx.trying()
}

// response matches a sound response (RFC 3261 §17.1.3).
func (l *Layer) response(f *flow.Flow, res *sip.Response) {
	if c := l.tables.client(scopeOf(f), clientKey(res)); c != nil {
		c.receive(res)
		return
	}
	if res.IsSuccess() && res.CSeq().MethodName == sip.INVITE {
		l.guard("Response", func() { l.handler.Response(f, res) })
		return
	}
	l.counts.stray.Add(1)
}
