package sipmsg

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// List returns the members of the comma lists in all instances of a field, in
// order, trimmed; compact forms are known. A list that cannot be split counts
// as one member.
func List(m sip.Message, header string) []string {
	var out []string
	name := canonical(header)
	for _, h := range headersOf(m) {
		if !strings.EqualFold(h.Name(), name) {
			continue
		}
		members, err := splitList(h.Value())
		if err != nil {
			members = []string{h.Value()}
		}
		out = append(out, members...)
	}
	return out
}

// Has reports whether a comma list holds token, without regard to case, such as
// an option tag in Supported.
func Has(m sip.Message, header, token string) bool {
	for _, v := range List(m, header) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}

// Value returns the value of the first instance of a field, or "".
func Value(m sip.Message, header string) string {
	name := canonical(header)
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			return h.Value()
		}
	}
	return ""
}

// present reports whether m has a field at all.
func present(m sip.Message, name string) bool {
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			return true
		}
	}
	return false
}

// copyFields appends all instances of a field of one message to another.
func copyFields(name string, from, to sip.Message) {
	for _, h := range headersOf(from) {
		if strings.EqualFold(h.Name(), name) {
			to.AppendHeader(sip.HeaderClone(h))
		}
	}
}

// Contacts returns the Contact values in order.
func Contacts(m sip.Message) []*sip.ContactHeader {
	var out []*sip.ContactHeader
	for _, h := range headersOf(m) {
		if c, ok := h.(*sip.ContactHeader); ok {
			out = append(out, c)
		}
	}
	return out
}

// MediaType returns the type of the body in lower case and without parameters,
// such as "application/sdp"; "" if there is no Content-Type.
func MediaType(m sip.Message) string {
	t, _, _ := strings.Cut(Value(m, "Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}
