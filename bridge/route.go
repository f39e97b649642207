package bridge

import "github.com/tandemgw/tandem/dialplan"

// route asks the dialplan of a further number of the call, that it is sent on to: by
// the plan that the call began with, whatever the file says by now.
func (c *Call) route(r dialplan.Request) dialplan.Decision {
	r.State = c.bridge.cfg.State
	if c.decision.Request.From.Kind == 0 { // a call that we make began with none
		return c.bridge.plan.Load().Route(r)
	}
	return c.decision.Route(r)
}
