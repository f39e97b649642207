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
		switch {
		case refusal == nil && unmeasured(f, m):
			refusal = &sipmsg.Refusal{Status: 400, Warning: "a body without Content-Length on a stream"}
		case refusal != nil && refusal.Status == 400 && tooLong(f, m, raw):
			refusal.Status, refusal.Reason, refusal.Warning = 413, "", "the message is longer than 65536 octets"
		}
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

// unmeasured reports whether m has a body of which nobody can know where it ends: on
// a stream there must be a Content-Length (RFC 3261 §20.14). The flow has left the
// body out, and closes after the answer.
func unmeasured(f *flow.Flow, m sip.Message) bool {
	return (f.Kind() == flow.TCP || f.Kind() == flow.TLS) && m.ContentLength() == nil && len(m.GetHeaders("Content-Type")) > 0
}

// tooLong reports whether m is the head of a message that is longer than any may be (RFC
// 3261 §21.4.11). The flow has left the body out, and passes over it or closes after the
// answer.
func tooLong(f *flow.Flow, m sip.Message, raw []byte) bool {
	if f.Kind() != flow.TCP && f.Kind() != flow.TLS || len(m.GetHeaders("Content-Length")) != 1 {
		return false
	}
	l := m.ContentLength()
	return l != nil && int64(*l) > int64(len(m.Body())) && int64(len(raw))+int64(*l) > sipmsg.MaxMessage
}

// arrived is a sound request, with what names its transaction.
type arrived struct {
	req   *sip.Request
	size  int // octets
	scope scope
	key   string
}

// request matches a sound request (RFC 3261 §17.2.3).
func (l *Layer) request(f *flow.Flow, req *sip.Request, size int) {
	in := arrived{req, size, scopeOf(f), serverKey(req, req.Method)}
	tx, left := l.tables.server(in.scope, in.key)
	switch {
	case req.IsAck():
		if tx != nil && !tx.ack(size) || left != nil && !left.up {
			return
		}
		l.guard("Ack", func() { l.handler.Ack(f, req) })
	case tx != nil:
		tx.again(size)
	case left != nil:
		left.again(size)
	case req.IsCancel():
		l.cancel(f, req, size)
	default:
		l.begin(f, in)
	}
}

// cancel answers a CANCEL, without a transaction of its own: the same CANCEL
// gets the same answer (RFC 3261 §9.2).
func (l *Layer) cancel(f *flow.Flow, req *sip.Request, size int) {
	tx, left := l.tables.server(scopeOf(f), serverKey(req, sip.INVITE))
	switch call := callOf(req); {
	case tx != nil && tx.call == call:
		l.reply(f, sipmsg.Respond(req, 200, "", tx.tag), size)
		tx.cancel(req)
	case left != nil && left.call == call:
		l.reply(f, sipmsg.Respond(req, 200, "", left.tag), size)
	default:
		l.answer(f, req, size, &sipmsg.Refusal{Status: 481, Warning: "there is no such INVITE to cancel"})
	}
}

// begin starts a server transaction and hands its request up.
func (l *Layer) begin(f *flow.Flow, in arrived) {
	tx := l.newServer(f, in)
	perScope := l.cfg.MaxServersUDP
	if f.Kind().Stream() {
		perScope = l.cfg.MaxServersStream
	}
	switch l.tables.addServer(tx, perScope, l.cfg.MaxServers) {
	case merges:
		l.answer(f, in.req, in.size, &sipmsg.Refusal{Status: 482, Warning: "the same INVITE has come another way"})
		return
	case full:
		l.counts.overload.Add(1)
		l.answer(f, in.req, in.size, overloaded())
		return
	case ended:
		l.answer(f, in.req, in.size, overloaded())
		return
	}
	if !l.guard("Request", func() { l.handler.Request(tx, in.req) }) {
		tx.fail()
	}
	tx.trying()
}

// response matches a sound response (RFC 3261 §17.1.3).
func (l *Layer) response(f *flow.Flow, res *sip.Response) {
	c, left := l.tables.client(scopeOf(f), clientKey(res))
	switch {
	case c != nil:
		c.receive(res)
	case left != nil:
		left.receive(res)
	case res.IsSuccess() && res.CSeq().MethodName == sip.INVITE:
		l.guard("Response", func() { l.handler.Response(f, res) })
	default:
		l.counts.stray.Add(1)
	}
}
