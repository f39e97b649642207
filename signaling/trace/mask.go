package trace

import (
	"bytes"
	"regexp"
	"slices"
)

var (
	// A password in a URI (RFC 3261 §19.1.1).
	uriPassword = regexp.MustCompile(`(?i)\bsips?:[^\s:@<>;?"]+:([^\s@<>"]*)@`)
	// A description's keys: SDES (RFC 4568 §9.1), ICE (RFC 8839 §5.4), k= (RFC 4566
	// §5.12); and the digits of an INFO, which may be somebody's PIN.
	bodySecret = regexp.MustCompile(`(?i)^\s*(?:a\s*=\s*crypto\s*:\s*\d*\s*\S*|a\s*=\s*ice-pwd\s*:|k\s*=|signal\s*=)\s*(.*)$`)
)

// blot is written over each octet of a secret, so that the lengths that a message tells
// of itself stay true and it can be read again.
const blot = '*'

// Mask blots secrets out: the answers of digests, keys, passwords in URIs, and digits,
// which may be somebody's PIN, and the sound of packets. Nothing of another length comes in their place.
func (t *Trace) Mask() {
	if t.Masked {
		return
	}
	t.Masked = true
	t.Items = slices.Clone(t.Items)
	for n := range t.Items {
		t.Items[n] = t.Items[n].masked()
	}
	if slices.ContainsFunc(t.Packets, func(p Packet) bool { return p.Payload != nil }) {
		t.Packets = slices.Clone(t.Packets)
		for n := range t.Packets {
			t.Packets[n].Payload = nil
		}
	}
}

// masked is the item without secrets.
func (i Item) masked() Item {
	switch {
	case i.Kind == SIP:
		i.Text = masked(i.Text)
	case i.Text != nil:
		i.Text = bytes.Repeat([]byte{blot}, len(i.Text))
	}
	return i
}

// masked returns a message with its secrets written over.
func masked(message []byte) []byte {
	b := slices.Clone(message)
	body, digits, hiding := false, false, false
	for begin := 0; begin < len(b); {
		end := lineEnd(b, begin)
		line := b[begin:end]
		switch {
		case body && digits:
			cover(line)
		case body:
			coverBody(line)
		case len(line) == 0:
			body = true
		case line[0] == ' ' || line[0] == '\t': // the line before goes on (RFC 3261 §7.3.1)
			if hiding {
				cover(line[1:])
			}
		default:
			hiding = coverHeader(line)
			digits = digits || isDigits(line)
		}
		for _, at := range uriPassword.FindAllSubmatchIndex(line, -1) {
			cover(line[at[2]:at[3]])
		}
		begin = afterLine(b, end)
	}
	return b
}

// lineEnd is where the line ends that begins at begin, wherever a lenient parser might
// see its end.
func lineEnd(b []byte, begin int) int {
	if n := bytes.IndexAny(b[begin:], "\r\n"); n >= 0 {
		return begin + n
	}
	return len(b)
}

func afterLine(b []byte, end int) int {
	if bytes.HasPrefix(b[end:], []byte("\r\n")) {
		return end + 2
	}
	return end + 1
}

func cover(b []byte) {
	for i := range b {
		b[i] = blot
	}
}

func coverBody(line []byte) {
	if at := bodySecret.FindSubmatchIndex(line); at != nil {
		cover(line[at[2]:at[3]])
	}
}

// coverHeader covers what proves who somebody is, but for the scheme. It says whether
// the lines that continue this one are to be covered.
func coverHeader(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return false
	}
	switch string(bytes.ToLower(bytes.TrimSpace(line[:colon]))) {
	case "authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info", "cookie":
	default:
		return false
	}
	value := line[colon+1:]
	skip := len(value) - len(bytes.TrimLeft(value, " \t"))
	if scheme, _, ok := bytes.Cut(value[skip:], []byte(" ")); ok && len(scheme) <= 10 && !bytes.ContainsAny(scheme, `=",`) {
		skip += len(scheme) + 1
	}
	cover(value[skip:])
	return true
}

// isDigits says whether a header says that the body is nothing but a digit.
func isDigits(line []byte) bool {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch string(bytes.ToLower(bytes.TrimSpace(name))) {
	case "content-type", "c":
		kind, _, _ := bytes.Cut(value, []byte(";"))
		return bytes.EqualFold(bytes.TrimSpace(kind), []byte("application/dtmf"))
	}
	return false
}
