package sdp

import (
	"net/netip"
	"strings"
)

// Readdressed returns a description of ours with another address in o= and c=.
func Readdressed(b []byte, a netip.Addr) []byte { return []byte(readdressed(string(b), a)) }

// readdressed rewrites the address of a description, or of the part of one behind
// the version.
func readdressed(text string, a netip.Addr) string {
	begin := strings.Index(text, "IN IP")
	if begin < 0 || !a.IsValid() {
		return text
	}
	old, _, _ := strings.Cut(text[begin:], "\r\n")
	return strings.ReplaceAll(text, old+"\r\n", addressText(a.Unmap().WithZone(""))+"\r\n")
}

// Readdress notes that the pending offer went out with another address of ours, as
// Readdressed writes it: to a target that has not the family of the first one.
// Copies of the session are as they were.
func (s *Session) Readdress(a netip.Addr) {
	if s.phase != offered {
		return
	}
	out := *s.ours
	out.local, out.text = readdressed(out.local, a), readdressed(out.text, a)
	s.ours = &out
}

// Address returns our address in what was agreed last; the zero Addr where there is none.
func (s *Session) Address() netip.Addr {
	_, text, _ := strings.Cut(s.agreed.local, "IN IP")
	text, _, _ = strings.Cut(text, "\r\n")
	_, text, _ = strings.Cut(text, " ")
	return parseAddr(text)
}
