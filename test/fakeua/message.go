package fakeua

import (
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Message is one message that arrived.
type Message struct {
	sip.Message
	Raw  string
	At   time.Time
	Flow *flow.Flow
	// Repeats is how often the same octets came again; read it with UA.Repeats.
	repeats int
	taken   bool
}

// Status is the status code of a response, 0 for a request.
func (m *Message) Status() int {
	if r, ok := m.Message.(*sip.Response); ok {
		return r.StatusCode
	}
	return 0
}

// Reason is the reason phrase of a response.
func (m *Message) Reason() string {
	if r, ok := m.Message.(*sip.Response); ok {
		return r.Reason
	}
	return ""
}

// Method is the method of a request, "" for a response.
func (m *Message) Method() string {
	if r, ok := m.Message.(*sip.Request); ok {
		return string(r.Method)
	}
	return ""
}

// Field is the first value of a header field, "" where there is none.
func (m *Message) Field(name string) string { return sipmsg.Value(m.Message, name) }

// Fields are all values of a header field.
func (m *Message) Fields(name string) []string {
	var out []string
	for _, h := range m.GetHeaders(name) {
		out = append(out, h.Value())
	}
	return out
}

// Body is the body as text.
func (m *Message) Body() string { return string(m.Message.Body()) }

// ToTag and FromTag are the tags, "" where there is none.
func (m *Message) ToTag() string { return param(m.Field("To"), "tag") }

// FromTag is the tag of From.
func (m *Message) FromTag() string { return param(m.Field("From"), "tag") }

// Branch is the branch of the topmost Via.
func (m *Message) Branch() string { return param(m.Field("Via"), "branch") }

// CSeq is the sequence number and the method.
func (m *Message) CSeq() (seq uint32, method string) {
	c := m.Message.CSeq()
	if c == nil {
		return 0, ""
	}
	return c.SeqNo, string(c.MethodName)
}

// First is the request line or status line.
func (m *Message) First() string {
	line, _, _ := strings.Cut(m.Raw, "\r\n")
	return line
}

// param reads a parameter of a header field's value that stands outside <>.
func param(value, name string) string {
	if _, after, ok := strings.Cut(value, ">"); ok {
		value = after
	}
	for _, p := range strings.Split(value, ";")[1:] {
		if k, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// address reads the URI out of <>.
func address(value string) string {
	_, after, ok := strings.Cut(value, "<")
	if !ok {
		uri, _, _ := strings.Cut(value, ";")
		return uri
	}
	uri, _, _ := strings.Cut(after, ">")
	return uri
}

// learn takes an UPDATE that only tells who is at the other end now (RFC 4916), as telephones
// do by themselves.
func (u *UA) learn(m *Message) {
	if who := m.Field("P-Asserted-Identity"); m.Method() == "UPDATE" && who != "" && m.Body() == "" && !u.Mute {
		u.mu.Lock()
		m.taken = true
		u.mu.Unlock()
		u.Answer(m, 200, "OK")
	}
}

// Connected is who was at the other end of the last call by the newest request of the
// gateway's in it that says so: the message, nil for none.
func (u *UA) Connected() *Message {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, m := range slices.Backward(u.got) {
		if m.Method() != "" && m.ToTag() != "" && m.Field("P-Asserted-Identity") != "" {
			return m
		}
	}
	return nil
}
