package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/txn"
)

// lively is how recent a sign of life of the media has to be for a call to go on
// although its session timer has run out.
const lively = 20 * time.Second

// clock keeps the session timer of a leg (RFC 4028). It is this leg's alone: what
// the other leg agrees on is not known here.
//
//	refreshed --Wait--> due --we refresh------> a re-INVITE or an UPDATE of ours
//	                        --they refresh----> nobody has: BYE, unless media flows
type clock struct {
	dialog.Timer
	timer *time.Timer
}

// wind starts the session timer anew, after each request that refreshes.
func (l *leg) wind() {
	if l.clock.timer != nil {
		l.clock.timer.Stop()
		l.clock.timer = nil
	}
	if l.clock.Interval == 0 || l.state != confirmed {
		return
	}
	l.clock.timer = time.AfterFunc(l.clock.Wait(), func() { l.owner.Post(l.timeIsUp) })
}

// timeIsUp is half the interval where we refresh, and nearly all of it where the
// far end should have.
func (l *leg) timeIsUp() {
	switch {
	case l.state != confirmed:
	case l.clock.Ours:
		l.change.refresh = true
		l.reoffer()
	case l.media.Alive(lively):
		l.log.Warn("session not refreshed, but media flows", "interval", l.clock.Interval)
		l.wind()
	default:
		l.expire("The session was not refreshed")
	}
}

// expire ends a call that nobody refreshes and whose media is silent.
func (l *leg) expire(why string) {
	cause := tandem.Cause{Status: 408, Q850: 102, Text: why}
	cause.Detail = "session timer of " + l.clock.Interval.String()
	l.fail(cause)
}

// tooBrief refuses a request that asks for a session interval that is too short
// (RFC 4028 §9).
func (c *Core) tooBrief(tx *txn.Server, req *sip.Request) bool {
	least, brief := c.policy().Timer.TooBrief(dialog.AskedBy(req))
	if brief {
		res := respond(tx, 422, "Session Interval Too Small")
		res.AppendHeader(sip.NewHeader("Min-SE", dialog.SessionExpires{Interval: least}.String()))
		warn(res, 0, "calls.timer allows no session interval below "+least.String())
		_ = tx.Respond(res)
	}
	return brief
}

// answerTimer writes into a 2xx of ours what becomes of the session timer.
func (l *leg) answerTimer(req *sip.Request, res *sip.Response) {
	asked := dialog.AskedBy(req)
	l.clock.Answered(asked, l.core.policy().Timer.Accept(asked), res)
	l.wind()
}
