package fakepbx

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// Ways are what a PBX does; the zero value registers everybody who knows his
// password for as long as he asks.
type Ways struct {
	// Silent makes it answer nothing.
	Silent bool
	// Status refuses REGISTER; Fields go into that answer.
	Status int
	Fields []string
	// Grant is how long a binding lasts; zero means as long as is asked.
	Grant time.Duration
	// MinExpires refuses shorter ones with 423.
	MinExpires time.Duration
	// NoContacts leaves the Contacts out of its 200, and says Expires.
	NoContacts bool
	// More are further fields of a 200 to REGISTER, such as Service-Route.
	More []string
	// Options is the status that OPTIONS is answered with; zero means 200.
	Options int
	// Challenge makes it ask for credentials in INVITE, InDialog in all other
	// requests too. Ask is the status of that: 401 or 407; zero means 407.
	Challenge, InDialog bool
	Ask                 int
	// Nobody makes it take a REGISTER without credentials.
	Nobody bool
}

// PBX is one.
type PBX struct {
	// Realm is its domain.
	Realm string
	// Phone takes what is neither REGISTER nor OPTIONS.
	Phone *fakeua.UA

	t        testing.TB
	parser   *sipmsg.Parser
	verifier *digest.Verifier

	mu       sync.Mutex // guards what follows
	ways     Ways
	users    map[string]string // password by user
	bindings map[string]string // Contact as it was written, by user
	got      []*sip.Request
	flows    []*flow.Flow    // that each came on
	asked    map[string]bool // branches of the INVITEs that were challenged
	socket   *flowtest.Socket
}

// New returns a PBX on a socket of the net, with a phone that calls the gateway.
func New(t testing.TB, n *flowtest.Net, addr, realm string, gateway *flowtest.Socket) *PBX {
	t.Helper()
	p := On(t, realm)
	s, err := n.Listen(addr, p)
	if err != nil {
		t.Fatal(err)
	}
	p.socket = s
	p.Phone = fakeua.On(t, "pbx", s.Flow(gateway.Addr()))
	p.Phone.Password = ""
	return p
}

// On returns a PBX that the test hands what arrives.
func On(t testing.TB, realm string) *PBX {
	return &PBX{
		Realm: realm, t: t, parser: sipmsg.NewParser(), verifier: digest.NewVerifier(digest.Config{Realm: realm}),
		users: make(map[string]string), bindings: make(map[string]string), asked: make(map[string]bool),
	}
}

// User adds a user with a password.
func (p *PBX) User(name, password string) *PBX {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name] = password
	return p
}

// Set changes what it does.
func (p *PBX) Set(change func(*Ways)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.ways)
}

// Restart makes it forget bindings and nonces.
func (p *PBX) Restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bindings = make(map[string]string)
	p.verifier = digest.NewVerifier(digest.Config{Realm: p.Realm})
}

// Binding is the URI that a user is bound to; "" for none.
func (p *PBX) Binding(user string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bindings[user]
}

// Bindings is how many users are bound.
func (p *PBX) Bindings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.bindings)
}

// Requests are those of a method that came, in order.
func (p *PBX) Requests(method string) []*sip.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*sip.Request
	for _, r := range p.got {
		if string(r.Method) == method {
			out = append(out, r)
		}
	}
	return out
}

// Last is the last request of a method; the test fails where there is none.
func (p *PBX) Last(method string) *sip.Request {
	p.t.Helper()
	all := p.Requests(method)
	if len(all) == 0 {
		p.t.Fatalf("no %s has come", method)
	}
	return all[len(all)-1]
}

// Flow is the way that the last request came.
func (p *PBX) Flow() *flow.Flow {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.flows) == 0 {
		return nil
	}
	return p.flows[len(p.flows)-1]
}

// Forget drops what has come.
func (p *PBX) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.flows = nil, nil
}

// Closed implements flow.Handler.
func (p *PBX) Closed(*flow.Flow) {}

// Message implements flow.Handler.
func (p *PBX) Message(f *flow.Flow, raw []byte) {
	if strings.TrimSpace(string(raw)) == "" {
		return
	}
	m, err := p.parser.Parse(raw)
	if err != nil {
		p.t.Errorf("the PBX was sent what is no SIP message: %v\n%s", err, raw)
		return
	}
	req, ok := m.(*sip.Request)
	if !ok {
		p.hand(f, raw)
		return
	}
	req.SetSource(f.Remote().String())
	p.mu.Lock()
	ways := p.ways
	if !ways.Silent {
		p.got, p.flows = append(p.got, req), append(p.flows, f)
	}
	p.mu.Unlock()
	if ways.Silent {
		return
	}
	switch req.Method {
	case sip.REGISTER:
		p.register(f, req, ways)
	case sip.OPTIONS:
		status := 200
		if ways.Options != 0 {
			status = ways.Options
		}
		p.answer(f, req, status)
	case sip.ACK:
		p.mu.Lock()
		own := p.asked[branch(req)]
		p.mu.Unlock()
		if !own { // not that to a challenge of ours
			p.hand(f, raw)
		}
	case sip.CANCEL:
		p.hand(f, raw)
	default:
		inDialog := fields(req, "To") != "" && strings.Contains(fields(req, "To"), "tag=")
		if (ways.Challenge && req.IsInvite() && !inDialog || ways.InDialog) && !p.proven(f, req, ways) {
			return
		}
		p.hand(f, raw)
	}
}

