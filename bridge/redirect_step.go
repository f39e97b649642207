package bridge

import "github.com/tandemgw/tandem/dialplan"

// sendElsewhere tells the caller to turn to somebody else (RFC 3261 §8.3). That
// ends the call here. A caller who is answered cannot be told so, nor one whose
// trunk follows no redirection.
func (c *Call) sendElsewhere(s dialplan.RedirectStep) {
	switch {
	case !c.answered.IsZero() || c.sending != nil:
		cause := refuse(480, "the dialplan says "+s.String()+", and the call is answered already")
		c.note(Declined, nil, "not redirected: the call is answered already")
		c.outcome = &cause
	case !c.decision.Redirects(c.arrival.From):
		cause := refuse(480, c.arrival.From.String()+" is not to be redirected (redirect = true in its block)")
		c.outcome = &cause
	default:
		c.note(Routed, nil, s.String())
		cause := refuse(s.Code, "the dialplan says "+s.String())
		c.caller.Redirect(s.Code, s.URIs)
		c.outcome = &cause
	}
}
