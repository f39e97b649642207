package leg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// Redirect implements bridge.Leg: a final response with the places as Contacts, the
// most preferred first (RFC 3261 §8.3, §20.10).
func (in *Incoming) Redirect(status int, to []dialplan.Contact) {
	if in.state != early || status < 300 || status > 302 || len(to) == 0 {
		return
	}
	res := respond(in.tx, status, tandem.Phrase(status))
	for _, c := range to {
		contact := "<" + c.URI + ">"
		if len(to) > 1 {
			contact += ";q=" + strconv.FormatFloat(c.Q, 'f', -1, 64)
		}
		res.AppendHeader(sip.NewHeader("Contact", contact))
	}
	_ = in.tx.Respond(res) // the flow is gone: nobody is left to be told
	in.finish()
}

// Redirect implements bridge.Leg; a leg that we call is sent nowhere.
func (out *Outgoing) Redirect(int, []dialplan.Contact) {}
