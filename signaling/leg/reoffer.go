package leg

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// reoffer is all that we change about a session by ourselves: hold, and refreshing
// it. What is wanted is kept here, and one request at a time brings it about; what
// is wanted meanwhile, the next one does.
//
//	quiet --wanted--> sent --2xx------------------> quiet, and again if more is wanted
//	                       --491, Retry-After-----> resting --a while--> quiet
//	                       --422------------------> sent, with a longer interval
//	                       --refused, no answer---> quiet, the session as it was
type reoffer struct {
	hold    bool         // the far end is to be on hold
	lines   *wantedLines // what it is to have beside the sound; nil: what it has
	refresh bool         // the session timer is due
	moved   bool         // it is to know another address of ours
	retell  bool         // it is to know how things are: it has not answered the last offer
	codec   *sdp.Codec   // the far end is to talk this; nil: what it talks
	sent    *change      // nil: quiet or resting
	resting bool         // a timer will ask again
	ack     *sip.Request // of our last re-INVITE, for repetitions of its 2xx
}

// change is a request of ours that changes or refreshes the session.
type change struct {
	method  sip.RequestMethod
	offers  bool       // it has an offer
	refresh bool       // it refreshes, and changes nothing
	moved   bool       // it names another address of ours
	timed   bool       // it renews the session timer: not before the answer
	codec   *sdp.Codec // the codec that it is for; nil for none
	held    bool       // whether the far end was on hold before
	hold    bool       // whether it is afterwards
	wish    bool       // what was wanted of it when the change had failed
	lines   *wantedLines
	had     []media.LineOffer // the lines that it was offered before
	kept    []media.LineOffer // and those that it kept
}

// pending says that a request of ours is under way with which an offer of the far
// end's collides (RFC 3261 §14.2, RFC 3311 §5.2).
func (r *reoffer) pending() bool {
	return r.sent != nil && (r.sent.offers || r.sent.method == sip.INVITE)
}

// glareWait is how long to wait after a 491 before asking again (RFC 3261 §14.1):
// 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side, of which we take
// the end: browsers come again after one second, and but once (JsSIP).
func glareWait(owner bool) time.Duration {
	if owner {
		return 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
	}
	return 1300*time.Millisecond + time.Duration(rand.IntN(70))*10*time.Millisecond
}

// Hold implements bridge.Leg: a re-offer that asks the far end to stop sending (RFC
// 3264 §8.4), or to go on. The newest wish wins.
func (l *leg) Hold(on bool) {
	l.change.hold = on
	l.reoffer()
}

// reoffer asks the far end for what is wanted, as soon as that may be done: before
// the answer only by UPDATE, and when offer and answer are done already.
func (l *leg) reoffer() {
	c := &l.change
	same := c.hold == l.holding && c.codec == nil && c.lines == nil && !c.moved && !c.retell
	if l.state >= ending || c.sent != nil || c.resting || same && !c.refresh {
		return
	}
	if l.state == early {
		if t := l.self.talk(l.dialog.RemoteTag()); t.dialog != l.dialog || t.open != nothing || !l.updates || l.media == nil {
			return // the answer brings us here again
		}
	}
	if l.state == confirmed && !l.reachable() { // asked for when the device is back
		l.lose()
		return
	}
	if l.lines.deferred != nil { // its answer brings us here again
		return
	}
	if l.resend != nil { // its ACK brings us here again, but may be lost
		l.rest(500 * time.Millisecond)
		return
	}
	ch := &change{
		method: sip.INVITE, offers: true, refresh: same && !l.session.Doubted(), moved: c.moved,
		timed: l.state == confirmed, codec: c.codec, held: l.holding, hold: c.hold, lines: c.lines, had: l.lines.theirs, kept: l.lines.kept,
	}
	if l.updates && (ch.refresh || l.state == early) || ch.refresh && l.shows.tries {
		l.shows.tries = false
		ch.method, ch.offers = sip.UPDATE, !ch.refresh
	}
	l.sendChange(ch)
}

