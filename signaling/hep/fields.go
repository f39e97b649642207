package hep

import "bytes"

// fieldsOf finds the Call-ID (RFC 3261 §20.8) and the method (§20.16) of a message, as
// far as they are written plainly; empty where they are not.
func fieldsOf(raw []byte) (callID, method string) {
	first, rest, _ := bytes.Cut(raw, []byte("\n"))
	if !bytes.HasPrefix(first, []byte("SIP/2.0 ")) {
		word, _, _ := bytes.Cut(bytes.TrimSpace(first), []byte(" "))
		method = string(word[:min(len(word), 32)])
	}
	for len(rest) > 0 && (callID == "" || method == "") {
		line, more, _ := bytes.Cut(rest, []byte("\n"))
		rest = more
		line = bytes.TrimRight(line, "\r\t ")
		if len(line) == 0 {
			break // the body
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		name = bytes.TrimSpace(name)
		switch {
		case len(name) == 1 && name[0]|0x20 == 'i', bytes.EqualFold(name, []byte("call-id")):
			callID = string(bytes.TrimSpace(value))
		case method == "" && bytes.EqualFold(name, []byte("cseq")):
			if i := bytes.LastIndexAny(value, " \t"); i >= 0 {
				method = string(value[i+1:])
			}
		}
	}
	return callID, method
}
