package sipmsg

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// maxParams bounds the parameters of one value; each is compared with all others.
const maxParams = 64

// parseParams reads `;name=value;flag;name="quoted"`. Names keep their case;
// Param ignores it. Empty parameters between semicolons are an error.
//
// sipgo writes a value with a blank in quotation marks and any other one bare,
// so a quoted value with a blank is held without its marks and any other one
// with them: written again it is what it was.
func parseParams(s string) (sip.HeaderParams, error) {
	var out sip.HeaderParams
	for s != "" {
		if s[0] != ';' {
			return nil, errors.New("words after the address that are no parameter")
		}
		s = strings.TrimLeft(s[1:], " ")
		end, err := indexOutside(s, ';')
		if err != nil {
			return nil, err
		}
		one := s
		if s = ""; end >= 0 {
			one, s = one[:end], one[end:]
		}
		if one = strings.TrimSpace(one); one == "" && s == "" {
			break // a semicolon at the end: seen often, harmless
		}
		name, value, _ := strings.Cut(one, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !isToken(name) {
			return nil, errors.New("parameter without a name")
		}
		if value, err = paramValue(value); err != nil {
			return nil, err
		}
		if _, twice := Param(out, name); twice {
			return nil, errors.New("parameter " + name + " given twice")
		}
		if len(out) == maxParams {
			return nil, errors.New("more than 64 parameters")
		}
		out = append(out, sip.HeaderKV{K: name, V: value})
	}
	return out, nil
}

func paramValue(v string) (string, error) {
	if strings.HasPrefix(v, `"`) {
		if quotedLen(v) != len(v) {
			return "", errors.New("parameter that goes on after its quotation mark")
		}
		if strings.ContainsAny(v, " \t") {
			v = v[1 : len(v)-1]
		}
		return v, nil
	}
	if strings.ContainsAny(v, " \t,<>\"") {
		return "", errors.New("parameter that needs quotation marks")
	}
	return v, nil
}

// Param returns the value of a parameter of a URI, Via, From, To or Contact.
// The name is compared without regard to case (RFC 3261 §7.3.1), quotation
// marks and escapes are taken off the value.
func Param(params sip.HeaderParams, name string) (value string, ok bool) {
	for _, kv := range params {
		if strings.EqualFold(kv.K, name) {
			return Unquote(kv.V), true
		}
	}
	return "", false
}

// SetParam returns params with name set to value, in place of a parameter of
// the same name in whatever case.
func SetParam(params sip.HeaderParams, name, value string) sip.HeaderParams {
	for i, kv := range params {
		if strings.EqualFold(kv.K, name) {
			params[i] = sip.HeaderKV{K: name, V: value}
			return params
		}
	}
	return append(params, sip.HeaderKV{K: name, V: value})
}

// Unquote takes the quotation marks and escapes off a quoted string (RFC 3261
// §25.1); other text is returned as it is.
func Unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Quote escapes s for the inside of a quoted string, such as sipgo's
// DisplayName fields, which are written between quotation marks as they are.
func Quote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}
