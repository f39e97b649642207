package tandem

import "strings"

// Address is a party of a call as the other party may be shown it: a display name
// and a user part, both already cleaned of control characters. It holds no host:
// where somebody is reached is a leg's own affair.
type Address struct {
	// Name is the display name; it may be empty.
	Name string
	// User is the user part, a number or a name, at most MaxUser octets.
	User string
	// Private says that the other party is not to be shown any of it: the caller
	// withholds it. Logs and devices of the operator's still have it.
	Private bool
}

// MaxUser bounds a user part, in octets; longer ones are refused with 414.
const MaxUser = 128

// String returns the address for a log line: `Ann <201>`, or `201`.
func (a Address) String() string {
	if a.Name == "" || a.Name == a.User {
		return a.User
	}
	return a.Name + " <" + a.User + ">"
}

// Clean returns s without control characters (among them CR, LF and NUL) and
// with at most max octets, cut at a rune's boundary. Whatever crosses from one
// leg to another goes through it.
func Clean(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, s)
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "")
	}
	return s
}
