package trunk

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Identity says how callers are shown to a trunk.
type Identity struct {
	// Number says which fields tell the caller's number; empty means From alone.
	// Where From is not among them it has the account's user, or anonymous.
	Number []Field
	// Privacy says what becomes of a caller who does not want to be shown.
	Privacy Privacy
	// Diversion says how a call that was sent on tells by whom.
	Diversion DiversionField
	// Host is the host part of identities; empty means the trunk's domain where we
	// have an account there, else our own.
	Host string
}

// Field is a header field that tells who calls.
type Field uint8

// The fields.
const (
	From              Field = iota // RFC 3261 §20.20
	AssertedIdentity               // P-Asserted-Identity, RFC 3325 §9.1
	PreferredIdentity              // P-Preferred-Identity, RFC 3325 §9.2
	RemotePartyID                  // Remote-Party-ID, which is no RFC and still in use
)

// Privacy says what becomes of a caller who does not want to be shown (RFC 3323).
type Privacy uint8

// The ways of it.
const (
	// PrivacyID hides the caller in From, and asks the trunk with Privacy: id to
	// keep what the other fields say to itself (RFC 3325 §9.3).
	PrivacyID Privacy = iota
	// PrivacyHeader does the same with Privacy: header (RFC 3323 §4.2), and id
	// where an identity is told.
	PrivacyHeader
	// PrivacyNone is for a trunk that keeps nothing to itself: it is not told who
	// calls.
	PrivacyNone
	// PrivacyPass is for a trunk that belongs to us: it is told everything, From
	// included, and that the caller is not to be shown.
	PrivacyPass
)

// Hide says how a trunk is asked to hide a caller, in place of PrivacyID or
// PrivacyHeader that it is configured with; what it may be told at all stays.
type Hide uint8

// The ways of it.
const (
	HideAsConfigured Hide = iota
	HideID                // as PrivacyID
	HideHeader            // as PrivacyHeader
)

// DiversionField says how a call that was sent on tells by whom.
type DiversionField uint8

// The ways of it.
const (
	DiversionNone    DiversionField = iota
	DiversionHeader                 // Diversion, RFC 5806
	DiversionHistory                // History-Info, RFC 7044
)

// Caller is who calls.
type Caller struct {
	// Address is the number and the name; its Private says that it is not to be
	// shown.
	tandem.Address
	// User is our user whose account at a PBX makes the call; "" for none.
	User string
	// Diverted says by whom the call was sent on, the newest first.
	Diverted []tandem.Diversion
	// HideBy says how a Private caller is hidden.
	HideBy Hide
	// Called says that it is who was called, in a call of the trunk's.
	Called bool
}

// unknown says that there is no number to show.
func (c Caller) unknown() bool {
	return c.Address.User == "" || strings.EqualFold(c.Address.User, anonymous)
}

const anonymous = "anonymous"

// anonymousURI is what From says of a caller who is not to be shown (RFC 3323
// §4.1.1.3).
func anonymousURI() sip.Uri {
	return sip.Uri{Scheme: "sip", User: anonymous, Host: "anonymous.invalid", UriParams: sip.NewParams()}
}

// Calling returns what From of a call to the trunk says: the display name and the
// address. A dialog is made with it.
func (t *Trunk) Calling(c Caller) (name string, uri sip.Uri) {
	hide := (c.Private || c.unknown()) && t.cfg.Identity.Privacy != PrivacyPass
	if account, ok := t.extension(c.User); ok && !hide {
		return c.Name, t.identity(account) // an extension calls as itself
	}
	switch a := t.cfg.Register; {
	case !hide && !c.unknown() && t.tells(From):
		return c.Name, t.identity(c.Address.User)
	case a != nil && !t.tells(From):
		return "", t.identity(a.User) // the carrier knows the line by it
	}
	return "Anonymous", anonymousURI()
}

// Present puts the other fields that tell who calls into an INVITE or MESSAGE.
// From is the dialog's: see Calling. Nothing of the other leg's header goes in:
// all is written anew from what we know.
func (t *Trunk) Present(req *sip.Request, c Caller) {
	private := c.Private
	policy := t.cfg.Identity.Privacy
	if policy == PrivacyID && c.HideBy == HideHeader {
		policy = PrivacyHeader
	} else if policy == PrivacyHeader && c.HideBy == HideID {
		policy = PrivacyID
	}
	silent := c.unknown() || private && policy == PrivacyNone
	asserted := false
	if !silent {
		asserted = t.assert(req, c)
	}
	switch {
	case !private:
	case policy == PrivacyHeader && asserted:
		req.AppendHeader(sip.NewHeader("Privacy", "header;id"))
	case policy == PrivacyHeader:
		req.AppendHeader(sip.NewHeader("Privacy", "header"))
	case policy != PrivacyNone:
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
	}
	if !private || policy != PrivacyNone {
		t.divert(req, c.Diverted, private)
	}
}

// assert writes the fields beside From that tell the number, and says whether
// there are any.
func (t *Trunk) assert(req *sip.Request, c Caller) bool {
	number := c.Address.User
	if account, ok := t.extension(c.User); ok {
		number = account
	}
	who := sipmsg.NameAddr{Name: c.Name, URI: t.identity(number)}
	any := false
	for _, f := range []struct {
		field Field
		name  string
	}{{AssertedIdentity, "P-Asserted-Identity"}, {PreferredIdentity, "P-Preferred-Identity"}} {
		if t.tells(f.field) {
			req.AppendHeader(sip.NewHeader(f.name, who.String()))
			any = true
		}
	}
	if t.tells(RemotePartyID) {
		hidden := "off"
		if c.Private {
			hidden = "full"
		}
		party := "calling"
		if c.Called {
			party = "called"
		}
		req.AppendHeader(sip.NewHeader("Remote-Party-ID", who.String()+";party="+party+";screen=yes;privacy="+hidden))
		any = true
	}
	return any
}

// extension is the account that one of our users has at a PBX.
func (t *Trunk) extension(user string) (account string, ok bool) {
	if r := t.held[strings.ToLower(user)]; user != "" && r != nil {
		return r.account.User, true
	}
	return user, t.Relays(user)
}

// Asserts says whether callers are told in other fields than From.
func (t *Trunk) Asserts() bool {
	return t.tells(AssertedIdentity) || t.tells(PreferredIdentity) || t.tells(RemotePartyID)
}

// tells says whether a field has the number.
func (t *Trunk) tells(f Field) bool {
	if len(t.cfg.Identity.Number) == 0 {
		return f == From
	}
	return slices.Contains(t.cfg.Identity.Number, f)
}

// identity is the address of record that we vouch for.
func (t *Trunk) identity(user string) sip.Uri {
	return sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(user), Host: t.identityHost(), UriParams: sip.NewParams()}
}

func (t *Trunk) identityHost() string {
	switch {
	case t.cfg.Identity.Host != "":
		return bracketed(t.cfg.Identity.Host)
	case t.cfg.Register != nil, t.cfg.Accounts != nil:
		return t.host()
	}
	return bracketed(t.deps.Domain)
}
