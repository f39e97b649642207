package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

var _ bridge.Leg = (*Incoming)(nil)

// Incoming is a leg that called us: the UAS of RFC 3261 §13.3.
//
//	far end                 Incoming
//	  |------ INVITE --------->|  Begin: read the offer, start ICE and DTLS
//	  |<------ 100 ------------|  (sent by the transaction layer)
//	  |<------ 180 ------------|  Progress{}
//	  |<------ 183 SDP --------|  Progress{Sound}
//	  |<------ 200 SDP --------|  Answer, repeated until the ACK
//	  |------- ACK ----------->|
type Incoming struct {
	leg
	tx     *txn.Server
	offer  *sdp.Remote
	answer []byte // our description, once it was sent in a 183
	// warning is the code of the Warning with which a failed negotiation is
	// refused (RFC 3261 §20.43); zero means 399.
	warning int
	rel     reliably
	// late says that the media is begun with the answer only (see unasked).
	late bool
	// challenge is what the PBX asks of the browser (see relay.go).
	challenge []sip.Header
}

type incomingCall struct {
	tx      *txn.Server
	dialog  *dialog.Dialog
	arrival bridge.Arrival
	call    tandem.CallID
}

func newIncoming(c *Core, o bridge.Owner, id tandem.LegID, call incomingCall) *Incoming {
	in := &Incoming{tx: call.tx}
	in.leg = leg{
		core: c, owner: bridge.NewHome(o), id: id, call: call.call, flow: call.tx.Flow(), dialog: call.dialog,
		party: call.arrival.Caller, session: sdp.NewSession(sdp.SessionConfig{SessionID: sessionID()}),
		log: c.Log.With("leg", string(id), "sip_call_id", call.dialog.CallID()),
	}
	in.self, in.forget = in, call.tx.Forget
	in.shows.told.User = call.arrival.To
	switch call.arrival.From.Kind {
	case dialplan.FromUser:
		in.peerUser = call.arrival.From.Name
		in.instance = c.Registrar.Instance(in.flow, in.peerUser)
	case dialplan.FromTrunk:
		in.peerTrunk, in.account = call.arrival.From.Name, call.arrival.To
	}
	in.rel = in.reliablyFor(call.tx.Request())
	in.heardOf(call.tx.Request())
	call.tx.OnCancel(func(req *sip.Request) { in.owner.Post(func() { in.canceled(req) }) })
	call.tx.OnEnd(func(err error) {
		if err != nil {
			in.owner.Post(in.unreachable)
		}
	})
	return in
}

// Called implements bridge.Leg.
func (in *Incoming) Called() bool { return false }

// Begin implements bridge.Leg.
func (in *Incoming) Begin() tandem.Cause {
	_ = in.way() // a trunk may be elsewhere than its INVITE came from
	if in.refused {
		return tandem.Cause{Status: 503, Detail: "too many dialogs"}
	}
	body, err := description(in.tx.Request())
	if err != nil {
		return tandem.Cause{Status: 415, Detail: err.Error()}
	}
	if body == nil { // RFC 3261 §13.2.1: the offer will be ours, in the 200
		in.profile = profileOf(in.flow)
		if err := in.openMedia(true); err != nil {
			return noMedia(err)
		}
		if _, err := in.session.Clone().Offer(in.local(in.offering(nil), nil)); err != nil { // said before anybody is rung
			return in.noWay(err)
		}
		return tandem.Cause{}
	}
	if in.offer, err = in.session.ReceiveOffer(body); err != nil {
		return in.noWay(err)
	}
	in.profile = in.offer.Profile
	in.lines.known = media.OfferedLines(in.offer)
	in.offers = carries(in.offer.Codecs, in.profile)
	err = in.carried()
	if in.fax() {
		err = in.faxable()
	}
	if err != nil { // said before anybody is rung
		return in.noWay(err)
	}
	if err := in.openMedia(false); err != nil {
		return noMedia(err)
	}
	if err := in.acceptable(); err != nil {
		return in.noWay(err)
	}
	if in.unasked() {
		in.late = true
		return tandem.Cause{}
	}
	if err := in.prepare(in.offer); err != nil {
		return in.noWay(err)
	}
	return tandem.Cause{}
}

// noMedia is the cause when no media endpoint can be had: ports run out, or
// browsers are not served.
func noMedia(err error) tandem.Cause {
	c := tandem.FromStatus(503, "")
	c.Detail = err.Error()
	return c
}

// Progress implements bridge.Leg.
func (in *Incoming) Progress(p bridge.Progress) tandem.Cause {
	if in.state != early {
		return tandem.Cause{}
	}
	if !p.Sound || in.offer == nil && !in.rel.supported || in.fax() {
		status := 180
		if p.Status > 180 && p.Status < 183 && !p.Sound {
			status = p.Status
		}
		in.provisional(provisional{status: status, reason: tandem.Phrase(status)})
		return tandem.Cause{}
	}
	if in.offer != nil {
		if cause := in.describe(p.From); cause.Status != 0 {
			return cause
		}
	}
	in.provisional(provisional{status: 183, reason: "Session Progress", body: in.answer})
	return tandem.Cause{}
}

// describe answers the offer, once: what a 183 said the 200 says again (RFC 3261
// §13.2.1, RFC 6337 §3.1.1).
func (in *Incoming) describe(other bridge.Leg) tandem.Cause {
	if in.answer != nil {
		return tandem.Cause{}
	}
	if in.late {
		if err := in.prepare(in.offer); err != nil {
			return in.noWay(err)
		}
		in.late = false
	}
	wish := in.wish(other)
	codecs := wish.codecs()
	if err := wish.possible(codecs); err != nil {
		return in.noWay(err)
	}
	if cause := in.crowded(wish, codecs); cause.Status != 0 {
		return cause
	}
	in.see(other)
	body, err := in.answerOffer(in.offer, codecs)
	if err != nil {
		return in.noWay(err)
	}
	in.answer = body
	return tandem.Cause{}
}

