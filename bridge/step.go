package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// step does one step of the dialplan.
func (c *Call) step(s dialplan.Step) {
	switch s := s.(type) {
	case dialplan.DialStep:
		c.dial(s)
	case dialplan.RingStep:
		c.ring(s)
	case dialplan.ForwardStep:
		c.forward(s)
	case dialplan.RedirectStep:
		c.sendElsewhere(s)
	case dialplan.RecordStep:
		c.record(s)
	case dialplan.AnswerStep:
		c.answer()
	case dialplan.RoomStep:
		c.enterRoom(s)
	case dialplan.AskStep:
		c.ask(s)
	case dialplan.MenuStep:
		c.menu(s)
	case dialplan.VoicemailStep:
		c.voicemail(s)
	case dialplan.MailboxStep:
		c.mailbox(s)
	case dialplan.QueueStep:
		c.queue(s)
	case dialplan.EchoStep:
		c.echo()
	case dialplan.PlayStep:
		c.play(s)
	case dialplan.ToneStep:
		c.tone(s)
	case dialplan.WaitStep:
		c.wait(s.For)
	case dialplan.RejectStep:
		c.reject(s)
	case dialplan.HangupStep:
		c.hangup(s)
	case dialplan.ReadBackStep:
		c.readBack()
	case dialplan.CallBackStep:
		c.bridge.callBack(dialplan.Target{Kind: dialplan.TargetUser, Name: c.arrival.From.Name},
			tandem.Address{Name: "tandem", User: c.arrival.To}, s.After)
	case dialplan.HoldTestStep:
		c.holdTest(s.After)
	}
}

// answer takes the call ourselves.
func (c *Call) answer() {
	c.reached(c.asked())
	if !c.answered.IsZero() {
		return
	}
	if cause := c.caller.Answer(nil); cause.Status != 0 {
		c.over(cause)
		return
	}
	c.answered = time.Now()
	c.note(Answered, c.caller, "by the gateway")
}

// wait does nothing for a time; a caller who is not answered hears that it rings.
func (c *Call) wait(d time.Duration) {
	if c.unanswered() {
		c.tellRinging()
	}
	c.until(d, func() bool { return false })
}

// reject refuses the caller with a status of the dialplan's choice, or hangs up
// where the call is answered.
func (c *Call) reject(s dialplan.RejectStep) {
	cause := tandem.FromStatus(s.Code, s.Phrase)
	cause.Detail = "the dialplan says " + s.String()
	c.outcome = &cause
}

// hangup ends the call, with the cause that the dialplan gives.
func (c *Call) hangup(s dialplan.HangupStep) {
	cause := refuse(480, "the dialplan says "+s.String())
	switch {
	case s.Cause != 0:
		cause = tandem.FromQ850(s.Cause, "")
		cause.Detail = "the dialplan says " + s.String()
		if c.unanswered() && cause.Status == 0 {
			cause.Status = 480
		}
		if !c.unanswered() {
			cause.Status = 0 // a BYE: what the network says of it is the Q.850 value
		}
	case !c.unanswered():
		cause = tandem.CauseNormal
	}
	c.outcome = &cause
}

// holdTest puts the caller on hold and takes it back, over and over.
func (c *Call) holdTest(every time.Duration) {
	c.answer()
	c.hear(func(l Leg) { c.startTone(l, "test") })
	for held := false; !c.ended; {
		c.until(every, func() bool { return false })
		if c.ended {
			return
		}
		held = !held
		c.park(c.caller, held, "the hold test")
	}
}
