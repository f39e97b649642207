package fakeua

import (
	"fmt"
	"strings"
)

// Ask is a request that makes no call, such as MESSAGE or SUBSCRIBE.
type Ask struct {
	Method string
	// To is the user part of Request-URI and To; Target replaces the Request-URI.
	To, Target string
	// From replaces the user of From, Host the domain of the Request-URI.
	From, Host string
	// Fields are more header lines.
	Fields []string
	// Type and Body are the body's; no Content-Type where Type is empty.
	Type, Body string
	// NoAuth leaves a challenge for the test to see.
	NoAuth bool
	// CallID, FromTag and ToTag name a dialog; empty means a new one.
	CallID, FromTag, ToTag string
}

// Ask sends a request and waits for its final answer. A challenge is answered.
func (u *UA) Ask(a Ask) *Message {
	u.t.Helper()
	n := u.next(&u.counters.call)
	if a.CallID == "" {
		a.CallID = fmt.Sprintf("ask-%d-%p", n, u)
	}
	if a.FromTag == "" {
		a.FromTag = fmt.Sprintf("ask%d%p", n, u)
	}
	res := u.ask(a, "")
	if s := res.Status(); (s == 401 || s == 407) && !a.NoAuth {
		if auth := u.credentials(res, a.Method, u.askTarget(a)); auth != "" {
			return u.ask(a, auth)
		}
	}
	return res
}

func (u *UA) askTarget(a Ask) string {
	host := u.Domain
	if a.Host != "" {
		host = a.Host
	}
	if a.Target != "" {
		return a.Target
	}
	return "sip:" + a.To + "@" + host
}

func (u *UA) ask(a Ask, auth string) *Message {
	u.t.Helper()
	via, from, to := u.via(), u.User, "<sip:"+a.To+"@"+u.Domain+">"
	if a.From != "" {
		from = a.From
	}
	if a.ToTag != "" {
		to += ";tag=" + a.ToTag
	}
	head := []string{
		a.Method + " " + u.askTarget(a) + " SIP/2.0", "Via: " + via, "Max-Forwards: 70",
		fmt.Sprintf("From: \"Forged Name\" <sip:%s@%s>;tag=%s", from, u.Domain, a.FromTag), "To: " + to,
		"Call-ID: " + a.CallID, fmt.Sprintf("CSeq: %d %s", u.next(&u.counters.seq), a.Method),
	}
	if a.Method == "SUBSCRIBE" {
		head = append(head, "Contact: <"+u.Contact+">")
	}
	if auth != "" {
		head = append(head, auth)
	}
	head = append(head, a.Fields...)
	if a.Type != "" {
		head = append(head, "Content-Type: "+a.Type)
	}
	u.Send(strings.Join(head, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(a.Body), a.Body))
	branch := param(via, "branch")
	return u.Next("an answer to "+a.Method, func(m *Message) bool { return m.Status() >= 200 && m.Branch() == branch })
}
