package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// soonTime is how long Transfer waits for the first word of what becomes of it: long
// enough for the dialplan to refuse, too short to wait for anybody's answer.
const soonTime = time.Second

// Transfer implements Operator.
func (b *Bridge) Transfer(call tandem.CallID, leg tandem.LegID, to string) error {
	if to == "" || len(to) > dialplan.MaxNumber {
		return faultf(ErrInput, "a call is sent on to a number of 1 to %d characters", dialplan.MaxNumber)
	}
	first := make(chan tandem.Cause, 1)
	err := b.operate(call, func(c *Call) error {
		l, _, err := c.talker(leg)
		if err != nil {
			return err
		}
		cause := c.Transfer(l, Transfer{From: c.sourceOf(l), Party: l.Party(), To: to, Report: func(why tandem.Cause) {
			select {
			case first <- why:
			default: // only the first is waited for
			}
		}})
		if cause.Status != 0 {
			return faultf(ErrState, "%s", cause.Words())
		}
		return nil
	})
	if err != nil {
		return err
	}
	t := time.NewTimer(soonTime)
	defer t.Stop()
	select {
	case why := <-first:
		if why.Status >= 300 {
			return faultf(ErrState, "the transfer to %s failed: %s", to, why.Words())
		}
	case <-t.C:
	}
	return nil
}

// sourceOf is as whose call a leg sends another one on: its own, or that of the call
// where nobody is known by the leg.
func (c *Call) sourceOf(l Leg) dialplan.Source {
	if s := l.Source(); s.Kind != 0 {
		return s
	}
	if c.from.Kind != 0 {
		return c.from
	}
	return c.arrival.From
}
