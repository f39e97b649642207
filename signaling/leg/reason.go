package leg

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// maxReason bounds the words taken from a far end's Reason or reason phrase, in
// octets.
const maxReason = 120

// causeOf reads the reason of a BYE, a CANCEL or a refusal (RFC 3326); fallback
// is for messages without one, and its status is the one that was really given. A
// Q.850 value goes before a SIP status, since it is what the network behind the far
// end said; in a BYE, which has no status, it brings none with it.
func causeOf(m sip.Message, fallback tandem.Cause) tandem.Cause {
	var said *tandem.Cause
	for _, v := range sipmsg.List(m, "Reason") {
		c, ok := parseReason(v)
		if !ok {
			continue
		}
		if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(v)), "Q.850") {
			c.Status = fallback.Status
			return c
		}
		if said == nil {
			said = &c
		}
	}
	if said == nil {
		return fallback
	}
	if fallback.Status != 0 {
		said.Status = fallback.Status
	}
	return *said
}

// cancelReasons are the Reason values of a CANCEL: that another branch has answered
// only where it is true (RFC 3326 §3.1), and what the caller gave as a reason, or
// what has run out here.
func cancelReasons(cause tandem.Cause) []string {
	switch cause.Q850 {
	case 0, tandem.CauseNormal.Q850:
		return nil
	case tandem.CauseElsewhere.Q850:
		return tandem.CauseElsewhere.ReasonHeader()
	}
	cause.Status = 0 // the INVITE's own is 487
	return cause.ReasonHeader()
}

// parseReason reads one value of a Reason header field (RFC 3326 §2):
// `Q.850;cause=17;text="User busy"`.
func parseReason(v string) (tandem.Cause, bool) {
	protocol, params, _ := strings.Cut(v, ";")
	cause, text := 0, ""
	for _, p := range splitParams(params) {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cause":
			cause, _ = strconv.Atoi(strings.TrimSpace(value))
		case "text":
			text = words(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	switch strings.ToUpper(strings.TrimSpace(protocol)) {
	case "Q.850":
		if cause > 0 && cause < 128 {
			return tandem.FromQ850(cause, text), true
		}
	case "SIP":
		if cause == 200 { // RFC 3326 §3.1, for a CANCEL: answered elsewhere
			c := tandem.CauseElsewhere
			if text != "" {
				c.Text = text
			}
			return c, true
		}
		if cause > 200 && cause < 700 {
			return tandem.FromStatus(cause, text), true
		}
	}
	return tandem.Cause{}, false
}

// splitParams cuts at semicolons that stand outside quotes.
func splitParams(s string) []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

// words makes a far end's text fit to be shown and sent on.
func words(s string) string {
	s, _ = sipmsg.Clean(s)
	return tandem.Clean(s, maxReason)
}
