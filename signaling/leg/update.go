package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/txn"
)

// updateTime is how long the other party is waited for by an UPDATE that changes the
// lines. RFC 3311 §5.2 wants its answer at once, and no user asked; a device that asks
// none needs a round trip. It is less than T2, when an answer to a request that is no
// INVITE is late (RFC 4320 §4.1).
const updateTime = 3 * time.Second

// updated is an UPDATE (RFC 3311 §5.2). JsSIP sends it without a description as
// its session timer; then it only refreshes the session and the target.
//
//	A                      here                       B
//	|-- UPDATE, video ------>|                         |
//	|                        |-- re-INVITE, video ---->|
//	|                        |<-- 200, video, or not --|
//	|<-- 200, video, or not -|                         |
//	|<-- 504 ----------------|   nothing for updateTime: A may send a re-INVITE, which waits longer
//	|<-- 200, none ----------|   nothing either, where A has only given something up
func (l *leg) updated(tx *txn.Server, req *sip.Request, t talk) {
	body, err := description(req)
	if err != nil {
		refuse(tx, 415, "Unsupported Media Type", err.Error())
		return
	}
	if body != nil && t.refuseOpen(tx) || l.core.tooBrief(tx, req) {
		return
	}
	if body != nil && l.state == confirmed && t.dialog == l.dialog {
		if d := (&deferred{tx: tx, req: req, body: body}); l.defers(d) {
			l.answerInTime(d)
			return
		}
	}
	l.answerUpdate(tx, req, body, t)
}

// answerUpdate answers an UPDATE, and reports whether with 200.
func (l *leg) answerUpdate(tx *txn.Server, req *sip.Request, body []byte, t talk) bool {
	var answer []byte
	if body != nil {
		var err error
		if answer, err = l.reanswerIn(t, body); err != nil {
			l.refuseOffer(tx, err)
			return false
		}
	}
	t.dialog.Refresh(req)
	l.heardOf(req)
	res := respond(tx, 200, "OK")
	res.AppendHeader(t.dialog.ContactHeader())
	l.core.introduce(res)
	if l.state == confirmed { // before, the INVITE's own answer decides (RFC 4028 §7.2)
		l.answerTimer(req, res)
	}
	if answer != nil {
		setDescription(res, answer)
	}
	_ = tx.Respond(res)
	if l.state == confirmed {
		l.renamed(req)
	} else {
		l.self.renamedEarly(t.dialog, req)
	}
	return true
}

// answerInTime answers an UPDATE that waits for the other party too long.
func (l *leg) answerInTime(d *deferred) {
	l.after(updateTime, func() {
		switch {
		case l.lines.deferred != d:
		case d.givesUp:
			l.undefer(d, within(l.lines.theirs, d.offered))
		default:
			l.lines.deferred = nil
			refuse(d.tx, 504, "Server Time-out", "the other party has not said yet whether it wants that; a re-INVITE waits longer (RFC 3311 5.2)")
			l.reoffer() // what was wanted meanwhile
		}
	})
}

// heardTalk is the talk of the dialog that is heard.
func (l *leg) heardTalk() talk {
	return talk{dialog: l.dialog, session: &l.session, heard: true, open: nothing}
}

// reanswer answers an offer in mid-call.
func (l *leg) reanswer(body []byte) ([]byte, error) { return l.reanswerIn(l.heardTalk(), body) }
