package sipmsg

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// address is a name-addr or addr-spec with its parameters (RFC 3261 §20.10).
type address struct {
	name   string // as quoted on the wire, escapes kept
	uri    sip.Uri
	params sip.HeaderParams
}

// parseAddress reads one address; star says whether "*" may stand for one, as
// in Contact.
func parseAddress(s string, star bool) (address, error) {
	var a address
	open, err := indexOutside(s, '<')
	if err != nil {
		return a, err
	}
	uri, rest := s, ""
	if open >= 0 {
		if a.name, err = displayName(strings.TrimSpace(s[:open])); err != nil {
			return a, err
		}
		var closed bool
		if uri, rest, closed = strings.Cut(s[open+1:], ">"); !closed {
			return a, errBracket
		}
	} else {
		uri, rest = cutParams(s)
		// RFC 3261 §20: such a URI must stand in angle brackets.
		if strings.ContainsAny(uri, "?,") {
			return a, errors.New("URI with a comma or question mark outside angle brackets")
		}
	}
	if uri == "*" {
		if !star || open >= 0 {
			return a, errors.New("wildcard is not allowed here")
		}
		a.uri = sip.Uri{Host: "*", Wildcard: true}
	} else if a.uri, err = parseURI(uri); err != nil {
		return a, err
	}
	a.params, err = parseParams(strings.TrimSpace(rest))
	return a, err
}

// cutParams splits an addr-spec at its first semicolon, kept with the
// parameters.
func cutParams(s string) (uri, params string) {
	if i := strings.IndexByte(s, ';'); i >= 0 {
		return strings.TrimSpace(s[:i]), s[i:]
	}
	return strings.TrimSpace(s), ""
}

// displayName checks a display name: a quoted string, returned without its
// marks, or tokens. Letters beyond ASCII, which many phones send bare, pass.
func displayName(s string) (string, error) {
	if strings.HasPrefix(s, `"`) {
		if quotedLen(s) != len(s) {
			return "", errors.New("display name that goes on after its quotation mark")
		}
		return s[1 : len(s)-1], nil
	}
	for _, word := range strings.Fields(s) {
		ascii := strings.Map(func(r rune) rune {
			if r >= 0x80 {
				return 'x'
			}
			return r
		}, word)
		if !isToken(ascii) {
			return "", errors.New("display name that needs quotation marks")
		}
	}
	return s, nil
}

// parseURI reads a URI: SIP and SIPS URIs into their parts (RFC 3261 §19.1),
// others kept as they are.
func parseURI(s string) (sip.Uri, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return sip.Uri{}, errors.New("URI without a scheme")
	}
	if strings.ContainsAny(s, " \t<>\"") {
		return sip.Uri{}, errors.New("URI with a blank, bracket or quotation mark")
	}
	var u sip.Uri
	err := sip.ParseUri(s, &u)
	switch scheme = strings.ToLower(scheme); {
	case scheme != "sip" && scheme != "sips" && err != nil:
		// sipgo knows letters only in a scheme; this one is refused anyway.
		return sip.Uri{Scheme: scheme, Host: rest}, nil
	case scheme != "sip" && scheme != "sips":
		return u, nil
	case err != nil:
		return sip.Uri{}, errors.New("malformed URI")
	}
	if !isHost(u.Host) || u.Wildcard {
		return sip.Uri{}, errors.New("URI without a host")
	}
	if u.Port < 0 || u.Port > 65535 {
		return sip.Uri{}, errors.New("URI with an impossible port")
	}
	if !soundEscapes(u.User) {
		return sip.Uri{}, errors.New("URI with a broken escape")
	}
	return u, nil
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && (i == 0 || strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

// isHost accepts names and addresses of both families, IPv6 with or without
// brackets; underscores, which LAN names have, pass.
func isHost(s string) bool {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && strings.IndexByte(".-_:%", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// soundEscapes reports whether each % is followed by two hexadecimal digits.
func soundEscapes(s string) bool {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return true
		}
		if len(s) < i+3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return false
		}
		s = s[i+3:]
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}