// wish is what goes into the choice of codecs; other may be nil.
func (in *Incoming) wish(other bridge.Leg) wish {
	in.hear(other)
	w := wish{profile: in.profile, prefer: in.core.prefers(), own: in.offers, named: in.namedCodecs()}
	if other != nil {
		w.other = other.Formats()
	}
	return w
}

// offering is what a far end is offered that has called without an offer (RFC 3261 §13.2.1).
func (in *Incoming) offering(other bridge.Leg) []sdp.Codec {
	w := in.wish(other)
	w.whole = true
	return w.codecs()
}

// noWay is causeOfOffer, and remembers which code the Warning is to have.
func (in *Incoming) noWay(err error) tandem.Cause {
	in.warning = warningOf(err)
	return causeOfOffer(err)
}

// Answer implements bridge.Leg. The 200 may have to wait for a PRACK.
func (in *Incoming) Answer(other bridge.Leg) tandem.Cause {
	if in.state != early || in.rel.final != nil {
		return tandem.Cause{}
	}
	if in.offer != nil {
		if cause := in.describe(other); cause.Status != 0 {
			return cause
		}
	}
	return in.finally(func() tandem.Cause { return in.accept(other) })
}

// accept sends the 200. Its description is the answer; or our offer, where the
// INVITE had none; or none, where both were said in a response that was
// acknowledged.
func (in *Incoming) accept(other bridge.Leg) tandem.Cause {
	offers := in.offer == nil && !in.rel.settled
	if offers {
		var err error
		if in.answer, err = in.session.Offer(in.local(in.offering(other), nil)); err != nil {
			return in.noWay(err)
		}
	}
	res := in.response(200, "OK")
	in.core.introduce(res)
	if !in.rel.settled {
		setDescription(res, in.answer)
	}
	in.state = confirmed
	in.answerTimer(in.tx.Request(), res)
	in.resendUntilAck(in.tx, res, offers)
	return tandem.Cause{}
}

// response builds an answer to the INVITE that makes or keeps the dialog.
func (in *Incoming) response(status int, reason string) *sip.Response {
	res := respond(in.tx, status, reason)
	res.AppendHeader(in.dialog.ContactHeader())
	return res
}

// End implements bridge.Leg.
func (in *Incoming) End(cause tandem.Cause) {
	switch in.state {
	case early:
		in.refuse(cause)
	case confirmed:
		in.hangUp(cause)
	}
}

// refuse answers the INVITE with a final failure.
func (in *Incoming) refuse(cause tandem.Cause) {
	status := cause.Status
	if status < 300 || status > 699 {
		status = 480 // an end that has no status of its own: nobody is there
	}
	phrase := tandem.Phrase(status)
	if cause.Text != "" {
		phrase = words(cause.Text)
	}
	res := respond(in.tx, status, phrase)
	if cause.Detail != "" {
		warn(res, in.warning, cause.Detail)
	}
	if status == 503 {
		res.AppendHeader(sip.NewHeader("Retry-After", "10"))
	}
	if status == 415 {
		res.AppendHeader(sip.NewHeader("Accept", sdpType))
	}
	for _, v := range cause.ReasonHeader() {
		res.AppendHeader(sip.NewHeader("Reason", v))
	}
	if _, challenge := digest.RoleOf(status); challenge {
		for _, h := range in.challenge {
			res.AppendHeader(h)
		}
	}
	_ = in.tx.Respond(res) // the flow is gone: nobody is left to be told
	in.finish()
}

// canceled is the caller giving up (RFC 3261 §9.2). The 200 to the CANCEL is
// sent; the INVITE is answered with 487. A CANCEL that crosses our 200 changes
// nothing.
func (in *Incoming) canceled(req *sip.Request) {
	if in.state != early {
		return
	}
	cause := causeOf(req, tandem.CauseCanceled)
	cause.Status = 487
	in.refuse(tandem.Cause{Status: 487})
	in.owner.Ended(in, cause)
}

// leftEarly: a caller may end an early dialog with BYE; the INVITE is answered
// with 487 (RFC 3261 §15.1.2).
func (in *Incoming) leftEarly(bye *sip.Request) tandem.Cause {
	cause := causeOf(bye, tandem.CauseCanceled)
	cause.Status = 487
	return cause
}

// unreachable is an INVITE transaction that ended without the far end's word.
func (in *Incoming) unreachable() {
	if in.state == early {
		in.finish()
		in.owner.Ended(in, tandem.CauseCanceled)
	}
}

// flowLost: a caller whose socket is gone before the answer will never hear of
// it, and one that has not acknowledged the answer is not waited for as long. A
// call that stands goes on: its media needs no socket.
func (in *Incoming) flowLost(f *flow.Flow) {
	if f.Key() != in.flow.Key() {
		return
	}
	in.detached(f)
	if in.resend != nil {
		in.resend.hurry = time.Now().Add(lostACK)
	}
	in.unreachable()
}

// profileOf is the media that a far end on this flow is expected to speak.
func profileOf(f *flow.Flow) sdp.Profile {
	if k := f.Kind(); k == flow.WS || k == flow.WSS {
		return sdp.WebRTC
	}
	return sdp.Plain
}
