package sdp

import (
	"slices"
	"strconv"
	"strings"
)

// readFingerprints returns the certificate fingerprints of the nearest level
// that has any (RFC 8122 §5).
func readFingerprints(levels [][]Line) []string {
	for _, lines := range levels {
		var found []string
		for name, value := range attributes(lines) {
			if name != "fingerprint" || len(found) == maxFingerprints {
				continue
			}
			if f, ok := parseFingerprint(value); ok && !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// parseFingerprint brings a=fingerprint into one spelling and drops what has
// not the form <hash> <hex>:<hex>:...
func parseFingerprint(value string) (string, bool) {
	fields := strings.Fields(value)
	if len(fields) != 2 {
		return "", false
	}
	hash, digits := strings.ToLower(fields[0]), strings.ToUpper(fields[1])
	if len(digits) < 16*3-1 || len(digits)%3 != 2 {
		return "", false // MD5 is the shortest
	}
	for i, b := range []byte(digits) {
		isHex := b >= '0' && b <= '9' || b >= 'A' && b <= 'F'
		if (i%3 == 2) != (b == ':') || b != ':' && !isHex {
			return "", false
		}
	}
	return hash + " " + digits, true
}

// readSetup returns a=setup of the nearest level that has it.
func readSetup(levels [][]Line) Setup {
	for _, lines := range levels {
		if value, ok := attribute(lines, "setup"); ok {
			return parseSetup(strings.ToLower(value))
		}
	}
	return SetupNone
}

// answerSetup returns our DTLS role in an answer. want is what the caller
// would like and fixed the role the dialog has, SetupNone when it has none or
// when a new association begins (RFC 8842 §5.3). ok is false when the offer
// takes the role away that the running association gave us.
func answerSetup(offered, want, fixed Setup) (role Setup, ok bool) {
	switch offered {
	case Active:
		role = Passive
	case Passive:
		role = Active
	case ActPass:
		role = fixed
		if role == SetupNone {
			role = want
		}
		if role != Passive {
			role = Active
		}
	default:
		// Unsaid is active by RFC 4145 §4.1, but old stacks mean actpass:
		// a passive answer suits both.
		role = fixed
		if role == SetupNone {
			role = Passive
		}
	}
	return role, fixed == SetupNone || role == fixed
}

// answeredSetup returns our DTLS role after an answer to our actpass. fixed as
// for answerSetup; a running association keeps its roles whatever the answer
// says.
func answeredSetup(answered, fixed Setup) Setup {
	switch {
	case fixed != SetupNone:
		return fixed
	case answered == Active:
		return Passive
	default:
		// passive, unsaid (passive by RFC 4145 §4.1), or a value that has
		// no place in an answer: beginning ourselves then does no harm.
		return Active
	}
}

// readTLSID returns a=tls-id of the nearest level that has it (RFC 8842 §5.1); empty for
// none, and for what is none.
func readTLSID(levels [][]Line) string {
	for _, lines := range levels {
		value, ok := attribute(lines, "tls-id")
		if !ok {
			continue
		}
		for _, b := range []byte(value) {
			if !isWord(b) && b != '+' && b != '/' && b != '-' && b != '_' {
				return ""
			}
		}
		if len(value) < 20 || len(value) > 255 {
			return ""
		}
		return value
	}
	return ""
}

func isWord(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// tlsID is the value of our a=tls-id for an association of the dialog, empty for none:
// telephones that have none are told none, as browsers.
func (l *Local) tlsID(r *Remote, association int) string {
	if r == nil || r.TLSID == "" || l.Profile != Plain || l.TLSID == "" {
		return ""
	}
	return l.TLSID + strconv.Itoa(association)
}
