package bridge

import (
	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// reach calls a target, unless the dialplan says that the caller may not. A trunk is
// told of the caller in its own form of numbers.
func (c *Call) reach(inv Invitation) ([]Leg, tandem.Cause) {
	if why := inv.Target.Refused; why != "" {
		return nil, refuse(403, why)
	}
	inv.Caller.User = c.decision.Shown(inv.Target, inv.Caller.User)
	return c.bridge.cfg.Dialer.Dial(c, inv)
}

// decide asks the dialplan what becomes of the call. From then on the caller's number
// is as the dialplan understands it.
func (c *Call) decide() {
	c.decision = c.bridge.plan.Load().Route(dialplan.Request{
		From: c.arrival.From, To: c.arrival.To, Caller: c.arrival.Caller.User, CallerName: c.arrival.Caller.Name,
		At: c.began, State: c.bridge.cfg.State,
	})
	c.bridge.told.add(c.id, c.decision)
	c.shown.User = c.decision.Request.Caller
}
