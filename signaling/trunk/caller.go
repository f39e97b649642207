package trunk

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Caller returns who a call that came from the trunk says to be. What only
// somebody trusted may say, P-Asserted-Identity and Remote-Party-ID, counts where
// the trunk is trusted. Everything is cleaned.
func (t *Trunk) Caller(req *sip.Request) Caller {
	from := req.From()
	c := Caller{Address: tandem.Address{
		Name: text(sipmsg.Unquote(`"` + from.DisplayName + `"`)), User: text(sipmsg.User(from.Address)),
	}}
	if t.cfg.Trust {
		t.asserted(req, &c, "calling")
	}
	c.Private = c.Private || Withheld(req)
	c.Diverted = diverted(req)
	return c
}

// Connected returns who is at the far end by a request of the trunk's in mid-call, or by its
// answer (RFC 3325 §9.1); false where the trunk is not believed, or says nothing of it.
func (t *Trunk) Connected(m sip.Message) (tandem.Address, bool) {
	var c Caller
	if t.cfg.Trust {
		t.asserted(m, &c, "calling", "called")
	}
	if c.unknown() {
		return tandem.Address{}, false
	}
	req, asks := m.(*sip.Request) // From of an answer is ours
	c.Private = c.Private || private(m) || asks && Withheld(req)
	return c.Address, true
}

// asserted takes the first identity that the trunk vouches for. A name is taken
// with the number only: the one in From may be anybody's. Of Remote-Party-ID those of the
// parties count.
func (t *Trunk) asserted(m sip.Message, c *Caller, parties ...string) {
	for _, v := range sipmsg.List(m, "P-Asserted-Identity") {
		if a, err := sipmsg.ParseNameAddr(v); err == nil && sipmsg.User(a.URI) != "" {
			c.Name, c.Address.User = text(a.Name), text(sipmsg.User(a.URI))
			return
		}
	}
	for _, v := range sipmsg.List(m, "Remote-Party-ID") {
		a, err := sipmsg.ParseNameAddr(v)
		party, _ := sipmsg.Param(a.Params, "party")
		if err != nil || sipmsg.User(a.URI) == "" || party != "" && !slices.Contains(parties, strings.ToLower(party)) {
			continue
		}
		c.Name, c.Address.User = text(a.Name), text(sipmsg.User(a.URI))
		hidden, _ := sipmsg.Param(a.Params, "privacy")
		c.Private = hidden != "" && !strings.EqualFold(hidden, "off")
		return
	}
}

// Withheld says whether a caller does not want to be shown: by Privacy (RFC 3323
// §4.2, RFC 3325 §9.3) or by an anonymous From.
func Withheld(req *sip.Request) bool {
	from := req.From().Address
	return private(req) || strings.EqualFold(from.Host, "anonymous.invalid") || strings.EqualFold(from.User, anonymous)
}

// private says whether Privacy asks that who has sent a message is not shown.
func private(m sip.Message) bool {
	for _, v := range sipmsg.List(m, "Privacy") {
		for _, word := range strings.Split(v, ";") {
			switch strings.ToLower(strings.TrimSpace(word)) {
			case "id", "header", "user", "session":
				return true
			}
		}
	}
	return false
}

// Dialed returns whom a call of the trunk's is for: our user, where it came for
// the Contact of his account; else the number in the Request-URI. A carrier that
// calls the Contact which we registered tells the number in P-Called-Party-ID (RFC
// 7315 §4.2) or To.
func (t *Trunk) Dialed(req *sip.Request) string {
	at := sipmsg.User(req.Recipient)
	for _, r := range t.registrations() {
		if r.contactUser != at {
			continue
		}
		if r.user != "" {
			return r.user
		}
		return t.called(req, r)
	}
	if user, ok := t.relay.userOf(at); ok {
		return user
	}
	return at
}

// Extension returns our user whose extension at this PBX a request is for; false for
// none.
func (t *Trunk) Extension(req *sip.Request) (string, bool) {
	at := sipmsg.User(req.Recipient)
	for _, r := range t.registrations() {
		if r.contactUser == at && r.user != "" {
			return r.user, true
		}
	}
	return t.relay.userOf(at)
}

// called is the number that a call for our own Contact is for.
func (t *Trunk) called(req *sip.Request, r *registration) string {
	if v := sipmsg.List(req, "P-Called-Party-ID"); len(v) > 0 {
		if a, err := sipmsg.ParseNameAddr(v[0]); err == nil && sipmsg.User(a.URI) != "" {
			return sipmsg.User(a.URI)
		}
	}
	if to := sipmsg.User(req.To().Address); to != "" && to != r.contactUser {
		return to
	}
	return r.account.User
}

// text cleans what a far end wrote for showing it elsewhere.
func text(s string) string {
	s, _ = sipmsg.Clean(s)
	return tandem.Clean(s, tandem.MaxUser)
}
