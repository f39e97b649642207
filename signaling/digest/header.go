package digest

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxHeader is the greatest length of a header value that is parsed, in bytes.
const MaxHeader = 4096

// maxParams bounds the parameters of one header value; RFC 7616 defines twelve.
const maxParams = 32

// errScheme says that a header value is of another scheme than Digest.
var errScheme = errors.New("the scheme is not Digest")

// params are the parameters of a challenge or of credentials, by lower-case name.
type params map[string]string

// parseHeader reads the value of a WWW-Authenticate, Proxy-Authenticate,
// Authorization or Proxy-Authorization header (RFC 3261 §25.1, auth-param). It takes
// quoted and unquoted values alike, empty list elements, and any white space; it
// refuses a parameter that occurs twice, since two readers could each believe
// another one, and text that is not printable.
func parseHeader(value string) (params, error) {
	if len(value) > MaxHeader {
		return nil, fmt.Errorf("the header is longer than %d bytes", MaxHeader)
	}
	if !printable(value) {
		return nil, errors.New("the header holds characters that are not text")
	}
	value = strings.TrimLeft(value, " \t\r\n")
	scheme, rest, _ := cutSpace(value)
	if !strings.EqualFold(scheme, "Digest") {
		return nil, errScheme
	}
	p := params{}
	for {
		rest = strings.TrimLeft(rest, " \t\r\n,")
		if rest == "" {
			return p, nil
		}
		var err error
		if rest, err = p.next(rest); err != nil {
			return nil, err
		}
	}
}

// next takes one parameter off the front of s.
func (p params) next(s string) (rest string, err error) {
	name, s, ok := strings.Cut(s, "=")
	name = strings.ToLower(strings.TrimRight(name, " \t\r\n"))
	if !ok || !isToken(name) {
		return "", errors.New("a parameter has no name")
	}
	s = strings.TrimLeft(s, " \t\r\n")
	var value string
	if strings.HasPrefix(s, `"`) {
		value, rest, err = quoted(s[1:])
		if err != nil {
			return "", fmt.Errorf("parameter %s: %w", name, err)
		}
		if after := strings.TrimLeft(rest, " \t\r\n"); after != "" && after[0] != ',' {
			return "", fmt.Errorf("parameter %s is followed by something other than a comma", name)
		}
	} else {
		value, rest, _ = strings.Cut(s, ",")
		value = strings.TrimRight(value, " \t\r\n")
	}
	return rest, p.put(name, value)
}

func (p params) put(name, value string) error {
	if _, twice := p[name]; twice {
		return fmt.Errorf("parameter %s occurs twice", name)
	}
	if len(p) == maxParams {
		return fmt.Errorf("more than %d parameters", maxParams)
	}
	// White space of a folded line belongs between parameters; inside a value it
	// would end up in a log or in another header.
	if strings.ContainsAny(value, "\r\n\t") {
		return fmt.Errorf("parameter %s holds a line break or a tab", name)
	}
	p[name] = value
	return nil
}

// quoted reads a quoted-string whose opening quote is taken off (RFC 3261 §25.1).
func quoted(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i == len(s) {
				return "", "", errors.New("the quotation does not end")
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", errors.New("the quotation does not end")
}

func cutSpace(s string) (before, after string, found bool) {
	i := strings.IndexAny(s, " \t\r\n")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i:], true
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		alpha := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alpha && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// printable says whether s is UTF-8 without control characters, but for the white
// space of a folded header.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\t' && r != '\r' && r != '\n'
	})
}

// Realm returns the realm that a challenge or credentials name; "" where it cannot
// be read.
func Realm(value string) string {
	p, err := parseHeader(value)
	if err != nil {
		return ""
	}
	return p["realm"]
}
