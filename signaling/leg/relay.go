package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// maxChallenges bounds the challenges and credentials that are passed on.
const maxChallenges = 4

// A call of a user whom a PBX has proved (see package trunk) goes to that PBX with
// the credentials that his browser gives, and the PBX's challenge goes back to the
// browser, which then calls again: a call of its own.
//
//	browser              tandem                PBX
//	   |-- INVITE 300@pbx --->|-- INVITE 300@pbx ->|
//	   |<- 407 nonce ---------|<- 407 nonce -------|
//	   |-- INVITE answer ---->|-- INVITE answer -->|  the same Request-URI: the digest covers it
//	   |<- 180, 200 ----------|<- 180, 200 --------|

// serves says whether a user may call by a Request-URI with this host: one of
// ours, or the domain of the PBX that has proved him.
func (c *Core) serves(src dialplan.Source, host string) bool {
	if src.Kind != dialplan.FromUser || c.Served(host) {
		return true
	}
	t := c.Trunks.Relaying(host)
	return t != nil && t.Relays(src.Name)
}

// relaying is the caller's leg whose credentials and challenges are passed on
// between its browser and the trunk; nil for any other call.
func relaying(t *trunk.Trunk, user string, by any) *Incoming {
	in, ok := by.(*Incoming)
	if !ok || in.peerUser != user || !t.Relays(user) {
		return nil
	}
	return in
}

// unasked says that the caller is one whom a PBX proves, and that its INVITE does not
// answer a challenge of the PBX's yet: most likely it will be refused with one, and
// come again with the same offer. A browser that had seen our DTLS by then would
// take the next call's for more of the same.
func (in *Incoming) unasked() bool {
	return in.peerUser != "" && credentials(in.tx.Request()) == "" && in.core.Trunks.Relays(in.peerUser)
}

// credentials puts what the browser has answered to the PBX's challenge into the
// INVITE. What answers a challenge of our own stays here.
func (out *Outgoing) credentials() {
	if out.by == nil {
		return
	}
	for _, role := range []digest.Role{digest.Server, digest.Proxy} {
		for i, h := range out.by.tx.Request().GetHeaders(role.Credentials()) {
			if realm := digest.Realm(h.Value()); i < maxChallenges && realm != "" && realm != out.core.Domain {
				out.request.AppendHeader(sip.NewHeader(role.Credentials(), h.Value()))
			}
		}
	}
}

// passedBack keeps a challenge of the PBX's for the answer to the browser, and says
// whether it did.
func (out *Outgoing) passedBack(res *sip.Response) bool {
	role, ok := digest.RoleOf(res.StatusCode)
	if !ok || out.by == nil || out.by.state != early {
		return false
	}
	out.by.challenge = nil
	for i, h := range res.GetHeaders(role.Challenge()) {
		if i < maxChallenges && len(h.Value()) <= digest.MaxHeader {
			out.by.challenge = append(out.by.challenge, sip.NewHeader(role.Challenge(), h.Value()))
		}
	}
	return len(out.by.challenge) > 0
}
