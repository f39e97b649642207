package leg

import (
	"errors"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// referred is a REFER in the dialog (RFC 3515 §2.4.2, RFC 5589): the far end
// wants its other party to talk with somebody else. It ends here: what becomes of
// it is told by NOTIFY, and no REFER goes on to anybody.
func (l *leg) referred(tx *txn.Server, req *sip.Request) {
	to, cause := readReferTo(req)
	from := l.Source()
	switch {
	case cause.Status != 0:
	case l.state != confirmed:
		cause = no(403, "a call that is not answered cannot be transferred")
	case l.referral != nil:
		cause = no(491, "another transfer of this call is under way")
	case from.Kind == 0:
		cause = no(403, "who is neither a user nor a trunk may not transfer")
	case to.replaces == nil && to.host != "" && from.Kind == dialplan.FromUser && !l.ours(to.host):
		cause = no(403, "this gateway serves "+l.core.Domain+", not "+to.host)
	}
	if cause.Status != 0 {
		refuse(tx, cause.Status, tandem.Phrase(cause.Status), cause.Detail)
		return
	}
	r := &referral{leg: l, event: "refer;id=" + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)}
	r.quiet = strings.EqualFold(strings.TrimSpace(sipmsg.Value(req, "Refer-Sub")), "false") // RFC 4488 §4
	t := bridge.Transfer{From: from, Party: l.party, To: to.number, Report: r.report}
	var lost tandem.Cause
	if to.replaces != nil {
		t.Place, lost = l.placeOf(*to.replaces)
	}
	if lost.Status == 0 {
		if cause = l.owner.Transfer(l.self, t); cause.Status != 0 {
			refuse(tx, cause.Status, tandem.Phrase(cause.Status), cause.Detail)
			return
		}
	}
	l.referral = r
	res := respond(tx, 202, "Accepted")
	res.AppendHeader(l.dialog.ContactHeader())
	if r.quiet {
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	_ = tx.Respond(res) // a lost flow shows as NOTIFYs without an answer
	r.report(tandem.Cause{Status: 100, Text: "Trying"})
	if lost.Status != 0 { // a 481 to the REFER itself would end the dialog it is in (RFC 5057)
		r.report(lost)
	}
}

// Source implements bridge.Leg: whom the dialplan takes the far end for.
func (l *leg) Source() dialplan.Source {
	switch {
	case l.peerUser != "":
		return dialplan.Source{Kind: dialplan.FromUser, Name: l.peerUser}
	case l.peerTrunk != "":
		return dialplan.Source{Kind: dialplan.FromTrunk, Name: l.peerTrunk}
	}
	return dialplan.Source{}
}

// placeOf finds the leg that a Replaces in a Refer-To names: another dialog that
// the same user or trunk has with us.
func (l *leg) placeOf(r dialog.Replaces) (*bridge.Place, tandem.Cause) {
	named := l.core.named(r)
	switch {
	case named == nil:
		return nil, no(481, "the dialog in Replaces is none of ours")
	case named == l || named.Source() != l.Source():
		return nil, no(403, "the dialog in Replaces is somebody else's")
	}
	return &bridge.Place{Owner: named.owner, Leg: named.self, Match: func() tandem.Cause {
		switch {
		case !r.Names(named.dialog) || named.state >= ending:
			return no(481, "the dialog in Replaces has ended")
		case r.EarlyOnly && named.state == confirmed:
			return no(486, "the dialog in Replaces is answered, and only an early one was wanted")
		}
		return tandem.Cause{}
	}}, tandem.Cause{}
}

// named returns the leg of the dialog that a Replaces names by Call-ID and one of
// its tags; whether the other tag fits is for its call's goroutine to say.
func (c *Core) named(r dialog.Replaces) *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range r.IDs() {
		if l := c.dialogs[id]; l != nil {
			return l
		}
	}
	return nil
}

// referral is the subscription that a REFER makes (RFC 3515 §2.4.4): NOTIFYs one
// after the other, in the dialog of the REFER.
//
//	Transferor              leg
//	  |------ REFER -------->|
//	  |<----- 202 -----------|
//	  |<----- NOTIFY 100 ----|  active
//	  |<----- NOTIFY 180 ----|  active
//	  |<----- NOTIFY 200 ----|  terminated;reason=noresource
type referral struct {
	leg   *leg
	event string // the value of Event
	quiet bool   // RFC 4488: nothing is to be told
	busy  bool   // a NOTIFY is under way
	dead  bool   // the far end wants no more of them
	next  tandem.Cause
}

// report takes the newest state; one that was not sent yet is passed over.
func (r *referral) report(c tandem.Cause) {
	if r.next.Status < 200 {
		r.next = c
	}
	if c.Status >= 200 && r.leg.referral == r {
		r.leg.referral = nil
	}
	r.notify()
}

func (r *referral) notify() {
	c, l := r.next, r.leg
	if r.busy || r.dead || r.quiet || c.Status == 0 || l.state != confirmed {
		return
	}
	r.busy, r.next = true, tandem.Cause{}
	r.dead = c.Status >= 200
	req := l.dialog.Request(sip.NOTIFY)
	state := "active;expires=300"
	if r.dead {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sip.NewHeader("Event", r.event))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	req.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	phrase := tandem.Phrase(c.Status)
	switch {
	case c.Status == 180:
		phrase = "Ringing"
	case c.Text != "" && c.Status >= 300:
		phrase = words(c.Text)
	}
	req.SetBody([]byte("SIP/2.0 " + strconv.Itoa(c.Status) + " " + phrase + "\r\n"))
	l.send(req, func(res *sip.Response) {
		if res.StatusCode >= 300 { // RFC 6665 §4.2.2: it wants no more
			r.dead = true
		}
	}, func(err error) {
		r.busy = false
		switch {
		case err == nil:
		case errors.Is(err, txn.ErrFlowGone) && (l.away == nil || !l.away.over): // again, when it is back
			if r.dead = false; r.next.Status == 0 {
				r.next = c
			}
		default:
			r.dead = true
		}
		r.notify()
	})
}
