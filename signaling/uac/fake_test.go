package uac

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a client under test with a network of places around it.
type bench struct {
	t      *testing.T
	net    *flowtest.Net
	socket *flowtest.Socket
	layer  *txn.Layer
	client *Client
	start  time.Time
	pairs  []*flowtest.Pair

	mu      sync.Mutex
	streams map[locate.Target]*flow.Flow
	targets []locate.Target
	slow    time.Duration // how long Find takes; 0: everything is known
	fails   error         // of Find
	rests   []string
	story   []string
}

// reply is what a place does with a request.
type reply struct {
	after  time.Duration
	status int
	with   []string // further header fields
	tag    string
}

// place is a far end that plays a script.
type place struct {
	b    *bench
	name string
	does func(n int, req *sip.Request) []reply
	mu   sync.Mutex
	n    map[sip.RequestMethod]int
	seen map[string]bool
	got  []*sip.Request
}

// inBubble runs fn with a client at 192.0.2.1:5060 in virtual time.
func inBubble(t *testing.T, c Config, fn func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, net: flowtest.NewNet(nil), start: time.Now(), streams: make(map[locate.Target]*flow.Flow)}
		c.Ways, c.Finder = b, b
		b.client = New(c)
		b.layer = txn.New(txn.Config{}, nobody{})
		b.client.Attach(b.layer)
		var err error
		if b.socket, err = b.net.Listen("192.0.2.1:5060", b.layer); err != nil {
			t.Fatal(err)
		}
		fn(b)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := b.client.Calls(); n != 0 {
			t.Errorf("%d calls are left", n)
		}
		b.client.Close()
		b.net.Close()
		for _, p := range b.pairs {
			p.Close()
		}
		b.layer.Close()
	})
}

// nobody is a txn.Handler that wants nothing.
type nobody struct{}

func (nobody) Request(tx *txn.Server, _ *sip.Request) { _ = tx.Respond(tx.Answer(200, "")) }
func (nobody) Ack(*flow.Flow, *sip.Request)           {}
func (nobody) Response(*flow.Flow, *sip.Response)     {}
func (nobody) FlowClosed(*flow.Flow)                  {}
func (p *place) Closed(*flow.Flow)                    {}
func (b *bench) Known(locate.Query) ([]locate.Target, bool) {
	return b.targets, b.slow == 0 && b.fails == nil
}

func (b *bench) Find(ctx context.Context, _ locate.Query) ([]locate.Target, error) {
	select {
	case <-time.After(b.slow):
		return b.targets, b.fails
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *bench) Rest(t locate.Target, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rests = append(b.rests, fmt.Sprint(t, " ", d))
}

// Flow implements Ways.
func (b *bench) Flow(t locate.Target, _ Identity) (*flow.Flow, error) {
	if t.Kind == flow.UDP {
		return b.socket.Flow(t.Addr), nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.streams[locate.Target{Kind: t.Kind, Addr: t.Addr}]; f != nil {
		return f, nil
	}
	return nil, errors.New("no such way")
}

// udp adds a target with a place behind it.
func (b *bench) udp(addr string, does func(int, *sip.Request) []reply) *place {
	b.t.Helper()
	p := b.place(addr, does)
	if _, err := b.net.Listen(addr, p); err != nil {
		b.t.Fatal(err)
	}
	b.targets = append(b.targets, locate.Target{Kind: flow.UDP, Addr: netip.MustParseAddrPort(addr)})
	return p
}

// stream opens a connection to a place at the address; it adds no target.
func (b *bench) stream(kind flow.Kind, addr string, does func(int, *sip.Request) []reply) (*place, *flowtest.Pair) {
	p := b.place(kind.String()+":"+addr, does)
	pair := flowtest.NewPair(kind, b.layer, p, nil)
	b.pairs = append(b.pairs, pair)
	b.streams[locate.Target{Kind: kind, Addr: netip.MustParseAddrPort(addr)}] = pair.A
	return p, pair
}

func (b *bench) place(name string, does func(int, *sip.Request) []reply) *place {
	return &place{b: b, name: name, does: does, n: make(map[sip.RequestMethod]int), seen: make(map[string]bool)}
}

// Message implements flow.Handler.
func (p *place) Message(f *flow.Flow, raw []byte) {
	m, err := sipmsg.NewParser().Parse(raw)
	if err != nil {
		p.b.t.Errorf("%s cannot read\n%s", p.name, raw)
		return
	}
	req, ok := m.(*sip.Request)
	if !ok {
		return
	}
	req.SetSource(f.Remote().String())
	branch, _ := req.Via().Params.Get("branch")
	p.mu.Lock()
	if p.seen[string(req.Method)+branch] && !req.IsAck() {
		p.mu.Unlock()
		return // sent again by the transaction
	}
	p.seen[string(req.Method)+branch] = true
	n := p.n[req.Method]
	p.n[req.Method]++
	p.got = append(p.got, req)
	p.mu.Unlock()
	p.b.tell(p.name + " " + string(req.Method))
	if req.Method == sip.CANCEL {
		_ = f.Send(sipmsg.Bytes(sipmsg.Respond(req, 200, "", "t")))
	}
	if p.does == nil || req.IsAck() {
		return
	}
	for _, r := range p.does(n, req) {
		tag := r.tag
		if tag == "" && r.status > 100 {
			tag = "t"
		}
		res := sipmsg.Respond(req, r.status, "", tag)
		for _, h := range r.with {
			name, value, _ := strings.Cut(h, ": ")
			res.AppendHeader(sip.NewHeader(name, value))
		}
		if r.status/100 == 2 {
			res.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "far", Host: "192.0.2.99", Port: 5099}})
		}
		time.AfterFunc(r.after, func() { _ = f.Send(sipmsg.Bytes(res)) })
	}
}

