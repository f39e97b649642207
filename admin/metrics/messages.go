package metrics

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// methods are those that have a label of their own; the others are "other".
var methods = [...]string{
	"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "PUBLISH", "other",
}

// codes are the status codes that have a label of their own: those of RFC 3261 and of
// its extensions that are met. 0 is a request, and the last any other.
var codes = [...]int{
	0, 100, 180, 181, 182, 183, 199, 200, 202, 204, 300, 301, 302, 305, 380, 400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 412, 413, 414,
	415, 416, 420, 421, 422, 423, 428, 429, 430, 433, 436, 437, 438, 439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491,
	493, 494, 500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606, 607, 608, -1,
}

// messages count SIP messages, by method, code and direction.
type messages struct {
	counts [len(methods)][len(codes)][2]atomic.Uint64
}

// Message counts a SIP message; it has the form of txn.Config.Trace.
func (m *Collector) Message(_ *flow.Flow, dir txn.Direction, raw []byte) {
	method, code := kindOf(raw)
	d := 0
	if dir == txn.Out {
		d = 1
	}
	m.messages.counts[method][code][d].Add(1)
}

// kindOf gives the places of a message's method and status code.
func kindOf(raw []byte) (method, code int) {
	if rest, ok := bytes.CutPrefix(raw, []byte("SIP/2.0 ")); ok {
		return methodAt(cseqMethod(rest)), codeAt(rest)
	}
	word, _, _ := bytes.Cut(raw[:min(len(raw), 32)], []byte(" "))
	return methodAt(word), 0
}

func methodAt(word []byte) int {
	for i, m := range methods[:len(methods)-1] {
		if string(word) == m {
			return i
		}
	}
	return len(methods) - 1
}

// codeAt reads the three digits that rest begins with.
func codeAt(rest []byte) int {
	n := 0
	for i := range min(3, len(rest)) {
		n = 10*n + int(rest[i]) - '0'
	}
	if i, ok := slices.BinarySearch(codes[:len(codes)-1], n); ok && i > 0 {
		return i
	}
	return len(codes) - 1
}

// cseqMethod finds the method of the CSeq (RFC 3261 §20.16); nil for none.
func cseqMethod(raw []byte) []byte {
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		raw = rest
		if len(line) < 6 || line[0]|0x20 != 'c' || !bytes.EqualFold(line[:4], []byte("cseq")) {
			continue
		}
		line = bytes.TrimRight(line, " \t\r")
		return line[bytes.LastIndexAny(line, " \t")+1:]
	}
	return nil
}
