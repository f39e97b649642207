package registrar

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Binding is one device of a user (RFC 3261 §10.2, RFC 5626 §6).
type Binding struct {
	User      string
	Contact   sip.Uri // as the device wrote it: the Request-URI of calls to it
	Flow      *flow.Flow
	Instance  string // +sip.instance with its brackets, "" where not said
	RegID     string
	UserAgent string
	Q         float64 // preference, 0 to 1
	Since     time.Time
	Expires   time.Time

	seen   time.Time // of the last REGISTER
	callID string
	cseq   uint32
	header *sip.ContactHeader // as it was written, for the 200
}

// same says whether two bindings are of one device: the same instance and
// reg-id, or, where one says none, the same Contact (RFC 5626 §6).
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
	h := b.header.Clone()
	left := int(b.Expires.Sub(now).Round(time.Second) / time.Second)
	h.Params = sipmsg.SetParam(h.Params, "expires", itoa(max(left, 0)))
	return h
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
)

// Change is something that happened to a binding.
type Change struct {
	At      time.Time
	Kind    ChangeKind
	Binding Binding
}
