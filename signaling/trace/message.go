package trace

import (
	"bytes"
	"strings"
)

// callID returns the value of a message's Call-ID, also in its compact form (RFC 3261
// §20.8, §7.3.3), as part of raw; nil where there is none. It reads no more than the
// header, and keeps nothing.
func callID(raw []byte) []byte { return header(raw, "call-id", 'i') }

// header returns the value of the first header field of a name, in lower case, or of
// its compact form; 0 for none.
func header(raw []byte, name string, compact byte) []byte {
	for line, rest, ok := nextLine(raw); ok; line, rest, ok = nextLine(rest) { // the start line is none
		if len(line) == 0 {
			return nil
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 1 {
			continue
		}
		field := bytes.TrimRight(line[:colon], " \t")
		if len(field) == 1 && compact != 0 && field[0]|0x20 == compact || len(field) == len(name) && equalFold(field, name) {
			return bytes.TrimSpace(line[colon+1:])
		}
	}
	return nil
}

func nextLine(b []byte) (line, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return b, nil, true
	}
	return bytes.TrimSuffix(b[:end], []byte{'\r'}), b[end+1:], true
}

func equalFold(b []byte, lower string) bool {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// begins says whether a message is an INVITE: only those begin a call.
func begins(raw []byte) bool { return bytes.HasPrefix(raw, []byte("INVITE ")) }

// First is a message in a few words: "INVITE sip:1002@example.test", "180 Ringing";
// for an item that is none, its note.
func (i *Item) First() string {
	if i.Kind != SIP {
		return i.Note
	}
	line, _, _ := nextLine(i.Text)
	first := strings.TrimSpace(printable(string(line)))
	if after, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		return after
	}
	return strings.TrimSpace(strings.TrimSuffix(first, "SIP/2.0"))
}

// Label is a message in still fewer words, for an arrow: "INVITE (SDP)",
// "200 OK (SDP)", "200 OK (BYE)".
func (i *Item) Label() string {
	first := i.First()
	if i.Kind != SIP {
		return first
	}
	if method, _, ok := strings.Cut(first, " "); ok && !i.response() {
		first = method
	} else if i.response() {
		if method := i.method(); method != "INVITE" && method != "" {
			first += " (" + method + ")"
		}
	}
	if i.hasSDP() {
		first += " (SDP)"
	}
	return first
}

func (i *Item) response() bool { return bytes.HasPrefix(i.Text, []byte("SIP/2.0 ")) }

// method is that of the CSeq (RFC 3261 §20.16).
func (i *Item) method() string {
	_, method, _ := strings.Cut(string(header(i.Text, "cseq", 0)), " ")
	return printable(strings.TrimSpace(method))
}

func (i *Item) hasSDP() bool {
	kind, sdp := bytes.ToLower(header(i.Text, "content-type", 'c')), []byte("application/sdp")
	return bytes.Contains(kind, sdp) || bytes.HasPrefix(kind, []byte("multipart/")) && bytes.Contains(bytes.ToLower(i.Text), sdp)
}
