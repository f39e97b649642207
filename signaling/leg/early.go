package leg

import (
	"errors"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// earlyDialog is one of the dialogs that an INVITE of ours makes before its answer
// (RFC 3261 §12.1.2), with a route set, a target and a session of its own.
type earlyDialog struct {
	dialog  *dialog.Dialog
	session *sdp.Session
	order   dialog.Order
	said    string         // its last description
	settled bool           // the answer to our offer came in a reliable response
	party   tandem.Address // who is rung there, as a believed trunk has said; zero for nothing said
}

// fork returns the early dialog of a response; nil for none, and when there are too
// many.
func (out *Outgoing) fork(res *sip.Response) *earlyDialog {
	tag, _ := sipmsg.Param(res.To().Params, "tag")
	if tag == "" {
		return nil
	}
	if e := out.forks[tag]; e != nil {
		return e
	}
	if len(out.forks) >= maxForks {
		return nil
	}
	d, err := out.dialog.Fork(res)
	if err != nil {
		return nil
	}
	e := &earlyDialog{dialog: d, session: out.base.Fork()}
	out.forks[tag] = e
	return e
}

// provisional is a 180 or a 183; each To-tag is an early dialog of its own, of which
// the one that began last to describe its sound is heard.
func (out *Outgoing) provisional(res *sip.Response) {
	if out.state != early {
		return
	}
	out.rang = true
	out.cameBy(res)
	out.heardOf(res)
	e := out.fork(res)
	reliable := sipmsg.Has(res, "Require", dialog.TagReliable)
	if reliable && !out.acknowledges(e, res) {
		return
	}
	if res.StatusCode == 180 {
		out.rung = true
		out.owner.Ringing(out)
	}
	body, err := description(res)
	if err != nil || body == nil || e == nil {
		return
	}
	out.listen(e, body, reliable)
}

// expect lets sound come before anybody has described it: carriers send a ringback tone
// or an announcement behind a plain 180, or ahead of the 183 that goes with it.
func (out *Outgoing) expect() {
	if s := out.session.Expected(); s != nil {
		if err := out.media.Expect(s); err != nil {
			out.log.Warn("early media not awaited", "error", err)
		}
	}
}

// undescribed is sound that came first, of a payload type of our offer.
func (out *Outgoing) undescribed(pt uint8) {
	s := out.session.Expected()
	if out.state != early || out.sounded || s == nil {
		return
	}
	c, ok := s.ReceiveCodec(pt)
	if !ok || c.Name == sdp.NameEvent {
		c = s.Send
	}
	out.heard = c
	out.owner.Early(out)
}

// Formats implements bridge.Leg.
func (out *Outgoing) Formats() []media.Codec {
	if now := out.leg.Formats(); len(now) > 0 || out.heard.IsZero() {
		return now
	}
	return carries([]sdp.Codec{out.heard}, out.profile)
}

// listen takes the description of an early dialog. Early media is heard of one only:
// a proxy that rings one place after the other passes on what the last has to say, and
// a place may move its sound before it answers. What came in a reliable response stays
// (RFC 3262 §5), and so does the first where ICE has found the way to it.
func (out *Outgoing) listen(e *earlyDialog, body []byte, reliable bool) {
	begun := e.said != ""
	if e.settled || e.said == string(body) {
		e.settled = e.settled || reliable
		return
	}
	stream, err := e.session.ReceiveAnswer(body)
	if err != nil {
		out.log.Warn("early session description not understood", "error", err)
		return
	}
	e.said, e.settled = string(body), reliable
	if out.sounded && e.session != out.session && (begun || out.profile == sdp.WebRTC) {
		return
	}
	if err := out.agree(stream); err != nil {
		out.log.Warn("early media not started", "error", err)
		return
	}
	out.session = e.session
	if !out.sounded {
		out.sounded = true
		out.owner.Early(out)
	}
}

// acknowledges sends the PRACK of a reliable response (RFC 3262 §4), and says
// whether the response is to be looked at: not when it is a repetition or came
// before one that is missing.
func (out *Outgoing) acknowledges(e *earlyDialog, res *sip.Response) bool {
	rseq, err := dialog.ParseRSeq(sipmsg.Value(res, "RSeq"))
	if err != nil || e == nil || !e.order.Next(rseq) {
		return false
	}
	prack := e.dialog.Request(sip.PRACK)
	rack := dialog.RAck{RSeq: rseq, CSeq: res.CSeq().SeqNo, Method: sip.INVITE}
	prack.AppendHeader(sip.NewHeader("RAck", rack.String()))
	out.sendIn(e.dialog, prack, nil, nil)
	return true
}

// talk implements the leg's side of requests: before the answer each fork has a
// dialog, in which our offer waits for an answer that came reliably.
func (out *Outgoing) talk(tag string) talk {
	if out.winner != "" || out.state != early {
		return out.standing(tag)
	}
	e := out.forks[tag]
	if e == nil {
		return talk{}
	}
	t := talk{dialog: e.dialog, session: &e.session, heard: e.session == out.session, open: ours}
	if e.settled {
		t.open = nothing
	}
	return t
}

// pracked implements the leg's side of requests: we have sent no response.
func (out *Outgoing) pracked(tx *txn.Server, _ *sip.Request) {
	refuse(tx, 481, "Call/Transaction Does Not Exist", "no provisional response of ours waits for this PRACK")
}

// choose makes the dialog of a 2xx the leg's: an early one, or a new one.
func (out *Outgoing) choose(res *sip.Response) error {
	tag, _ := sipmsg.Param(res.To().Params, "tag")
	if e := out.forks[tag]; e != nil {
		out.dialog, out.rings = e.dialog, e.party
	}
	out.cameBy(res)
	return out.dialog.Confirm(res)
}

// settle takes the session description of the 2xx. One that comes without, after
// an early one, means the early one (RFC 3261 §13.2.1).
func (out *Outgoing) settle(res *sip.Response) error {
	body, err := description(res)
	if err != nil {
		return err
	}
	session, settled := out.base.Fork(), false
	if e := out.forks[out.winner]; e != nil {
		session, settled = e.session, e.settled
	}
	stream := session.Agreed()
	if body != nil && !settled {
		if stream, err = session.ReceiveAnswer(body); err != nil {
			return err
		}
	}
	if stream == nil {
		return errors.New("the 200 has no session description")
	}
	if out.fax && stream.Line(sdp.KindImage, 0) == nil {
		return unacceptable("the fax is refused")
	}
	out.session, out.base, out.forks = session, nil, nil
	out.lines.known = out.Lines()
	return out.agree(stream)
}
