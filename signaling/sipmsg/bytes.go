package sipmsg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// Bytes returns m as it goes on the wire. Unlike sipgo's own String it takes
// control characters out of the start line and of every field, so that nothing
// that a caller put there, such as a display name, can begin a field of its own.
func Bytes(m sip.Message) []byte {
	b := make([]byte, 0, 1024+len(m.Body()))
	switch m := m.(type) {
	case *sip.Request:
		b = appendClean(b, string(m.Method)+" "+m.Recipient.String()+" SIP/2.0")
	case *sip.Response:
		b = appendClean(b, "SIP/2.0 "+strconv.Itoa(m.StatusCode)+" "+m.Reason)
	}
	for _, h := range headersOf(m) {
		b = append(b, "\r\n"...)
		b = append(b, h.Name()...)
		b = append(b, ": "...)
		b = appendClean(b, h.Value())
	}
	b = append(b, "\r\n\r\n"...)
	return append(b, m.Body()...)
}

func appendClean(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= ' ' && c != 0x7f || c == '\t' {
			b = append(b, c)
		}
	}
	return b
}
