package leg

import (
	"math/rand/v2"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sdp"
)

// reoffer is a re-INVITE of ours: one at a time, the newest wish wins.
type reoffer struct {
	sent   bool  // a re-INVITE is under way
	wanted *bool // what to ask for when it is over: hold or not
	seq    uint32
	ack    *sip.Request
}

func (r *reoffer) pending() bool { return r.sent }

// glareWait is how long to wait after a 491 before asking again (RFC 3261 §14.1):
// 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side.
func glareWait(owner bool) time.Duration {
	if owner {
		return 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
	}
	return time.Duration(rand.IntN(200)) * 10 * time.Millisecond
}

// codecsNow is what the leg may talk in a later offer or answer: the codec agreed
// first, so that a re-offer does not change it.
func (l *leg) codecsNow() []sdp.Codec {
	w := wish{profile: l.profile, prefer: l.core.Prefer, own: l.offers, named: l.trunkCodecs()}
	codecs := w.codecs()
	if s := l.session.Agreed(); s != nil {
		moveForward(codecs, []string{s.Send.Name})
	}
	return codecs
}

// Hold implements bridge.Leg: a re-INVITE that asks the far end to stop sending
// (RFC 3264 §8.4), or to go on.
func (l *leg) Hold(on bool) {
	if l.state != confirmed {
		return
	}
	if l.change.sent || l.resend != nil {
		l.change.wanted = &on
		if !l.change.sent {
			l.after(500*time.Millisecond, l.retryHold)
		}
		return
	}
	l.change.wanted = nil // the newest wish wins
	if l.holding == on {
		return
	}
	l.holding = on
	body, err := l.session.Offer(l.local(l.codecsNow()))
	if err != nil {
		l.holding = !on
		l.log.Warn("hold not offered", "error", err)
		return
	}
	req := l.dialog.Request(sip.INVITE)
	req.AppendHeader(sip.NewHeader("Allow", l.core.ability.Allow()))
	setDescription(req, body)
	l.change = reoffer{sent: true, seq: req.CSeq().SeqNo}
	l.send(req, func(res *sip.Response) { l.reoffered(res, on) }, func(err error) { l.reofferOver(err, on) })
}

func (l *leg) retryHold() {
	if on := l.change.wanted; on != nil {
		l.change.wanted = nil
		l.Hold(*on)
	}
}

// reoffered takes the answer to our re-INVITE.
func (l *leg) reoffered(res *sip.Response, on bool) {
	switch {
	case res.StatusCode < 200:
	case res.StatusCode < 300:
		if !l.change.sent { // a repeated 2xx: our ACK was lost
			if l.change.ack != nil {
				_ = l.core.layer.Write(l.way(), l.change.ack)
			}
			return
		}
		l.dialog.Refresh(res)
		l.change.sent = false
		l.change.ack = l.dialog.Ack(res.CSeq().SeqNo)
		_ = l.core.layer.Write(l.way(), l.change.ack)
		l.reagree(res)
		l.retryHold()
	default:
		l.reofferRefused(res, on)
	}
}

func (l *leg) reagree(res *sip.Response) {
	body, err := description(res)
	if err == nil {
		stream, answerErr := l.session.ReceiveAnswer(body)
		if err = answerErr; err == nil {
			err = l.apply(stream)
		}
	}
	if err != nil {
		l.session.Rollback()
		l.log.Warn("re-offer's answer not understood", "error", err)
	}
}

// reofferRefused leaves the call as it was (RFC 3261 §14.1); after a glare it
// asks again.
func (l *leg) reofferRefused(res *sip.Response, on bool) {
	if !l.change.sent {
		return
	}
	l.session.Rollback()
	l.holding = !on
	l.change = reoffer{wanted: l.change.wanted}
	switch res.StatusCode {
	case 491:
		if l.change.wanted == nil {
			l.change.wanted = &on
		}
		_, owner := l.self.(*Outgoing)
		l.after(glareWait(owner), l.retryHold)
	case 408, 481: // §12.2.1.2: the dialog is gone
		l.fail(tandem.FromStatus(res.StatusCode, ""))
	default:
		l.log.Info("re-offer refused", "status", res.StatusCode)
		l.retryHold()
	}
}

// reofferOver is the end of the transaction; without any answer the dialog is
// gone (RFC 3261 §12.2.1.2) unless media says otherwise.
func (l *leg) reofferOver(err error, on bool) {
	if !l.change.sent || err == nil {
		return
	}
	l.session.Rollback()
	l.holding = !on
	l.change = reoffer{}
	l.log.Warn("re-offer not answered", "error", err)
}
