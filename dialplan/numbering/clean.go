package numbering

import (
	"strings"
	"unicode"
)

// clean takes the separators out of a number as people write it. letters says that it has letters to be read by the
// keys of a telephone; ok is false for what is no number at all, such as a name.
func clean(raw string) (number string, letters, ok bool) {
	s := strings.TrimSpace(raw)
	if len(s) >= 4 && strings.EqualFold(s[:4], "tel:") { // RFC 3966 §3
		s = s[4:]
	}
	s, parameters, _ := strings.Cut(s, ";")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#':
			b.WriteRune(r)
		case (r == '+' || r == '＋') && b.Len() == 0:
			b.WriteByte('+')
		case separates(r):
		case unicode.IsDigit(r):
			b.WriteByte('0' + digit(r))
		case r < unicode.MaxASCII && unicode.IsLetter(r) && b.Len() > 0:
			letters = true
			b.WriteByte(key(r))
		default:
			return "", false, false
		}
	}
	number = b.String()
	if number == "" || number == "+" {
		return "", false, false
	}
	return inContext(number, parameters), letters, true
}

// separates says whether a character only makes a number easier to read: RFC 3966 §3 and what is typed beside it.
func separates(r rune) bool {
	return strings.ContainsRune(" \t-.()/[]\u00a0\u00ad\u2009\u200b\u202f\u2060\u202a\u202c\u2010\u2011\u2012\u2013\u2014\u2212", r)
}

// digit gives the value of a digit of any script. Digits of a script stand in order, the zero first.
func digit(r rune) byte {
	n := byte(0)
	for n < 9 && unicode.IsDigit(r-1) {
		r--
		n++
	}
	return n
}

// key gives the key of a telephone that has the letter (ITU-T E.161).
func key(r rune) byte {
	return "22233344455566677778889999"[unicode.ToUpper(r)-'A']
}

// inContext puts the prefix of a local number in front of it (RFC 3966 §5.1.5). A context that is a domain says nothing.
func inContext(number, parameters string) string {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(name, "phone-context") || !strings.HasPrefix(value, "+") || number[0] == '+' {
			continue
		}
		if context, _, ok := clean(value); ok {
			return context + number
		}
	}
	return number
}

// onlyDigits says whether s is digits and nothing else.
func onlyDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
