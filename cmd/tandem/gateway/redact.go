package gateway

import (
	"regexp"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "redacted"

var (
	// A message is split wherever a lenient parser might see the end of a line.
	lineEnd = regexp.MustCompile(`\r\n|\n|\r`)
	// A password in a URI (RFC 3261 §19.1.1).
	uriPassword = regexp.MustCompile(`(?i)\b(sips?:[^\s:@<>;?"]+):[^\s@<>"]*@`)
	// A description's keys: SDES (RFC 4568), ICE (RFC 8839), k= (RFC 4566 §5.12);
	// and the digits of an INFO, which may be somebody's PIN.
	bodySecret = regexp.MustCompile(`(?i)^\s*(a\s*=\s*crypto\s*:\s*\d*\s*\S*|a\s*=\s*ice-pwd\s*:|k\s*=|signal\s*=).*$`)
)

// withoutSecrets is a SIP message as a log may show it: without the answers of
// digests, also where their header is folded or oddly spelled, keys, passwords of
// URIs and digits. Lines end with a plain line feed.
func withoutSecrets(message string) string {
	var b strings.Builder
	body, digits, hiding := false, false, false
	for i, line := range lineEnd.Split(message, -1) {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch {
		case body && digits && line != "":
			line = redacted
		case body:
			line = bodySecret.ReplaceAllString(line, "${1} "+redacted)
		case line == "":
			body = true
		case line[0] == ' ' || line[0] == '\t': // the line before goes on (RFC 3261 §7.3.1)
			if hiding {
				line = " " + redacted
			}
		default:
			line, hiding = headerWithoutSecrets(line)
			digits = digits || isDigitType(line)
		}
		b.WriteString(uriPassword.ReplaceAllString(line, "${1}:"+redacted+"@"))
	}
	return b.String()
}

// headerWithoutSecrets says also whether the lines that continue this one are to be
// hidden.
func headerWithoutSecrets(line string) (string, bool) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return line, false
	}
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "authorization", "proxy-authorization", "authentication-info", "cookie":
	default:
		return line, false
	}
	scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	if len(scheme) > 10 || strings.ContainsAny(scheme, `=",`) {
		scheme = ""
	}
	return strings.TrimRight(name, " \t") + ": " + strings.TrimLeft(scheme+" ", " ") + redacted, true
}

// isDigitType says whether a header says that the body is nothing but a digit.
func isDigitType(line string) bool {
	name, value, _ := strings.Cut(line, ":")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "content-type", "c":
		kind, _, _ := strings.Cut(strings.TrimSpace(value), ";")
		return strings.EqualFold(strings.TrimSpace(kind), "application/dtmf")
	}
	return false
}
