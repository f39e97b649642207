package txn

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// user is a Handler made of functions that counts what it is not given one for.
type user struct {
	request func(tx *Server, req *sip.Request)
	ack     func(f *flow.Flow, req *sip.Request)

	mu        sync.Mutex
	requests  []string
	acks      []*sip.Request
	responses []*sip.Response
	closed    int
}

func (u *user) Request(tx *Server, req *sip.Request) {
	u.mu.Lock()
	u.requests = append(u.requests, string(req.Method))
	u.mu.Unlock()
	if u.request != nil {
		u.request(tx, req)
	}
}

func (u *user) Ack(f *flow.Flow, req *sip.Request) {
	u.mu.Lock()
	u.acks = append(u.acks, req)
	u.mu.Unlock()
	if u.ack != nil {
		u.ack(f, req)
	}
}

func (u *user) Response(_ *flow.Flow, res *sip.Response) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.responses = append(u.responses, res)
}

func (u *user) FlowClosed(*flow.Flow) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed++
}

// wire is a far end that keeps what arrives, as text.
type wire struct {
	mu   sync.Mutex
	flow *flow.Flow
	got  []string
}

func (w *wire) Message(f *flow.Flow, raw []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flow = f
	w.got = append(w.got, string(raw))
}
func (w *wire) Closed(*flow.Flow) {}

// firsts returns the first words of what arrived: methods, or status codes.
func (w *wire) firsts() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, m := range w.got {
		word, rest, _ := strings.Cut(m, " ")
		if word == "SIP/2.0" {
			word, _, _ = strings.Cut(rest, " ")
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func (w *wire) message(i int) sip.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := sipmsg.NewParser().Parse([]byte(w.got[i]))
	if err != nil {
		panic(err)
	}
	return m
}

// bench is a layer under test with a raw far end.
type bench struct {
	t     *testing.T
	user  *user
	layer *Layer
	far   *wire
	pair  *flowtest.Pair
}

// inBubble runs fn in virtual time with a layer whose one flow is of kind.
func inBubble(t *testing.T, kind flow.Kind, fn func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, user: &user{}, far: &wire{}}
		b.layer = New(Config{}, b.user)
		b.pair = flowtest.NewPair(kind, b.layer, b.far, nil)
		defer func() {
			b.pair.Close()
			b.layer.Close()
			if c := b.layer.Counters(); c.Servers != 0 || c.Clients != 0 || c.Panics != 0 {
				t.Errorf("after Close: %+v", c)
			}
		}()
		fn(b)
	})
}

// inject sends text from the far end and waits until it has been dealt with.
func (b *bench) inject(text string) {
	if err := b.pair.B.Send([]byte(text)); err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
}

// request is the text of a request of the far end.
func request(method, branch string, more ...string) string {
	cseq := method
	var b strings.Builder
	fmt.Fprintf(&b, "%s sip:600@tandem.test SIP/2.0\r\n", method)
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK%s;rport\r\n", branch)
	b.WriteString("Max-Forwards: 70\r\nFrom: \"Ann\" <sip:ann@tandem.test>;tag=a1\r\nTo: <sip:600@tandem.test>\r\n")
	fmt.Fprintf(&b, "Call-ID: call-%s\r\nCSeq: 7 %s\r\nContact: <sip:ann@192.0.2.2>\r\n", branch, cseq)
	for _, m := range more {
		b.WriteString(m + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.String()
}

// outgoing is a request of ours.
func outgoing(method sip.RequestMethod) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: "bob", Host: "192.0.2.2"})
	req.AppendHeader(&sip.FromHeader{
		Address: sip.Uri{Scheme: "sip", User: "tandem", Host: "tandem.test"},
		Params:  sip.HeaderParams{{K: "tag", V: sipmsg.Tag()}},
	})
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: "bob", Host: "192.0.2.2"}})
	id := sip.CallIDHeader(sipmsg.CallID())
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: method})
	return req
}

// answers keeps what a client transaction calls back.
type answers struct {
	mu    sync.Mutex
	codes []int
	done  []error
}

func (a *answers) on(res *sip.Response) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes = append(a.codes, res.StatusCode)
}

func (a *answers) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = append(a.done, err)
}

func (a *answers) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprint(a.codes, a.done)
}

// answer has the far end answer the ith message that it got.
func (b *bench) answer(i, status int, toTag string) {
	req := b.far.message(i).(*sip.Request)
	b.inject(string(sipmsg.Bytes(sipmsg.Respond(req, status, "", toTag))))
}

func (b *bench) wantFar(want string) {
	b.t.Helper()
	synctest.Wait()
	if got := b.far.firsts(); got != want {
		b.t.Errorf("the far end got %q, want %q", got, want)
	}
}
