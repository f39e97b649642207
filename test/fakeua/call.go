package fakeua

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Call is one dialog of a user agent, in or out.
type Call struct {
	UA *UA
	// ID, Local and Remote name the dialog. Local and Remote are the values of
	// From and To in what we send, tags included.
	ID, Local, Remote string
	// Target is the Request-URI of what we send.
	Target string
	// Routes are the Route fields of what we send, in order.
	Routes []string
	// Seq is the CSeq number of the last request that we sent.
	Seq int
	// Invite is the INVITE that came in; nil in a call that went out.
	Invite *Message
	// Tag is our own tag in a call that came in.
	Tag string

	via       string // of our INVITE
	inviteSeq int
	auth      string
	offer     string
	sent      string // the INVITE as it went out
	request   string // its Request-URI
}

// Invitation is what a call out says.
type Invitation struct {
	// SDP is the offer; empty means one of the user agent's kind, "none" none.
	SDP string
	// Fields are more header lines.
	Fields []string
	// From replaces the user of From; Host the domain of the Request-URI.
	From, Host string
	// Target and To replace the Request-URI and the value of To, as a trunk writes
	// them.
	Target, To string
	// Hops is Max-Forwards as it is written; empty means 70.
	Hops string
	// NoAuth leaves a challenge for the test to see.
	NoAuth bool
}

// Invite calls somebody. A challenge is answered; what comes of the call is for
// Response and the others to see.
func (u *UA) Invite(to string, inv Invitation) *Call {
	u.t.Helper()
	n := u.next(&u.counters.call)
	from, host := u.User, u.Domain
	if inv.From != "" {
		from = inv.From
	}
	if inv.Host != "" {
		host = inv.Host
	}
	c := &Call{
		UA: u, ID: fmt.Sprintf("call-%d-%p", n, u), Target: "sip:" + to + "@" + host,
		Local:  fmt.Sprintf("\"Forged Name\" <sip:%s@%s>;tag=out%d%p", from, u.Domain, n, u),
		Remote: "<sip:" + to + "@" + host + ">",
	}
	c.request = c.Target
	if inv.Target != "" {
		c.Target, c.request = inv.Target, inv.Target
	}
	if inv.To != "" {
		c.Remote = inv.To
	}
	if inv.SDP == "" {
		inv.SDP = u.Describe(Description{})
	}
	c.offer = strings.TrimPrefix(inv.SDP, "none")
	c.invite(inv)
	if inv.NoAuth || u.Password == "" {
		return c
	}
	first := c.first()
	if first.Status() == 407 {
		c.auth = u.credentials(first, "INVITE", c.Target)
		c.invite(inv)
		return c
	}
	first.taken = false
	return c
}

// Authenticate answers a challenge that came late: it calls again, with the same
// Call-ID and the next CSeq (RFC 3261 §22.2).
func (c *Call) Authenticate(challenge *Message, inv Invitation) {
	c.UA.t.Helper()
	c.auth = c.UA.credentials(challenge, "INVITE", c.request)
	c.Remote, c.Target = "<"+c.request+">", c.request
	c.invite(inv)
}

// first is the first answer to the INVITE.
func (c *Call) first() *Message {
	c.UA.t.Helper()
	return c.UA.Next("an answer to INVITE", func(m *Message) bool { return m.Status() > 0 && c.isAnswer(m) })
}

func (c *Call) invite(inv Invitation) {
	c.Seq++
	c.inviteSeq, c.via = c.Seq, c.UA.via()
	hops := "70"
	if inv.Hops != "" {
		hops = inv.Hops
	}
	head := []string{
		"INVITE " + c.Target + " SIP/2.0", "Via: " + c.via, "Max-Forwards: " + hops,
		"From: " + c.Local, "To: " + c.Remote, "Call-ID: " + c.ID, fmt.Sprintf("CSeq: %d INVITE", c.Seq),
		"Contact: <" + c.UA.Contact + ">", "Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE",
	}
	if c.auth != "" {
		head = append(head, c.auth)
	}
	c.sent = message(append(head, inv.Fields...), c.offer)
	c.UA.Send(c.sent)
}

// Offer is the session description of our INVITE.
func (c *Call) Offer() string { return c.offer }