func fields(m sip.Message, name string) string { return sipmsg.Value(m, name) }

// hand gives the phone what is its own.
func (p *PBX) hand(f *flow.Flow, raw []byte) {
	if p.Phone != nil {
		p.Phone.Message(f, raw)
	}
}

// proven checks the credentials of a call, and challenges it.
func (p *PBX) proven(f *flow.Flow, req *sip.Request, w Ways) bool {
	ask := 407
	if w.Ask != 0 {
		ask = w.Ask
	}
	role, _ := digest.RoleOf(ask)
	if p.verify(f, req, role) == digest.OK {
		return true
	}
	p.mu.Lock()
	p.asked[branch(req)] = true
	p.mu.Unlock()
	p.challenge(f, req, ask)
	return false
}

func branch(req *sip.Request) string {
	b, _ := req.Via().Params.Get("branch")
	return b
}

func (p *PBX) verify(f *flow.Flow, req *sip.Request, role digest.Role) digest.Outcome {
	p.mu.Lock()
	v := p.verifier
	p.mu.Unlock()
	return v.Verify(time.Now(), digest.Request{
		Method: string(req.Method), URI: req.Recipient.String(), Source: f.Remote().Addr().String(), Header: fields(req, role.Credentials()),
	}, func(user string) ([]digest.HA1, bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		password, ok := p.users[user]
		return []digest.HA1{digest.NewHA1(user, p.Realm, password)}, ok
	}).Outcome
}

func (p *PBX) challenge(f *flow.Flow, req *sip.Request, status int) {
	role, _ := digest.RoleOf(status)
	p.mu.Lock()
	v := p.verifier
	p.mu.Unlock()
	var lines []string
	for _, c := range v.Challenge(time.Now(), f.Remote().Addr().String(), []digest.Algorithm{digest.MD5, digest.SHA256}, false) {
		lines = append(lines, role.Challenge()+": "+c)
	}
	p.answer(f, req, status, lines...)
}

// register is a registrar (RFC 3261 §10.3).
func (p *PBX) register(f *flow.Flow, req *sip.Request, w Ways) {
	if w.Status != 0 {
		p.answer(f, req, w.Status, w.Fields...)
		return
	}
	if !w.Nobody {
		switch p.verify(f, req, digest.Server) {
		case digest.OK:
		case digest.Wrong, digest.UnknownUser:
			p.answer(f, req, 403)
			return
		default:
			p.challenge(f, req, 401)
			return
		}
	}
	lasts, _ := strconv.Atoi(fields(req, "Expires"))
	d := time.Duration(lasts) * time.Second
	if d > 0 && d < w.MinExpires {
		p.answer(f, req, 423, "Min-Expires: "+strconv.Itoa(int(w.MinExpires/time.Second)))
		return
	}
	if d > 0 && w.Grant != 0 {
		d = w.Grant
	}
	user := sipmsg.User(req.To().Address)
	var lines []string
	p.mu.Lock()
	for _, c := range sipmsg.Contacts(req) {
		gone, _ := sipmsg.Param(c.Params, "expires")
		switch uri := c.Address.String(); {
		case d == 0, gone == "0" && p.bindings[user] == uri:
			delete(p.bindings, user)
		case gone != "0":
			p.bindings[user] = uri
		}
	}
	if uri := p.bindings[user]; uri != "" && !w.NoContacts {
		lines = append(lines, "Contact: <"+uri+">;expires="+strconv.Itoa(int(d/time.Second)))
	}
	p.mu.Unlock()
	if w.NoContacts {
		lines = append(lines, "Expires: "+strconv.Itoa(int(d/time.Second)))
	}
	p.answer(f, req, 200, append(lines, w.More...)...)
}

func (p *PBX) answer(f *flow.Flow, req *sip.Request, status int, lines ...string) {
	res := sipmsg.Respond(req, status, "", sipmsg.Tag())
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		res.AppendHeader(sip.NewHeader(name, value))
	}
	_ = f.Send(sipmsg.Bytes(res))
}
