package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/txn"
)

// resending is a 2xx of ours that is repeated until its ACK comes (RFC 3261
// §13.3.1.4).
type resending struct {
	res    *sip.Response
	timing dialog.Resend
	timer  *time.Timer
	offers bool      // the 2xx carried our offer: the ACK brings the answer
	hurry  time.Time // when to give up, where the connection is gone; else zero
}

// lostACK is how long the ACK is waited for when the connection on which the
// INVITE came is gone: its device may come back, but ports are not to be held for
// whoever sends INVITEs and leaves.
const lostACK = 5 * time.Second

// resendUntilAck sends a 2xx to an INVITE and repeats it.
func (l *leg) resendUntilAck(tx *txn.Server, res *sip.Response, offers bool) {
	l.stopResend()
	l.resend = &resending{res: res, offers: offers}
	_ = tx.Respond(res)               // a lost flow shows as a missing ACK
	wait, _ := l.resend.timing.Next() // the first time there is always one
	l.repeat(l.resend, wait)
}

// repeat sends the 2xx again after a while, over and over, and ends the session
// when no ACK has come in 64*T1.
func (l *leg) repeat(r *resending, wait time.Duration) {
	r.timer = time.AfterFunc(wait, func() {
		l.owner.Post(func() {
			if l.resend != r || l.state == done {
				return
			}
			next, ok := r.timing.Next()
			if !ok || !r.hurry.IsZero() && time.Now().After(r.hurry) {
				l.unacknowledged()
				return
			}
			_ = l.core.layer.Write(l.way(), r.res)
			l.repeat(r, next)
		})
	})
}

func (l *leg) stopResend() {
	if l.resend != nil && l.resend.timer != nil {
		l.resend.timer.Stop()
	}
	l.resend = nil
}

// unacknowledged: no ACK in 64*T1. The session is ended with a BYE.
func (l *leg) unacknowledged() {
	l.stopResend()
	cause := tandem.FromStatus(408, "No ACK for our 200")
	cause.Detail = "the far end was told Contact " + contactText(l)
	if l.state == ending {
		if l.bye != nil {
			cause = *l.bye
		}
		l.hangUp(cause)
		return
	}
	l.log.Warn("no ACK for our 200", "contact", contactText(l))
	l.fail(cause)
}

func contactText(l *leg) string {
	c := l.dialog.Contact()
	return c.String()
}

// acked is the ACK of a 2xx of ours. It may bring the answer to an offer that the
// 2xx carried (RFC 3261 §13.2.2.4), and it releases a BYE that waited for it.
func (l *leg) acked(req *sip.Request) {
	r := l.resend
	if r == nil || l.state == done || req.CSeq().SeqNo != r.res.CSeq().SeqNo {
		return
	}
	l.stopResend()
	if l.bye != nil {
		l.hangUp(*l.bye)
		return
	}
	if r.offers {
		l.answeredInAck(req)
	}
	l.reoffer()
}

// answeredInAck takes the answer to our offer from the ACK.
func (l *leg) answeredInAck(req *sip.Request) {
	body, err := description(req)
	if err == nil && body == nil {
		err = errNoAnswer
	}
	if err == nil {
		err = l.takeAnswerAnd(body)
	}
	if err == nil {
		return
	}
	l.session.Rollback()
	if l.session.Agreed() == nil { // the call never had media
		l.fail(causeOfOffer(err))
		return
	}
	l.log.Warn("offer not answered in the ACK", "error", err)
}