// Again sends the INVITE again as it was.
func (c *Call) Again() { c.UA.Send(c.sent) }

func (c *Call) isAnswer(m *Message) bool {
	return m.Field("Call-ID") == c.ID && m.Branch() == param(c.via, "branch")
}

// Response waits for an answer to the INVITE other than 100 and checks its
// status. Provisional answers before a final one that is waited for are passed
// over.
func (c *Call) Response(status int) *Message {
	c.UA.t.Helper()
	m := c.UA.Next(fmt.Sprintf("%d to INVITE", status), func(m *Message) bool {
		if m.Status() <= 100 || !c.isAnswer(m) {
			return false
		}
		if m.Status() < 200 && status >= 200 {
			m.taken = true
			return false
		}
		return true
	})
	if m.Status() != status {
		c.UA.t.Fatalf("%s: the INVITE is answered with\n%swant %d", c.UA.User, m.Raw, status)
	}
	c.learn(m)
	return m
}

// learn takes tag, target and routes from an answer (RFC 3261 §12.1.2).
func (c *Call) learn(res *Message) {
	c.Remote = res.Field("To")
	if contact := res.Field("Contact"); contact != "" {
		c.Target = address(contact)
	}
	if rr := res.Fields("Record-Route"); len(rr) > 0 {
		slices.Reverse(rr)
		c.Routes = rr
	}
}

// Ack acknowledges a 2xx; body may be empty.
func (c *Call) Ack(body string) {
	c.UA.Send(message(c.head("ACK", c.inviteSeq, c.UA.via()), body))
}

// Answered waits for the 200, acknowledges it, and returns it.
func (c *Call) Answered() *Message {
	c.UA.t.Helper()
	m := c.Response(200)
	c.Ack("")
	return m
}

// Cancel cancels the INVITE (RFC 3261 §9.1) and waits for the 200 to that.
func (c *Call) Cancel(fields ...string) *Message {
	c.UA.t.Helper()
	head := []string{
		"CANCEL " + c.firstTarget() + " SIP/2.0", "Via: " + c.via, "Max-Forwards: 70", "From: " + c.Local,
		"To: <" + address(c.Remote) + ">", "Call-ID: " + c.ID, fmt.Sprintf("CSeq: %d CANCEL", c.inviteSeq),
	}
	c.UA.Send(message(append(head, fields...), ""))
	return c.UA.Next("an answer to CANCEL", func(m *Message) bool {
		_, method := m.CSeq()
		return m.Status() > 0 && method == "CANCEL" && m.Field("Call-ID") == c.ID
	})
}

// firstTarget is the Request-URI of the INVITE.
func (c *Call) firstTarget() string { return c.request }

// head is the beginning of a request in the dialog.
func (c *Call) head(method string, seq int, via string) []string {
	head := []string{
		method + " " + c.Target + " SIP/2.0", "Via: " + via, "Max-Forwards: 70", "From: " + c.Local, "To: " + c.Remote,
		"Call-ID: " + c.ID, fmt.Sprintf("CSeq: %d %s", seq, method),
	}
	for _, r := range c.Routes {
		head = append(head, "Route: "+r)
	}
	if method == "INVITE" || method == "UPDATE" {
		head = append(head, "Contact: <"+c.UA.Contact+">")
	}
	return head
}

// Send sends a request in the dialog without waiting; fields are more header
// lines, body a session description.
func (c *Call) Send(method, body string, fields ...string) (branch string) {
	c.Seq++
	via := c.UA.via()
	c.UA.Send(message(append(c.head(method, c.Seq, via), fields...), body))
	if method == "INVITE" {
		c.inviteSeq, c.via, c.request = c.Seq, via, c.Target
	}
	return param(via, "branch")
}

// Do sends a request in the dialog and returns its final answer. The 200 to a
// re-INVITE is acknowledged.
func (c *Call) Do(method, body string, fields ...string) *Message {
	c.UA.t.Helper()
	branch := c.Send(method, body, fields...)
	m := c.Final(method, branch)
	if method == "INVITE" && m.Status() == 200 {
		c.Ack("")
	}
	return m
}

// Final waits for the final answer to what Send sent.
func (c *Call) Final(method, branch string) *Message {
	c.UA.t.Helper()
	return c.UA.Next("an answer to "+method, func(m *Message) bool { return m.Status() >= 200 && m.Branch() == branch })
}