// last is the newest request of a method that came to a place.
func (p *place) last(m sip.RequestMethod) *sip.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.got) - 1; i >= 0; i-- {
		if p.got[i].Method == m {
			return p.got[i]
		}
	}
	p.b.t.Fatalf("%s got no %s", p.name, m)
	return nil
}

// tell adds a line to the story, with the seconds since the start.
func (b *bench) tell(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := strconv.FormatFloat(time.Since(b.start).Seconds(), 'f', -1, 64) + "s " + what
	b.story = append(b.story, line)
}

// send sends a request of a method; what becomes of it is told.
func (b *bench) send(m sip.RequestMethod, change func(*Request)) *Call {
	b.t.Helper()
	seq := uint32(0)
	callID := sip.CallIDHeader(sipmsg.CallID())
	r := Request{
		Dest: Destination{URI: uri(b.t, "sip:far.example")},
		Build: func(f *flow.Flow) *sip.Request {
			seq++
			req := sip.NewRequest(m, uri(b.t, "sip:bob@far.example;x=1"))
			from := &sip.FromHeader{Address: uri(b.t, "sip:alice@example.org"), Params: sip.HeaderParams{{K: "tag", V: "from"}}}
			req.AppendHeader(from)
			req.AppendHeader(&sip.ToHeader{Address: uri(b.t, "sip:bob@far.example")})
			req.AppendHeader(&callID)
			req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: m})
			req.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", Host: f.Local().Addr().String(), Port: int(f.Local().Port())}})
			return req
		},
		On:   func(res *sip.Response) { b.tell(fmt.Sprint("on ", res.StatusCode)) },
		Done: func(err error) { b.tell(fmt.Sprint("done ", err)) },
	}
	if change != nil {
		change(&r)
	}
	return b.client.Send(r)
}

// want waits until all is still for d, and compares the story.
func (b *bench) want(d time.Duration, lines ...string) {
	b.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	got, want := inOrder(b.story), inOrder(lines)
	if got != want {
		b.t.Errorf("it went\n%s\n\nwant\n%s", strings.Join(b.story, "\n"), want)
	}
}

// inOrder sorts what happened at the same instant.
func inOrder(lines []string) string {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b string) int {
		at, what, _ := strings.Cut(a, "s ")
		bt, other, _ := strings.Cut(b, "s ")
		x, _ := strconv.ParseFloat(at, 64)
		y, _ := strconv.ParseFloat(bt, 64)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(what, other))
	})
	return strings.Join(sorted, "\n")
}

func (b *bench) wantRests(want ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if got := fmt.Sprint(b.rests); got != fmt.Sprint(want) {
		b.t.Errorf("rested %s, want %s", got, want)
	}
}

// says is a script that answers each request of a method with the same.
func says(replies ...reply) func(int, *sip.Request) []reply {
	return func(_ int, req *sip.Request) []reply {
		if req.Method == sip.CANCEL || req.Method == sip.BYE {
			return nil
		}
		return replies
	}
}

func uri(t *testing.T, s string) sip.Uri {
	t.Helper()
	var u sip.Uri
	if err := sip.ParseUri(s, &u); err != nil {
		t.Fatal(err)
	}
	return u
}