// sendChange sends one request.
func (l *leg) sendChange(ch *change) {
	var body []byte
	if ch.offers {
		var err error
		l.holding, l.change.moved, l.change.retell = ch.hold, false, false
		if l.change.lines = nil; ch.lines != nil {
			l.lines.theirs, l.lines.kept = ch.lines.lines, ch.lines.kept
		}
		if body, err = l.newOffer(ch); err != nil {
			l.undo(ch)
			l.log.Warn("session not changed", "error", err)
			l.relined(ch)
			return
		}
	}
	req := l.dialog.Request(ch.method)
	l.core.introduce(req)
	l.identify(req)
	if ch.timed {
		l.clock.Ask(l.core.policy().Timer, req)
	}
	if body != nil {
		setDescription(req, body)
	}
	l.change.sent = ch
	l.send(req, func(res *sip.Response) { l.changed(ch, res) }, func(err error) { l.unchanged(ch, err) })
}

// newOffer is the description of a change; a refresh says the same again, with the
// same version (RFC 4028 §7.4).
func (l *leg) newOffer(ch *change) ([]byte, error) {
	if ch.refresh {
		return l.session.Reoffer()
	}
	codecs := l.codecsNow()
	if c := ch.codec; c != nil {
		if !meets(codecs, []sdp.Codec{*c}) {
			codecs = append(codecs, *c)
		}
		moveForward(codecs, []sdp.Codec{*c})
	}
	return l.session.Offer(l.local(codecs, nil))
}

// codecsNow is what the leg may talk in a later offer or answer: the codec agreed
// first, so that a re-offer does not change it.
func (l *leg) codecsNow() []sdp.Codec {
	w := wish{profile: l.profile, prefer: l.core.prefers(), own: l.offers, named: l.namedCodecs()}
	if other := l.owner.Other(l.self); other != nil {
		w.other = other.Formats()
		l.hear(other)
	}
	codecs := w.codecs()
	if c := l.talks(); !c.IsZero() {
		now := carries([]sdp.Codec{c}, l.profile)
		meeting := meets(codecs, now)
		if !meeting {
			codecs = append(codecs, now...)
		}
		if meeting || w.other == nil { // else it is heard by nobody as it is
			moveForward(codecs, now)
		}
	}
	return codecs
}

// rest asks again after a while.
func (l *leg) rest(d time.Duration) {
	l.change.resting = true
	l.after(d, func() {
		l.change.resting = false
		l.reoffer()
	})
}

// changed takes an answer to our request.
func (l *leg) changed(ch *change, res *sip.Response) {
	switch {
	case res.StatusCode < 200:
	case l.change.sent != ch: // a repeated 2xx: our ACK was lost
		if ack := l.change.ack; ack != nil && res.StatusCode < 300 && ack.CSeq().SeqNo == res.CSeq().SeqNo {
			_ = l.core.layer.Write(l.way(), ack)
		}
	case res.StatusCode < 300:
		l.done(ch, res)
	default:
		l.refusedChange(ch, res)
	}
}

// done takes a 2xx.
func (l *leg) done(ch *change, res *sip.Response) {
	l.dialog.Refresh(res)
	l.heardOf(res)
	l.change.sent = nil
	l.change.refresh = false // whatever it was for, it has refreshed
	if ch.method == sip.INVITE {
		l.change.ack = l.dialog.Ack(res.CSeq().SeqNo)
		_ = l.core.layer.Write(l.way(), l.change.ack)
	}
	if ch.offers {
		body, err := description(res)
		take := l.takeAnswer
		if ch.lines == nil {
			take = l.takeAnswerAnd
		}
		if err == nil {
			err = take(body)
		}
		if err != nil {
			l.session.Rollback()
			l.holding, l.change.hold = ch.held, ch.held
			l.lines.theirs, l.lines.kept = ch.had, ch.kept
			l.log.Warn("answer to our offer not understood", "error", err)
		}
		l.asked(ch)
	}
	if ch.timed {
		l.clock.Agreed(res)
		l.wind()
	}
	l.relined(ch)
	if l.state == confirmed && l.asserts(res) {
		l.owner.Renamed(l.self)
	}
	l.reoffer()
}

// asked looks at what has come of a re-offer for another codec.
func (l *leg) asked(ch *change) {
	if ch.codec == nil {
		return
	}
	if l.change.codec == ch.codec {
		l.change.codec = nil
	}
	if s := l.session.Agreed(); s != nil && !s.Send.Matches(*ch.codec) {
		l.refuses(ch.codec)
	}
	l.resuit()
}