// Bye hangs up and checks that this is answered with 200.
func (c *Call) Bye(fields ...string) {
	c.UA.t.Helper()
	if m := c.Do("BYE", "", fields...); m.Status() != 200 {
		c.UA.t.Errorf("%s: BYE is answered with\n%s", c.UA.User, m.Raw)
	}
}

// Info sends an INFO with a body of another type than a session description.
func (c *Call) Info(contentType, body string) *Message {
	c.UA.t.Helper()
	c.Seq++
	via := c.UA.via()
	head := append(c.head("INFO", c.Seq, via), "Content-Type: "+contentType, fmt.Sprintf("Content-Length: %d", len(body)))
	c.UA.Send(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
	return c.Final("INFO", param(via, "branch"))
}

// Request waits for a request of the gateway's in this dialog.
func (c *Call) Request(method string) *Message {
	c.UA.t.Helper()
	return c.UA.Next(method+" in the dialog", func(m *Message) bool { return m.Method() == method && m.Field("Call-ID") == c.ID })
}

// Hung waits for the gateway's BYE and answers it.
func (c *Call) Hung() *Message {
	c.UA.t.Helper()
	bye := c.Request("BYE")
	c.UA.Answer(bye, 200, "OK")
	return bye
}

// Incoming waits for an INVITE that opens a call.
func (u *UA) Incoming() *Call {
	u.t.Helper()
	m := u.Next("an INVITE", func(m *Message) bool { return m.Method() == "INVITE" && m.ToTag() == "" })
	n := u.next(&u.counters.call)
	c := &Call{
		UA: u, ID: m.Field("Call-ID"), Remote: m.Field("From"), Target: address(m.Field("Contact")), Invite: m,
		Routes: m.Fields("Record-Route"), Tag: fmt.Sprintf("in%d%p", n, u), Seq: 100,
	}
	c.Local = m.Field("To") + ";tag=" + c.Tag
	return c
}

// Respond answers the INVITE that came in; body may be empty.
func (c *Call) Respond(status int, reason, body string, fields ...string) {
	fields = append([]string{"Contact: <" + c.UA.Contact + ">"}, fields...)
	c.UA.Send(response(c.Invite, status, reason, c.Tag, fields, body))
}

// Ring sends 180.
func (c *Call) Ring() { c.Respond(180, "Ringing", "") }

// Accept sends 200 with a description of the user agent's kind and waits for the
// ACK.
func (c *Call) Accept() *Message {
	c.UA.t.Helper()
	c.Respond(200, "OK", c.UA.Describe(Description{Setup: "active"}))
	return c.Acked()
}

// Acked waits for the ACK to a 200 of ours.
func (c *Call) Acked() *Message {
	c.UA.t.Helper()
	return c.Request("ACK")
}

// Refuse refuses the INVITE and waits for the ACK.
func (c *Call) Refuse(status int, reason string, fields ...string) {
	c.UA.t.Helper()
	c.Respond(status, reason, "", fields...)
	c.Acked()
}

// Canceled waits for the CANCEL of the INVITE that came in, answers it, and ends
// the INVITE with 487.
func (c *Call) Canceled() *Message {
	c.UA.t.Helper()
	cancel := c.Request("CANCEL")
	c.UA.Answer(cancel, 200, "OK")
	c.Refuse(487, "Request Terminated")
	return cancel
}

// Reinvited waits for a re-INVITE of the gateway's.
func (c *Call) Reinvited() *Message {
	c.UA.t.Helper()
	c.Invite = c.UA.Next("a re-INVITE", func(m *Message) bool {
		return m.Method() == "INVITE" && m.Field("Call-ID") == c.ID && m.ToTag() != ""
	})
	return c.Invite
}

// Spoof returns the same dialog as another user agent would use it that has
// learned its identifiers.
func (c *Call) Spoof(by *UA) *Call {
	s := *c
	s.UA = by
	return &s
}

// Idle lets time pass.
func (u *UA) Idle(d time.Duration) { u.Await(d, func(*Message) bool { return false }) }

// Via is the Via of the last INVITE that went out.
func (c *Call) Via() string { return c.via }
