package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
)

// sending is a request in a dialog on its way. A trunk may challenge it (RFC 3261
// §22.2, §22.3); then it is sent again with the trunk's account. It belongs to the
// call's goroutine.
type sending struct {
	l        *leg
	in       *dialog.Dialog
	req      *sip.Request // the last one that was sent
	on       func(*sip.Response)
	ended    func(error)
	answered [2]int // challenges answered, by digest.Role
}

// send starts a transaction in the dialog, as soon as there is a way to the far
// end. on and ended run on the call's goroutine; both may be nil.
func (l *leg) send(req *sip.Request, on func(*sip.Response), ended func(error)) {
	l.sendIn(l.dialog, req, on, ended)
}

// sendIn is send within a dialog that is not, or not yet, the leg's only one.
func (l *leg) sendIn(d *dialog.Dialog, req *sip.Request, on func(*sip.Response), ended func(error)) {
	s := &sending{l: l, in: d, req: req, on: on, ended: ended}
	s.start()
}

// start sends the request, when there is a way to the far end.
func (s *sending) start() {
	if !s.l.reachable() {
		s.l.owe(owed{send: s.start, fail: s.ended})
		return
	}
	l, req, f := s.l, s.req, s.l.way()
	login := l.login(f)
	_, err := l.core.layer.Send(f, req,
		func(res *sip.Response) {
			if s.on != nil || login != nil {
				l.arrived(func() { s.response(res, login) })
			}
		},
		func(err error) {
			if s.ended != nil {
				l.owner.Post(func() { s.over(req, err) })
			}
		})
	if err != nil && s.ended != nil {
		l.owner.Post(func() { s.over(req, err) })
	}
}

// response takes an answer, unless it is a challenge that is answered.
func (s *sending) response(res *sip.Response, login *digest.Client) {
	if s.challenged(res, login) {
		s.start()
		return
	}
	if s.on != nil {
		s.on(res)
	}
}

// over is the end of a transaction; that of a challenge is not the request's.
func (s *sending) over(req *sip.Request, err error) {
	if req == s.req {
		s.ended(err)
	}
}

// challenged makes the request anew with the credentials that a challenge asks
// for: once for each of the two roles, and once more where the nonce has only
// grown old (RFC 7616 §3.3).
func (s *sending) challenged(res *sip.Response, login *digest.Client) bool {
	role, ok := digest.RoleOf(res.StatusCode)
	if !ok || login == nil {
		return false
	}
	var challenges []string
	for _, h := range res.GetHeaders(role.Challenge()) {
		challenges = append(challenges, h.Value())
	}
	if n := s.answered[role]; n > 1 || n == 1 && !digest.IsStale(challenges) {
		return false
	}
	headers, err := login.Answer(role, challenges, string(s.req.Method), s.req.Recipient.String())
	if err != nil {
		s.l.log.Warn("challenge not answered", "status", res.StatusCode, "reason", err)
		return false
	}
	s.answered[role]++
	again := s.req.Clone()
	again.RemoveHeader(role.Credentials())
	again.ReplaceHeader(s.in.Request(again.Method).CSeq())
	for _, h := range headers {
		again.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	s.req = again
	return true
}

// acknowledge builds the ACK to a 2xx, with the credentials of its INVITE (RFC 3261
// §22.1).
func (out *Outgoing) acknowledge(res *sip.Response) *sip.Request {
	ack := out.dialog.Ack(res.CSeq().SeqNo)
	invite := out.sent.Request()
	if invite == nil || out.peerTrunk == "" {
		return ack
	}
	for _, role := range []digest.Role{digest.Server, digest.Proxy} {
		for _, h := range invite.GetHeaders(role.Credentials()) {
			ack.AppendHeader(sip.NewHeader(role.Credentials(), h.Value()))
		}
	}
	return ack
}

// login is the account that a trunk's challenge within this dialog is answered
// with; nil where the flow does not lead to a trunk, or none is known.
func (l *leg) login(f *flow.Flow) *digest.Client {
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Login(l.account, f)
	}
	return nil
}
