package fakeua

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// patience is how long Next waits unless told otherwise. In virtual time it
// costs nothing; it is longer than any timer of RFC 3261.
const patience = 70 * time.Second

// UA is one user agent. Its fields may be set before it is used.
type UA struct {
	// User, Password and Domain are its account.
	User, Password, Domain string
	// Agent is its User-Agent; empty means none.
	Agent string
	// Instance is its +sip.instance, without quotes and brackets.
	Instance string
	// Contact is the URI that it says it is reached at.
	Contact string
	// Mute leaves everything to the test, ACKs to refusals too.
	Mute bool
	// Patience replaces how long Next waits; for tests in real time.
	Patience time.Duration
	// Codecs are the codecs of its descriptions; nil means those of its kind.
	Codecs []string

	t      testing.TB
	parser *sipmsg.Parser
	pair   *flowtest.Pair   // a browser's
	socket *flowtest.Socket // a phone's
	host   *UA              // whose connection it shares

	mu       sync.Mutex // guards what follows
	flow     *flow.Flow
	got      []*Message
	pings    int
	closed   bool
	arrived  chan struct{} // capacity 1
	counters struct{ seq, branch, call int }
}

func newUA(t testing.TB, user string) *UA {
	return &UA{
		User: user, Password: "pw-" + user, Domain: "example.org", t: t,
		parser: sipmsg.NewParser(), arrived: make(chan struct{}, 1),
	}
}

// Phone returns a telephone on UDP at addr that talks to the gateway's socket.
func Phone(t testing.TB, n *flowtest.Net, user, addr string, gateway netip.AddrPort) *UA {
	t.Helper()
	u := newUA(t, user)
	s, err := n.Listen(addr, u)
	if err != nil {
		t.Fatal(err)
	}
	u.socket, u.flow = s, s.Flow(gateway)
	u.Contact = "sip:" + user + "@" + addr
	return u
}

// Browser returns a browser on a new connection to the gateway's handler.
func Browser(t testing.TB, user string, gateway flow.Handler) *UA {
	t.Helper()
	u := newUA(t, user)
	u.Contact = fmt.Sprintf("sip:%s-%p@k3j5.invalid;transport=ws", user, u)
	u.Reconnect(gateway)
	return u
}

// Secure returns a telephone on a TLS connection to the gateway's handler.
func Secure(t testing.TB, user string, gateway flow.Handler) *UA {
	t.Helper()
	u := newUA(t, user)
	u.Contact = fmt.Sprintf("sip:%s@192.0.2.2:5061;transport=tls", user)
	u.pair = flowtest.NewPair(flow.TLS, gateway, u, nil)
	u.flow = u.pair.B
	return u
}

// On returns a user agent on a flow of the test's own; the test hands it what
// arrives.
func On(t testing.TB, user string, f *flow.Flow) *UA {
	u := newUA(t, user)
	if f != nil {
		u.Connect(f)
	}
	return u
}

// Connect gives a user agent its flow, where it could not be known before, or
// another one.
func (u *UA) Connect(f *flow.Flow) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.flow, u.Contact = f, "sip:"+u.User+"@"+f.Local().String()
}

// Reconnect opens a new connection to the gateway; the old one stays as it is.
func (u *UA) Reconnect(gateway flow.Handler) {
	u.pair = flowtest.NewPair(flow.WSS, gateway, u, nil)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.flow, u.closed = u.pair.B, false
}

// Flow is the way to the gateway.
func (u *UA) Flow() *flow.Flow {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.flow
}

// Far is a browser's flow as the gateway sees it.
func (u *UA) Far() *flow.Flow { return u.pair.A }

// Close ends the connection, or closes the socket.
func (u *UA) Close() {
	if u.pair != nil {
		u.pair.Close()
	}
	if u.socket != nil {
		u.socket.Close()
	}
}

// Closed implements flow.Handler.
func (u *UA) Closed(*flow.Flow) {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.wake()
}

// IsClosed says whether the gateway has ended the connection.
func (u *UA) IsClosed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed
}

func (u *UA) wake() {
	select {
	case u.arrived <- struct{}{}:
	default:
	}
}

// Message implements flow.Handler.
func (u *UA) Message(f *flow.Flow, raw []byte) {
	if strings.TrimSpace(string(raw)) == "" {
		u.mu.Lock()
		u.pings++
		u.mu.Unlock()
		return
	}
	m, err := u.parser.Parse(raw)
	if err != nil {
		u.t.Errorf("%s was sent what is no SIP message: %v\n%s", u.User, err, raw)
		return
	}
	msg := &Message{Message: m, Raw: string(raw), At: time.Now(), Flow: f}
	if u.repeated(msg) {
		return
	}
	if status := msg.Status(); status >= 300 && !u.Mute {
		if _, method := msg.CSeq(); method == "INVITE" {
			u.ackRefusal(msg)
		}
	}
	u.learn(msg)
	u.wake()
}

// repeated keeps a message, or counts it where the same octets came before.
func (u *UA) repeated(msg *Message) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, old := range u.got {
		if old.Raw == msg.Raw {
			old.repeats++
			return true
		}
	}
	u.got = append(u.got, msg)
	return false
}

// ackRefusal is RFC 3261 §17.1.1.3: the same Via branch, the To of the response.
func (u *UA) ackRefusal(res *Message) {
	sent := u.sent(res)
	if sent == "" {
		return
	}
	seq, _ := res.CSeq()
	u.Send(lines(
		"ACK "+sent+" SIP/2.0", "Via: "+res.Field("Via"), "Max-Forwards: 70", "From: "+res.Field("From"), "To: "+res.Field("To"),
		"Call-ID: "+res.Field("Call-ID"), fmt.Sprintf("CSeq: %d ACK", seq),
	))
}

