package leg

import (
	"errors"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/txn"
)

var errNoAnswer = errors.New("the ACK has no session description")

// reinvited is a re-INVITE of the far end (RFC 3261 §14.2): hold and resume, a
// new address, an ICE restart, or just a refresh. A failure leaves the call as it
// was.
func (l *leg) reinvited(tx *txn.Server, req *sip.Request) {
	switch {
	case l.state != confirmed || l.resend != nil:
		res := respond(tx, 500, "Server Internal Error") // §14.2: another INVITE is not finished yet
		res.AppendHeader(sip.NewHeader("Retry-After", "3"))
		_ = tx.Respond(res)
		return
	case l.change.pending():
		_ = tx.Respond(respond(tx, 491, "Request Pending"))
		return
	}
	l.dialog.Refresh(req)
	body, err := description(req)
	if err != nil {
		refuse(tx, 415, "Unsupported Media Type", err.Error())
		return
	}
	offers := body == nil
	var answer []byte
	if offers {
		answer, err = l.session.Offer(l.local(l.codecsNow()))
	} else {
		answer, err = l.reanswer(body)
	}
	if err != nil {
		l.session.Rollback()
		l.refuseOffer(tx, err)
		return
	}
	res := respond(tx, 200, "OK")
	res.AppendHeader(&sip.ContactHeader{Address: l.dialog.Contact()})
	res.AppendHeader(sip.NewHeader("Allow", l.core.ability.Allow()))
	setDescription(res, answer)
	l.resendUntilAck(tx, res, offers)
}

// updated is an UPDATE (RFC 3311 §5.2). JsSIP sends it without a description as
// its session timer; then it only refreshes the target.
func (l *leg) updated(tx *txn.Server, req *sip.Request) {
	body, err := description(req)
	if err != nil {
		refuse(tx, 415, "Unsupported Media Type", err.Error())
		return
	}
	var answer []byte
	if body != nil {
		if l.state != confirmed || l.change.pending() || l.resend != nil && l.resend.offers {
			_ = tx.Respond(respond(tx, 491, "Request Pending"))
			return
		}
		if answer, err = l.reanswer(body); err != nil {
			l.session.Rollback()
			l.refuseOffer(tx, err)
			return
		}
	}
	l.dialog.Refresh(req)
	res := respond(tx, 200, "OK")
	res.AppendHeader(&sip.ContactHeader{Address: l.dialog.Contact()})
	if answer != nil {
		setDescription(res, answer)
	}
	_ = tx.Respond(res)
}

// reanswer answers an offer in mid-call.
func (l *leg) reanswer(body []byte) ([]byte, error) {
	offer, err := l.session.ReceiveOffer(body)
	if err != nil {
		return nil, err
	}
	if err := l.prepare(offer); err != nil {
		return nil, err
	}
	l.offers = names(offer.Codecs)
	return l.answerOffer(offer, l.codecsNow())
}

func (l *leg) refuseOffer(tx *txn.Server, err error) {
	cause := causeOfOffer(err)
	res := respond(tx, cause.Status, tandem.Phrase(cause.Status))
	warn(res, warningOf(err), cause.Detail)
	_ = tx.Respond(res)
}
