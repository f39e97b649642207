package digest

import "strings"

// sameTarget says whether a digest URI names what the Request-URI names. They are
// equal as texts from any phone that follows RFC 3261 §22.4; some drop the URI's
// parameters and headers, write the default port or change the case of the host, so
// scheme, user, host and port decide.
func sameTarget(request, digest string) bool {
	if request == digest {
		return request != ""
	}
	a, ok := parseTarget(request)
	if !ok {
		return false
	}
	b, ok := parseTarget(digest)
	return ok && a == b
}

// target is the part of a URI that decides where a request goes.
type target struct{ scheme, user, host, port string }

func parseTarget(uri string) (target, bool) {
	scheme, rest, ok := strings.Cut(uri, ":")
	t := target{scheme: strings.ToLower(scheme)}
	if !ok || t.scheme != "sip" && t.scheme != "sips" {
		// Another scheme, such as tel, has no parts that we know.
		return target{}, false
	}
	// The user may hold ; and ? (RFC 3261 §25.1, user-unreserved), the rest no @.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		t.user, rest = rest[:at], rest[at+1:]
	}
	if end := strings.IndexAny(rest, ";?"); end >= 0 {
		rest = rest[:end]
	}
	t.host = strings.ToLower(rest)
	// The port follows the last colon, but not one inside the brackets of IPv6.
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, ']') {
		t.host, t.port = strings.ToLower(rest[:colon]), rest[colon+1:]
	}
	t.host = strings.TrimSuffix(t.host, ".")
	if t.port == defaultPort(t.scheme) {
		t.port = ""
	}
	return t, t.host != ""
}

func defaultPort(scheme string) string {
	if scheme == "sips" {
		return "5061"
	}
	return "5060"
}
