package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// Asker puts a call's question to a program. Ask is called on a goroutine of its own
// and returns when ctx ends, or before.
type Asker interface {
	Ask(ctx context.Context, step dialplan.AskStep, question []byte) ([]byte, error)
}

var errNoAsker = errors.New("this gateway asks nobody")

// ask has a program say what to do, and puts its steps, or those of the file's
// default, in its own place.
//
//	Call.ask                     Asker
//	  |------- question --------->|
//	  |<------ steps in JSON -----|  within step.Timeout, else the default
func (c *Call) ask(step dialplan.AskStep) {
	if c.unanswered() && !c.rung {
		c.tellRinging()
	}
	ctx, cancel := context.WithTimeout(c.bridge.ctx, step.Timeout)
	defer cancel()
	var reply []byte
	err, done := error(nil), false
	if asker := c.bridge.cfg.Asker; asker == nil {
		err, done = errNoAsker, true
	} else {
		question := c.decision.Question(string(c.id), time.Now())
		c.bridge.wg.Go(func() {
			text, failed := asker.Ask(ctx, step, question)
			c.Post(func() { reply, err, done = text, failed, true })
		})
	}
	c.until(step.Timeout, func() bool { return done || c.wanted != nil })
	if c.ended || c.wanted != nil {
		return
	}
	if !done {
		err = context.DeadlineExceeded
	}
	now, state := time.Now(), c.bridge.cfg.State
	var d dialplan.Decision
	if err == nil {
		if d = c.decision.Answered(reply, now, state); d.Status != 0 {
			err = errors.New(d.Reason)
		}
	}
	if err != nil {
		c.note(Routed, nil, step.String()+": "+askFailure(err))
		c.failure = refuse(503, "the program that decides has not")
		if d = c.decision.Unanswered(step, now, state); d.Status != 0 {
			c.failure = refuse(d.Status, d.Reason)
		}
	}
	if len(d.Steps) > 0 {
		c.routed(nil, step.String()+": ", d)
	}
	c.inserted = d.Steps
}

func askFailure(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	return err.Error()
}
