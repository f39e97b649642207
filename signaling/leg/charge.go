package leg

import (
	"errors"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
)

// Usage holds callers and trunks to their calls and minutes.
type Usage interface {
	// Begin counts a call that is about to be made to a trunk. An error with a
	// method SIPStatus says that it may not be, and what decides. Both are nil where
	// nothing limits the call.
	Begin(from dialplan.Source, trunk string) (Charge, error)
}

// Charge is one call that is counted. Its methods may be called on any goroutine.
type Charge interface {
	// Answered says that minutes count from now on. cut is called when there are
	// none left.
	Answered(cut func(why string))
	// End says that the call is over. It is idempotent.
	End()
}

// charge counts a call to a trunk; nil where nobody counts, and for calls for help.
func (c *Core) charge(inv bridge.Invitation) (Charge, tandem.Cause) {
	if c.Usage == nil || inv.Target.Help {
		return nil, tandem.Cause{}
	}
	charge, err := c.Usage.Begin(inv.From, inv.Target.Name)
	if err == nil {
		return charge, tandem.Cause{}
	}
	status := 403
	if r, ok := errors.AsType[interface {
		error
		SIPStatus() int
	}](err); ok {
		status = r.SIPStatus()
	}
	cause := tandem.FromStatus(status, "")
	cause.Detail = err.Error()
	return nil, cause
}

// charged says that the minutes of an answered leg count, and ends the call when
// there are none left.
func (out *Outgoing) charged() {
	if out.charge == nil {
		return
	}
	out.charge.Answered(func(why string) {
		cause := tandem.Cause{Q850: 31, Text: why}
		out.owner.Post(func() { out.owner.Ended(out, cause) })
	})
}
