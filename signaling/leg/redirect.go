package leg

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// maxContacts bounds the Contacts of a redirection that are looked at.
const maxContacts = 8

// redirected hands a redirection to the call, which follows what the dialplan lets
// it (RFC 3261 §8.1.3.4). It reports false where nothing may be followed: a trunk
// that is not configured so, a status that is none of 300, 301 and 302, no Contact.
func (out *Outgoing) redirected(res *sip.Response) bool {
	t := out.core.Trunks.Serving(out.peerTrunk)
	if res.StatusCode > 302 || t != nil && !t.Config().Follow {
		return false
	}
	r := bridge.Redirection{Cause: tandem.FromStatus(480, ""), Reason: out.reasonOf(res)}
	r.Cause.Detail = "the far end sends the call on with " + strconv.Itoa(res.StatusCode) + ", which leads nowhere that the dialplan lets it"
	contacts := sipmsg.Contacts(res)
	for _, h := range contacts[:min(len(contacts), maxContacts)] {
		r.To = append(r.To, out.core.contactOf(h, t))
	}
	if len(r.To) == 0 {
		return false
	}
	out.finish()
	out.owner.Redirected(out, r)
	return true
}

// contactOf is one Contact of a redirection as the call is told it.
func (c *Core) contactOf(h *sip.ContactHeader, t *trunk.Trunk) bridge.Contact {
	u := h.Address
	to := bridge.Contact{URI: tandem.Clean(u.String(), 256), Q: preference(h.Params)}
	if h.Address.Wildcard {
		return to
	}
	number := tandem.Clean(sipmsg.UnescapeUser(u.User), tandem.MaxUser+1)
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "tel":
		number, _, _ = strings.Cut(strings.TrimPrefix(u.String(), u.Scheme+":"), ";")
		to.Number = strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(number) // RFC 3966 §5.1.1
	case scheme != "sip" && scheme != "sips":
	case c.Served(strings.Trim(u.Host, "[]")):
		to.Number = number
	case t != nil && t.Home(u):
		to.Own, to.Number = true, number
	}
	if len(to.Number) > tandem.MaxUser {
		to.Number, to.Own = "", false
	}
	return to
}

// preference is the q of a Contact, 1 where it has none (RFC 3261 §20.10).
func preference(params sip.HeaderParams) float64 {
	v, ok := sipmsg.Param(params, "q")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(q) || q < 0 || q > 1 {
		return 0
	}
	return q
}

// reasonOf is why a call is sent on: what the far end says in Diversion (RFC 5806
// §4), else what its doing looks like.
func (out *Outgoing) reasonOf(res *sip.Response) string {
	known := []string{
		"unconditional", "user-busy", "no-answer", "unavailable", "time-of-day", "do-not-disturb", "deflection", "follow-me", "out-of-service", "away",
	}
	for _, v := range sipmsg.List(res, "Diversion") {
		_, reason, _ := strings.Cut(strings.ToLower(v), ";reason=")
		reason, _, _ = strings.Cut(reason, ";")
		if reason = strings.Trim(reason, `" `); slices.Contains(known, reason) {
			return reason
		}
	}
	if out.rung {
		return "deflection"
	}
	return "unconditional"
}

// placeOf is where a call to a trunk goes: the place that the trunk has named in a
// redirection, or its own.
func placeOf(t *trunk.Trunk, inv bridge.Invitation, user string) (call outgoingCall) {
	var u sip.Uri
	if inv.Place != "" && sip.ParseUri(inv.Place, &u) == nil && t.Home(u) {
		u.Headers = nil
		call.dest, call.routes = t.Place(u, user)
		call.target, call.remote = u, bare(u)
		return call
	}
	call.dest, call.routes, call.target = t.Destination(user), t.Routes(user), t.URI(inv.Target.Number)
	call.remote = call.target
	return call
}