// sent is the Request-URI to acknowledge to: the callee's, which To tells.
func (u *UA) sent(res *Message) string { return address(res.Field("To")) }

// Send sends raw text; a body is separated by a blank line.
func (u *UA) Send(text string) {
	if err := u.Flow().Send([]byte(text)); err != nil {
		u.t.Logf("%s could not send: %v", u.User, err)
	}
}

// lines joins header lines to a message without a body.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\nContent-Length: 0\r\n\r\n" }

// Next waits for the next message that matches and was not taken before, and
// takes it. It fails the test when none comes.
func (u *UA) Next(what string, match func(*Message) bool) *Message {
	u.t.Helper()
	d := patience
	if u.Patience != 0 {
		d = u.Patience
	}
	m := u.Await(d, match)
	if m == nil {
		u.t.Fatalf("%s waited %v for %s; it has:\n%s", u.User, d, what, u.Log())
	}
	return m
}

// Await is Next with a time of its own; nil when nothing came.
func (u *UA) Await(d time.Duration, match func(*Message) bool) *Message {
	if u.host != nil {
		return u.host.Await(d, match)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		if m := u.take(match); m != nil {
			return m
		}
		select {
		case <-u.arrived:
		case <-timer.C:
			return u.take(match)
		}
	}
}

func (u *UA) take(match func(*Message) bool) *Message {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, m := range u.got {
		if !m.taken && match(m) {
			m.taken = true
			return m
		}
	}
	return nil
}

// Request waits for a request with this method.
func (u *UA) Request(method string) *Message {
	u.t.Helper()
	return u.Next(method, func(m *Message) bool { return m.Method() == method })
}

// Quiet fails the test when a message comes within d that nobody has taken, 100
// aside.
func (u *UA) Quiet(d time.Duration) {
	u.t.Helper()
	if m := u.Await(d, func(m *Message) bool { return m.Status() != 100 }); m != nil {
		u.t.Errorf("%s was sent, unexpected:\n%s", u.User, m.Raw)
	}
}

// Repeats is how often the same octets came again.
func (u *UA) Repeats(m *Message) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return m.repeats
}

// Pings is how many keep-alives came.
func (u *UA) Pings() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.pings
}

// All returns everything that came, in order.
func (u *UA) All() []*Message {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]*Message(nil), u.got...)
}

// Log is the first lines of everything that came.
func (u *UA) Log() string {
	var b strings.Builder
	for _, m := range u.All() {
		mark := " "
		if m.taken {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %s %s (%s) again: %d\n", mark, m.At.Format("05.000"), m.First(), m.Field("CSeq"), u.Repeats(m))
	}
	return b.String()
}

// Answer answers a request with a status, fields and no body.
func (u *UA) Answer(req *Message, status int, reason string, fields ...string) {
	u.Send(response(req, status, reason, "fake", fields, ""))
}

// response writes a response to a request; toTag is added where To has none.
func response(req *Message, status int, reason, toTag string, fields []string, body string) string {
	out := []string{fmt.Sprintf("SIP/2.0 %d %s", status, reason)}
	for _, v := range req.Fields("Via") {
		out = append(out, "Via: "+v)
	}
	for _, v := range req.Fields("Record-Route") {
		out = append(out, "Record-Route: "+v)
	}
	to := req.Field("To")
	if req.ToTag() == "" && status > 100 {
		to += ";tag=" + toTag
	}
	out = append(out, "From: "+req.Field("From"), "To: "+to, "Call-ID: "+req.Field("Call-ID"), "CSeq: "+req.Field("CSeq"))
	return message(append(out, fields...), body)
}

// message puts header lines and a body together.
func message(head []string, body string) string {
	typed := slices.ContainsFunc(head, func(l string) bool { return strings.HasPrefix(l, "Content-Type:") })
	if body != "" && !typed {
		head = append(head, "Content-Type: application/sdp")
	}
	return strings.Join(head, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// via is the Via of the next request.
func (u *UA) via() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counters.branch++
	host := u.flow.Local().String()
	if u.flow.Kind().Stream() {
		host = "k3j5.invalid"
	}
	return fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s%p%d;rport", u.flow.Kind().ViaToken(), host, u.User, u, u.counters.branch)
}

func (u *UA) next(n *int) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	*n++
	return *n
}

// credentials answers a challenge; "" where there is none to answer.
func (u *UA) credentials(res *Message, method, uri string) string {
	role, ok := digest.RoleOf(res.Status())
	if !ok || u.Password == "" {
		return ""
	}
	h, err := digest.Answer(digest.Account{User: u.User, Password: u.Password}, role, res.Fields(role.Challenge()), method, uri)
	if err != nil || len(h) == 0 {
		u.t.Errorf("%s cannot answer %v: %v", u.User, res.Fields(role.Challenge()), err)
		return ""
	}
	return h[0].Name + ": " + h[0].Value
}

// Share returns another user on the connection of a browser. What arrives is
// kept by the first; the second finds its own there.
func Share(u *UA, user string) *UA {
	s := newUA(u.t, user)
	s.Contact = "sip:" + user + "@k3j5.invalid;transport=ws"
	s.flow, s.host = u.Flow(), u
	return s
}

// Forget drops what has come so far, so that long tests stay quick.
func (u *UA) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.got = nil
}
