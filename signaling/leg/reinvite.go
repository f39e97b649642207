package leg

import (
	"errors"
	"math/rand/v2"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

var errNoAnswer = errors.New("there is no session description where the answer to our offer should be")

// reinvited is a re-INVITE of the far end (RFC 3261 §14.2): hold and resume, a
// new address, an ICE restart, or just a refresh. A failure leaves the call as it
// was.
func (l *leg) reinvited(tx *txn.Server, req *sip.Request) {
	switch {
	case l.state != confirmed || l.resend != nil || l.lines.deferred != nil:
		res := respond(tx, 500, "Server Internal Error") // §14.2: another INVITE is not finished yet
		sipmsg.RetryAfter(res, rand.IntN(11))
		sipmsg.Warning(res, "the INVITE before is not finished yet")
		_ = tx.Respond(res)
		return
	case l.change.pending():
		l.dialog.Again(req)
		refuse(tx, 491, "Request Pending", "a change of ours is under way")
		return
	case l.core.tooBrief(tx, req):
		return
	}
	body, err := description(req)
	if err != nil {
		refuse(tx, 415, "Unsupported Media Type", err.Error())
		return
	}
	if body == nil || !l.defers(&deferred{tx: tx, req: req, body: body}) {
		l.answerReinvite(tx, req, body)
	}
}

// answerReinvite answers a re-INVITE; without a description the answer offers.
func (l *leg) answerReinvite(tx *txn.Server, req *sip.Request, body []byte) {
	offers := body == nil
	var answer []byte
	var err error
	if offers {
		answer, err = l.session.Offer(l.local(l.codecsNow(), nil))
	} else {
		answer, err = l.reanswer(body)
	}
	if err != nil {
		l.session.Rollback()
		l.refuseOffer(tx, err)
		return
	}
	l.dialog.Refresh(req)
	l.heardOf(req)
	res := respond(tx, 200, "OK")
	res.AppendHeader(l.dialog.ContactHeader())
	l.core.introduce(res)
	l.answerTimer(req, res)
	setDescription(res, answer)
	l.resendUntilAck(tx, res, offers)
	l.renamed(req)
}

// reanswerIn answers an offer within a dialog. It is tried on a copy of the session
// first, before the media hears of it, so that after an error both are as they
// were.
func (l *leg) reanswerIn(t talk, body []byte) ([]byte, error) {
	next := (*t.session).Clone()
	offer, err := next.ReceiveOffer(body)
	if err != nil {
		return nil, err
	}
	offers := l.offers
	l.offers = carries(offer.Codecs, l.profile)
	answer, err := l.answerWith(next, offer, t.heard)
	if err != nil {
		l.offers = offers
		return nil, err
	}
	*t.session = next
	if t.heard {
		l.session = next
	}
	return answer, nil
}

// answerWith answers the offer that is pending in a session. The media is changed
// where it is heard.
func (l *leg) answerWith(s *sdp.Session, offer *sdp.Remote, heard bool) ([]byte, error) {
	local := l.local(l.codecsNow(), offer)
	local.Setup = l.role(offer)
	body, _, err := s.Clone().Answer(local)
	if err != nil || !heard {
		if err == nil {
			body, _, err = s.Answer(local)
		}
		return body, err
	}
	if err := l.prepare(offer); err != nil {
		return nil, err
	}
	local = l.local(l.codecsNow(), offer) // an ICE restart has given us new credentials
	local.Setup = l.role(offer)
	body, stream, err := s.Answer(local)
	if err != nil {
		return nil, err
	}
	return body, l.apply(stream)
}

func (l *leg) refuseOffer(tx *txn.Server, err error) {
	cause := causeOfOffer(err)
	res := respond(tx, cause.Status, tandem.Phrase(cause.Status))
	warn(res, warningOf(err), cause.Detail)
	_ = tx.Respond(res)
}
