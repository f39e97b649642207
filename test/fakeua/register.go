package fakeua

import "fmt"

// Registration is what a REGISTER says.
type Registration struct {
	// Contacts are written as they are; nil means the user agent's own, with its
	// instance, and an empty slice none at all.
	Contacts []string
	// Expires is the header field's value; empty leaves it out.
	Expires string
	// To replaces the address of record.
	To string
	// CallID and CSeq replace the user agent's own; the answer to a challenge has
	// the CSeq after it.
	CallID string
	CSeq   int
	// Host replaces the Request-URI's host.
	Host string
	// Auth is sent as Authorization, instead of answering the challenge.
	Auth string
	// Fields are further header fields, each a line.
	Fields []string
	// Once stops after the first answer, a challenge or not.
	Once bool
}

// Register registers and returns the last answer.
func (u *UA) Register(r Registration) *Message {
	u.t.Helper()
	res := u.register(r, r.Auth)
	if r.Once || r.Auth != "" || res.Status() != 401 {
		return res
	}
	host := u.Domain
	if r.Host != "" {
		host = r.Host
	}
	if r.CSeq != 0 {
		r.CSeq++
	}
	return u.register(r, u.credentials(res, "REGISTER", "sip:"+host))
}

// Online registers and fails the test where that is refused.
func (u *UA) Online() *UA {
	u.t.Helper()
	if res := u.Register(Registration{}); res.Status() != 200 {
		u.t.Fatalf("%s is not registered: %s", u.User, res.Raw)
	}
	return u
}

func (u *UA) register(r Registration, auth string) *Message {
	u.t.Helper()
	host, aor := u.Domain, u.User
	if r.Host != "" {
		host = r.Host
	}
	if r.To != "" {
		aor = r.To
	}
	callID := fmt.Sprintf("reg-%p", u)
	if r.CallID != "" {
		callID = r.CallID
	}
	seq := r.CSeq
	if seq == 0 {
		seq = u.next(&u.counters.seq)
	}
	via := u.via()
	head := []string{
		"REGISTER sip:" + host + " SIP/2.0", "Via: " + via, "Max-Forwards: 70",
		fmt.Sprintf("From: <sip:%s@%s>;tag=reg%p", aor, host, u), fmt.Sprintf("To: <sip:%s@%s>", aor, host),
		"Call-ID: " + callID, fmt.Sprintf("CSeq: %d REGISTER", seq),
	}
	if u.Agent != "" {
		head = append(head, "User-Agent: "+u.Agent)
	}
	contacts := r.Contacts
	if contacts == nil {
		contacts = []string{u.contact()}
	}
	for _, c := range contacts {
		head = append(head, "Contact: "+c)
	}
	if r.Expires != "" {
		head = append(head, "Expires: "+r.Expires)
	}
	head = append(head, r.Fields...)
	if auth != "" {
		head = append(head, auth)
	}
	u.Send(message(head, ""))
	branch := param(via, "branch")
	return u.Next("an answer to REGISTER", func(m *Message) bool { return m.Status() >= 200 && m.Branch() == branch })
}

// contact is the Contact of a REGISTER.
func (u *UA) contact() string {
	c := "<" + u.Contact + ">"
	if u.Instance != "" {
		c += fmt.Sprintf(";+sip.instance=\"<urn:uuid:%s>\";reg-id=1", u.Instance)
	}
	return c
}
