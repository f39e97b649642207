package registrar

import (
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Proof is how a user has shown to be the one who registers.
type Proof string

// The proofs.
const (
	ByDigest   Proof = "digest" // his password (RFC 3261 §22)
	ByPBX      Proof = "pbx"    // a PBX took what he answered to its challenge
	ByNoSecret Proof = "open"   // he has no password, and none is asked for
)

// Binding is one flow of one device of a user (RFC 3261 §10.2, RFC 5626 §6).
type Binding struct {
	User      string
	Contact   sip.Uri // as the device wrote it: the Request-URI of calls to it
	Flow      *flow.Flow
	Path      []sip.Uri // to be visited on the way: the Route of calls to it (RFC 3327)
	Instance  string    // +sip.instance with its brackets, "" where not said
	RegID     string    // "" where the device has one flow only
	UserAgent string
	Q         float64 // preference, 0 to 1
	Since     time.Time
	Expires   time.Time
	Proof     Proof

	seen   time.Time // of the last REGISTER
	callID string
	cseq   uint32
	params sip.HeaderParams // of the Contact as it was written, without expires
	gruu   uint64           // names the instance in temporary GRUUs; 0 for none
	slot   int              // of the table's rounds
}

// same says whether two bindings are of one flow of one device: the same instance
// and reg-id, or, where one says none, the same Contact (RFC 5626 §6).
func (b *Binding) same(o *Binding) bool {
	if b.Instance != "" && o.Instance != "" {
		return b.Instance == o.Instance && b.RegID == o.RegID
	}
	return sameContact(&b.Contact, &o.Contact)
}

// sameContact compares what tells two Contacts of one user apart (RFC 3261
// §19.1.4, without the parameters that do not matter here).
func sameContact(a, b *sip.Uri) bool {
	return a.User == b.User && strings.EqualFold(a.Host, b.Host) && a.Port == b.Port &&
		strings.EqualFold(a.UriParams.GetOr("transport", ""), b.UriParams.GetOr("transport", ""))
}

// live says whether the binding can still be called.
func (b *Binding) live(now time.Time) bool {
	if !now.Before(b.Expires) {
		return false
	}
	select {
	case <-b.Flow.Closed():
		return false
	default:
		return true
	}
}

// write gives the Contact of a 200: what the device wrote, with the seconds that
// are left.
func (b *Binding) write(now time.Time) *sip.ContactHeader {
	left := int(b.Expires.Sub(now).Round(time.Second) / time.Second)
	return &sip.ContactHeader{
		Address: *b.Contact.Clone(),
		Params:  append(slices.Clone(b.params), sip.HeaderKV{K: "expires", V: itoa(max(left, 0))}),
	}
}

// keep are the parameters of a Contact that are kept: not expires, which changes,
// nor what we say ourselves.
func keep(params sip.HeaderParams) sip.HeaderParams {
	var out sip.HeaderParams
	for _, kv := range params {
		switch strings.ToLower(kv.K) {
		case "expires", "pub-gruu", "temp-gruu", "temp-gruu-cookie":
		default:
			out = append(out, sip.HeaderKV{K: strings.Clone(kv.K), V: strings.Clone(kv.V)})
		}
	}
	return slices.Clip(out)
}

// paths are the Path values of a REGISTER, as the Route of what goes the other way
// (RFC 3327 §5.3); false means that they are too many or no addresses.
func paths(req *sip.Request) ([]sip.Uri, bool) {
	values := sipmsg.List(req, "Path")
	if len(values) > maxPath {
		return nil, false
	}
	var out []sip.Uri
	for _, v := range values {
		a, err := sipmsg.ParseNameAddr(v)
		if err != nil || a.URI.Host == "" || a.URI.Scheme != "sip" && a.URI.Scheme != "sips" {
			return nil, false
		}
		out = append(out, a.URI)
	}
	return out, true
}

// ChangeKind says what became of a binding.
type ChangeKind string

// The changes of a binding.
const (
	Registered   ChangeKind = "registered"
	Refreshed    ChangeKind = "refreshed"
	Unregistered ChangeKind = "unregistered"
	Expired      ChangeKind = "expired"
	Disconnected ChangeKind = "disconnected" // its connection ended
	Replaced     ChangeKind = "replaced"     // by a newer one of the same device
	Evicted      ChangeKind = "evicted"      // the user has too many devices
	Dropped      ChangeKind = "dropped"      // there is no such user, or no such listener, any more
)

// Change is something that happened to a binding.
type Change struct {
	At      time.Time
	Kind    ChangeKind
	Binding Binding
}
