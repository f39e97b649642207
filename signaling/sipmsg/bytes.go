package sipmsg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// Bytes returns m as it goes on the wire. Unlike sipgo's own String it takes
// control characters out of the start line and of every field, so that nothing
// that a caller put there, such as a display name, can begin a field of its own.
func Bytes(m sip.Message) []byte {
	w := cleaner{b: make([]byte, 0, 768+len(m.Body()))}
	switch m := m.(type) {
	case *sip.Request:
		w.WriteString(string(m.Method))
		w.b = append(w.b, ' ')
		m.Recipient.StringWrite(&w)
		w.b = append(w.b, " SIP/2.0"...)
	case *sip.Response:
		w.b = append(w.b, "SIP/2.0 "...)
		w.b = strconv.AppendInt(w.b, int64(m.StatusCode), 10)
		w.b = append(w.b, ' ')
		w.WriteString(m.Reason)
	}
	for _, h := range headersOf(m) {
		w.b = append(w.b, "\r\n"...)
		h.StringWrite(&w)
	}
	w.b = append(w.b, "\r\n\r\n"...)
	return append(w.b, m.Body()...)
}

// cleaner gathers text without its control characters.
type cleaner struct{ b []byte }

// WriteString implements io.StringWriter.
func (w *cleaner) WriteString(s string) (int, error) {
	begin := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			w.b = append(w.b, s[begin:i]...)
			begin = i + 1
		}
	}
	w.b = append(w.b, s[begin:]...)
	return len(s), nil
}
