package sipmsg

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The limits of a message. Each is checked by Validate; Parse stops at them.
const (
	// MaxMessage is the most octets that a message may have, on any transport.
	MaxMessage = 64 << 10
	// MaxLines is the most header lines that a message may have.
	MaxLines = 128
	// MaxLine is the most octets that a header line may have, folds included.
	MaxLine = 8 << 10
	// MaxVias is the most Via values that a message may have: the initial
	// value of Max-Forwards (RFC 3261 §8.1.1.6).
	MaxVias = 70
)

// Errors of Parse. Neither deserves an answer: what was read is no SIP message.
var (
	ErrNotSIP  = errors.New("not a SIP message")
	ErrTooLong = errors.New("SIP message too long")
)

// Parser turns octets into messages. It is immutable and safe for concurrent use.
type Parser struct {
	fields sip.HeadersParser
}

// NewParser returns a parser with tandem's own field table.
func NewParser() *Parser { return &Parser{fields: fieldTable()} }

// Parse reads one message, which must fill b (a datagram or a WebSocket
// message). Nothing of b is kept. It errs only if the start line is not one of
// SIP; everything else that is wrong is found by Validate. A body longer than
// Content-Length is cut (RFC 3261 §18.3), a shorter one is left out.
func (p *Parser) Parse(b []byte) (sip.Message, error) {
	if len(b) > MaxMessage {
		return nil, ErrTooLong
	}
	b = bytes.TrimLeft(b, "\r\n") // RFC 3261 §7.5
	line, rest := nextLine(b)
	m, err := startLine(line)
	if err != nil {
		return nil, err
	}
	body := p.parseFields(m, rest)
	length := len(body)
	if l := m.ContentLength(); l != nil {
		length = min(length, int(*l))
		if length < int(*l) {
			return m, nil // Validate says so, it sees the raw message too
		}
	}
	if length > 0 {
		m.SetBody(bytes.Clone(body[:length]))
	}
	return m, nil
}

// parseFields appends the header fields to m and returns what follows the
// empty line.
func (p *Parser) parseFields(m sip.Message, b []byte) (body []byte) {
	var out []sip.Header
	for lines := 0; len(b) > 0; lines++ {
		var line []byte
		line, b = nextLine(b)
		if len(line) == 0 {
			return b
		}
		if lines >= MaxLines {
			continue // only the way to the body is of interest
		}
		if len(b) > 0 && isBlank(b[0]) {
			line, b = unfold(line, b)
		}
		if len(line) > MaxLine {
			line = line[:MaxLine] // Validate refuses it; reading it whole would cost
		}
		out = p.parseField(out[:0], line)
		for _, h := range out {
			m.AppendHeader(h)
		}
	}
	return nil
}

// parseField appends the values of one unfolded line to out: one header for
// each value of a list that sipgo holds as a list (Via, Contact, Route,
// Record-Route), one for the whole line otherwise.
func (p *Parser) parseField(out []sip.Header, line []byte) []sip.Header {
	name, value, ok := strings.Cut(withoutControls(line), ":")
	name = strings.TrimSpace(name)
	value = strings.TrimSpace(value)
	if !ok || !isToken(name) {
		return append(out, flaw{sip.NewHeader("Unreadable", ""), "header line without a field name"})
	}
	name = canonical(name)
	if !isListed(name) {
		return p.parseValue(out, name, value)
	}
	values, err := splitList(value)
	if err != nil {
		return append(out, flaw{sip.NewHeader(name, value), err.Error()})
	}
	for _, v := range values {
		out = p.parseValue(out, name, v)
	}
	return out
}

// parseValue appends the header for one value, flawed if its parser refuses it.
func (p *Parser) parseValue(out []sip.Header, name, value string) []sip.Header {
	n := len(out)
	parser, ok := p.fields[lowerName(name)]
	if !ok {
		return append(out, sip.NewHeader(name, value))
	}
	h, err := parser([]byte(name), value)
	if err != nil {
		return append(out[:n], flaw{sip.NewHeader(name, value), err.Error()})
	}
	return append(out, h)
}

// flaw is a header field that could not be parsed. It keeps its name and value
// so that an answer can copy it, and why it was refused.
type flaw struct {
	sip.Header
	why string
}

// startLine builds the empty message that the start line announces.
func startLine(line []byte) (sip.Message, error) {
	s := withoutControls(line)
	if len(s) >= 4 && strings.EqualFold(s[:4], "SIP/") {
		return statusLine(s)
	}
	l := parseRequestLine(s)
	if l.method == "" || l.version == "" {
		return nil, ErrNotSIP
	}
	req := sip.NewRequest(sip.RequestMethod(l.method), l.uri)
	req.SipVersion = l.version
	return req, nil
}

// statusLine reads a Status-Line (RFC 3261 §7.2); the reason may be empty and
// even its blank missing.
func statusLine(s string) (sip.Message, error) {
	version, rest, ok := strings.Cut(s, " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if !ok || err != nil || len(code) != 3 || status < 100 || status > 699 {
		return nil, ErrNotSIP
	}
	res := sip.NewResponse(status, reason)
	res.SipVersion = strings.ToUpper(version)
	return res, nil
}

// requestLine is a Request-Line (RFC 3261 §7.1) with what is wrong with it.
type requestLine struct {
	method, version string
	uri             sip.Uri
	why             string // empty if sound
}

// parseRequestLine splits at the first and the last blank, so that a message
// with blanks in its URI can still be answered.
func parseRequestLine(s string) requestLine {
	var l requestLine
	trimmed := strings.TrimSpace(s)
	if trimmed != s {
		l.why = "blanks around the request line"
	}
	first, last := strings.IndexByte(trimmed, ' '), strings.LastIndexByte(trimmed, ' ')
	if first < 1 || first == last {
		return requestLine{}
	}
	method, uri, version := trimmed[:first], trimmed[first+1:last], strings.ToUpper(trimmed[last+1:])
	if !isToken(method) || !isVersion(version) {
		return requestLine{}
	}
	l.method, l.version = method, version
	if strings.TrimSpace(uri) != uri {
		l.why = "more than one blank in the request line"
	}
	parsed, err := parseURI(strings.TrimSpace(uri))
	l.uri = parsed
	if err != nil {
		l.why = "Request-URI: " + err.Error()
	} else if len(parsed.Headers) > 0 {
		l.why = "Request-URI with header fields" // RFC 3261 §19.1.1
	}
	return l
}

// isVersion reports whether s is "SIP/" digits "." digits, in upper case.
func isVersion(s string) bool {
	major, minor, ok := strings.Cut(strings.TrimPrefix(s, "SIP/"), ".")
	return ok && strings.HasPrefix(s, "SIP/") && isDigits(major) && isDigits(minor)
}
