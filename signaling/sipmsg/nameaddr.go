package sipmsg

import (
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// NameAddr is one value of a field that holds addresses and that the parser keeps
// as text, such as P-Asserted-Identity or Diversion: a name-addr or addr-spec with
// its parameters (RFC 3261 §20.10).
type NameAddr struct {
	// Name is the display name without quotation marks and escapes.
	Name   string
	URI    sip.Uri
	Params sip.HeaderParams
}

// ParseNameAddr reads one value.
func ParseNameAddr(s string) (NameAddr, error) {
	a, err := parseAddress(strings.TrimSpace(s), false)
	if err != nil {
		return NameAddr{}, err
	}
	return NameAddr{Name: Unquote(`"` + a.name + `"`), URI: a.uri, Params: a.params}, nil
}

// String writes it as a name-addr, the name quoted.
func (a NameAddr) String() string {
	var b strings.Builder
	if a.Name != "" {
		b.WriteString(`"` + Quote(a.Name) + `" `)
	}
	b.WriteString("<" + a.URI.String() + ">")
	for _, p := range a.Params {
		b.WriteString(";" + p.K)
		if p.V != "" {
			b.WriteString("=" + p.V)
		}
	}
	return b.String()
}

// User returns who a URI names, %-escapes undone: the user part of a SIP URI, the
// number of a tel URI (RFC 3966) without its parameters.
func User(u sip.Uri) string {
	if u.Scheme == "sip" || u.Scheme == "sips" {
		return UnescapeUser(u.User)
	}
	_, rest, _ := strings.Cut(u.String(), ":")
	rest, _, _ = strings.Cut(rest, ";")
	return UnescapeUser(rest)
}

// UnescapeUser undoes the %-escapes of a URI's user part (RFC 3261 §19.1.2); what
// is malformed stays as it is.
func UnescapeUser(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// EscapeUser writes a user part so that it stays one (RFC 3261 §25.1: unreserved
// and user-unreserved as they are, the rest in hexadecimal).
func EscapeUser(user string) string {
	const plain, hex = "-_.!~*'()&=+$,;?/", "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		ch := user[i]
		if isAlnum(ch) || strings.IndexByte(plain, ch) >= 0 {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[ch>>4])
		b.WriteByte(hex[ch&15])
	}
	return b.String()
}