// takeAnswer takes the answer to an offer of ours and puts it to work. After an
// error the offer is still pending, and the media is as it was.
func (l *leg) takeAnswer(body []byte) error {
	next := l.session.Clone()
	stream, err := next.ReceiveAnswer(body)
	if err != nil {
		return err
	}
	if err := l.media.Prepare(&stream.Remote, stream.Setup); err != nil {
		return err
	}
	if err := l.apply(stream); err != nil {
		return err
	}
	l.session = next
	return nil
}

// undo leaves the session as it was before a change (RFC 3261 §14.1).
func (l *leg) undo(ch *change) {
	ch.wish = l.change.hold
	if ch.offers {
		l.session.Rollback()
		l.holding, l.lines.theirs, l.lines.kept = ch.held, ch.had, ch.kept
	}
	l.change.sent = nil
	if l.change.codec == ch.codec {
		l.change.codec = nil
	}
	if l.change.hold == ch.hold { // nothing else was wanted meanwhile
		l.change.hold = ch.held
	}
	l.change.refresh = false
}

// refusedChange takes a refusal.
func (l *leg) refusedChange(ch *change, res *sip.Response) {
	hold := l.change.hold
	l.undo(ch)
	switch {
	case res.StatusCode == 491:
		l.again(ch, hold)
		_, owner := l.self.(*Outgoing)
		l.rest(glareWait(owner))
	case res.StatusCode == 500 && sipmsg.Value(res, "Retry-After") != "":
		l.again(ch, hold)
		l.rest(retryAfter(res))
	case res.StatusCode == 422 && l.clock.TooBrief(res):
		l.again(ch, hold)
		l.reoffer()
	case res.StatusCode == 481, res.StatusCode == 408: // §12.2.1.2: the dialog is gone
		l.unanswered(ch, tandem.FromStatus(res.StatusCode, ""), res.StatusCode == 481)
	default:
		l.keeps(ch)
		l.relined(ch)
		l.log.Info("session not changed", "status", res.StatusCode, "refresh", ch.refresh)
		l.refuses(ch.codec)
		l.wind()
		l.reoffer()
	}
}

// again wants once more what was refused for now.
func (l *leg) again(ch *change, hold bool) {
	l.change.hold, l.change.refresh, l.change.moved = hold, ch.refresh, l.change.moved || ch.moved
	if l.change.codec == nil {
		l.change.codec = ch.codec
	}
	if l.change.lines == nil {
		l.change.lines = ch.lines
	}
}

// retryAfter is how long a far end wants us to wait: ten seconds at the most, since
// what it asks it for is a moment (RFC 3311 §5.2).
func retryAfter(res *sip.Response) time.Duration {
	v, _, _ := strings.Cut(sipmsg.Value(res, "Retry-After"), " ")
	v, _, _ = strings.Cut(v, ";")
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 10 {
		n = 10
	}
	return time.Duration(n)*time.Second + 100*time.Millisecond
}

// unchanged is the end of our request's transaction; an error means that nobody has
// answered it.
func (l *leg) unchanged(ch *change, err error) {
	if l.change.sent != ch || err == nil {
		return
	}
	hold := l.change.hold
	l.undo(ch)
	if errors.Is(err, txn.ErrFlowGone) && l.state == confirmed { // once more, on another way
		l.again(ch, hold)
		l.reoffer()
		return
	}
	cause := tandem.Cause{Status: 408, Q850: 102, Text: "Our " + string(ch.method) + " was not answered", Detail: err.Error()}
	l.unanswered(ch, cause, false)
}

// unanswered: a far end that does not answer, or that knows of no dialog, is gone
// (RFC 3261 §12.2.1.2), unless its media says otherwise: then the signaling may be
// lost on a way that only it takes. A leg whose connection is gone is waited for.
func (l *leg) unanswered(ch *change, cause tandem.Cause, sure bool) {
	if l.state != confirmed {
		return
	}
	l.relined(ch)
	waited := false
	select {
	case <-l.flow.Closed():
		waited = true
	default:
	}
	if !sure && (waited || l.media.Alive(lively)) {
		l.refuses(ch.codec)
		l.log.Warn("session not changed, but the far end lives", "method", string(ch.method), "refresh", ch.refresh, "error", cause.Words())
		l.wind()
		if ch.offers {
			l.retell(ch)
		}
		l.reoffer()
		return
	}
	l.fail(cause)
}
