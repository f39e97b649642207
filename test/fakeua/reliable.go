package fakeua

import "fmt"

// Prack acknowledges a reliable provisional response (RFC 3262 §7.2) and returns
// the answer; body may be empty.
func (c *Call) Prack(res *Message, body string) *Message {
	c.UA.t.Helper()
	seq, method := res.CSeq()
	return c.Do("PRACK", body, fmt.Sprintf("RAck: %s %d %s", res.Field("RSeq"), seq, method))
}

// Reliable sends a reliable provisional response to the INVITE that came in.
func (c *Call) Reliable(status int, reason, body string, rseq int, fields ...string) {
	c.Respond(status, reason, body, append([]string{"Require: 100rel", fmt.Sprintf("RSeq: %d", rseq)}, fields...)...)
}

// Pracked waits for a PRACK in this dialog and answers it.
func (c *Call) Pracked() *Message {
	c.UA.t.Helper()
	m := c.UA.Next("PRACK", func(m *Message) bool {
		return m.Method() == "PRACK" && m.Field("Call-ID") == c.ID && m.ToTag() == c.Tag
	})
	c.UA.Answer(m, 200, "OK")
	return m
}

// Reply answers a request in the dialog with 200 and a description.
func (c *Call) Reply(req *Message, body string, fields ...string) {
	c.UA.Send(response(req, 200, "OK", c.Tag, append([]string{"Contact: <" + c.UA.Contact + ">"}, fields...), body))
}
