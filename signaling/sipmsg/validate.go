package sipmsg

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"
)

// Validate returns nil if m is sound, and otherwise the answer that it is owed
// (RFC 3261 §8.2, RFC 4475). raw is what m was parsed from; with nil, the
// checks that need it are left out. A message that passes has one From, To,
// Call-ID and CSeq, at least one Via, and no control characters. Tags and
// branch may be missing, as RFC 2543 allowed.
func Validate(m sip.Message, raw []byte) *Refusal {
	r := checkRaw(m, raw)
	if r == nil {
		r = checkFields(m)
	}
	switch m := m.(type) {
	case *sip.Request:
		if r == nil {
			r = checkRequest(m)
		}
		if r != nil {
			r.Silent = m.IsAck() || !present(m, "Via")
		}
	case *sip.Response:
		if r == nil {
			r = checkResponse(m)
		}
		if r != nil {
			return &Refusal{Silent: true, Warning: r.Warning}
		}
	}
	return r
}

// checkRaw finds what parsing hides: control characters, lone line feeds, too
// many or too long lines, a body shorter than announced.
func checkRaw(m sip.Message, raw []byte) *Refusal {
	if raw == nil {
		return nil
	}
	if len(raw) > MaxMessage {
		return refuse(513, "the message is longer than 65536 octets")
	}
	rest := bytes.TrimLeft(raw, "\r\n")
	for lines, length := 0, 0; ; lines++ {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return refuse(400, "the header does not end with an empty line")
		}
		if end == 0 || rest[end-1] != '\r' {
			return refuse(400, "a line ends without carriage return")
		}
		line := rest[:end-1]
		rest = rest[end+1:]
		if len(line) == 0 {
			break
		}
		if !isBlank(line[0]) {
			length = 0 // not a continuation of the line before
		}
		if length += len(line); length > MaxLine {
			return refuse(400, "a header line is longer than 8192 octets")
		}
		if lines > MaxLines {
			return refuse(400, "more than 128 header lines")
		}
		if r := checkLine(m, line, lines == 0); r != nil {
			return r
		}
	}
	if l := m.ContentLength(); l != nil && int(*l) > len(rest) {
		return refuse(400, "the body is shorter than Content-Length says")
	}
	return nil
}

// checkLine checks the characters of a line, and more if it is the first.
func checkLine(m sip.Message, line []byte, first bool) *Refusal {
	if hasControls(line) {
		return refuse(400, "control characters in the header")
	}
	if req, ok := m.(*sip.Request); ok && first {
		return checkRequestLine(req, string(line))
	}
	return nil
}

// checkRequestLine looks at the version first: what follows another version's
// method nobody knows.
func checkRequestLine(req *sip.Request, line string) *Refusal {
	if req.SipVersion != "SIP/2.0" {
		return refuse(505, "only SIP/2.0 is spoken here")
	}
	if l := parseRequestLine(line); l.why != "" {
		return refuse(400, l.why)
	}
	return nil
}

// checkFields finds flawed fields, missing ones, and duplicates of those that
// may stand once.
func checkFields(m sip.Message) *Refusal {
	vias := 0
	var seen uint64 // of singles, by their places
	for _, h := range headersOf(m) {
		name := h.Name()
		if f, ok := h.(flaw); ok {
			return refuse(400, name+": "+f.why)
		}
		if name == "Via" {
			vias++
		}
		if i := slices.Index(singles[:], lowerName(name)); i >= 0 {
			if seen&(1<<i) != 0 {
				return refuse(400, name+" given twice")
			}
			seen |= 1 << i
		}
	}
	if vias > MaxVias {
		return refuse(400, "more than 70 Via values")
	}
	switch {
	case vias == 0:
		return refuse(400, "Via is missing")
	case m.From() == nil:
		return refuse(400, "From is missing")
	case m.To() == nil:
		return refuse(400, "To is missing")
	case m.CallID() == nil:
		return refuse(400, "Call-ID is missing")
	case m.CSeq() == nil:
		return refuse(400, "CSeq is missing")
	}
	if len(m.Body()) > 0 && !present(m, "Content-Type") {
		return refuse(400, "a body without Content-Type") // RFC 3261 §20.15
	}
	return nil
}

// singles are the fields, in lower case, that have exactly one value; with two of
// them, each reader would choose his own. At most 64.
var singles = [...]string{
	"from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type",
	"content-disposition", "expires", "min-expires", "event", "refer-to", "referred-by", "replaces",
	"session-expires", "min-se", "rseq", "rack", "mime-version", "date", "retry-after",
	"subscription-state", "target-dialog", "sip-etag", "sip-if-match",
}

// checkRequest covers RFC 3261 §8.2.2.1, §16.3 and §8.1.1.5.
func checkRequest(req *sip.Request) *Refusal {
	switch req.Recipient.Scheme {
	case "sip", "sips", "tel":
	default:
		return refuse(416, "addresses begin with sip:, sips: or tel:")
	}
	if req.CSeq().MethodName != req.Method {
		return refuse(400, "CSeq names another method")
	}
	if branch, ok := Param(req.Via().Params, "branch"); ok && branch == sip.RFC3261BranchMagicCookie {
		return refuse(400, "Via branch has nothing behind its cookie")
	}
	if hops := req.MaxForwards(); hops != nil && *hops == 0 && forwarded(req) {
		return refuse(483, "Max-Forwards has run out")
	}
	if req.Method == sip.REGISTER && !isSIP(req.To().Address.Scheme) {
		return refuse(404, "To is no SIP address of record") // RFC 3261 §10.3 step 5
	}
	return nil
}

// forwarded reports whether the request would be carried on to another leg; what
// is for ourselves may come on its last hop.
func forwarded(req *sip.Request) bool {
	switch req.Method {
	case sip.OPTIONS, sip.REGISTER, sip.ACK, sip.CANCEL, sip.BYE, sip.PRACK:
		return false
	}
	_, inDialog := Param(req.To().Params, "tag")
	return !inDialog
}

func isSIP(scheme string) bool { return scheme == "sip" || scheme == "sips" || scheme == "tel" }

// checkResponse refuses what no transaction of ours can have caused.
func checkResponse(res *sip.Response) *Refusal {
	if res.SipVersion != "SIP/2.0" {
		return refuse(505, "another SIP version")
	}
	if len(res.GetHeaders("Via")) > 1 {
		return refuse(400, "a response meant for somebody else") // RFC 3261 §8.1.3.3
	}
	return nil
}

// headersOf returns all fields of m in order.
func headersOf(m sip.Message) []sip.Header {
	switch m := m.(type) {
	case *sip.Request:
		return m.Headers()
	case *sip.Response:
		return m.Headers()
	}
	return nil
}

// Clean returns s without control characters (among them CR, LF and NUL) and
// invalid UTF-8, and whether it was clean already. Whatever crosses from one
// leg to another goes through it.
func Clean(s string) (clean string, was bool) {
	bad := func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }
	if strings.IndexFunc(s, bad) < 0 {
		return s, true
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return -1
		}
		return r
	}, s), false
}
