package trunk_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
	"github.com/tandemgw/tandem/test/fakepbx"

	"github.com/emiago/sipgo/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	gatewayAddr = "192.0.2.1:5060"
	pbxAddr     = "192.0.2.200:5060"
	pbxName     = "sip.carrier.example"
)

// bench is trunks over a network in memory, with a PBX at the far end.
type bench struct {
	t       *testing.T
	net     *flowtest.Net
	socket  *flowtest.Socket
	layer   *txn.Layer
	client  *uac.Client
	pbx     *fakepbx.PBX
	trunks  *trunk.Trunks
	hosts   map[string][]string // addresses by host
	mu      sync.Mutex
	pairs   []*flowtest.Pair // guarded by mu: connections that were opened
	stop    context.CancelFunc
	done    chan error
	handler atomic.Pointer[office]
	absent  sync.Map                       // users that are not registered with us
	at      atomic.Pointer[netip.AddrPort] // where we are reached; nil: where we listen
}

// Request implements txn.Handler: nothing is called here, unless a test takes it.
func (b *bench) Request(tx *txn.Server, req *sip.Request) {
	if o := b.handler.Load(); o != nil {
		o.Request(tx, req)
		return
	}
	_ = tx.Respond(tx.Answer(501, ""))
}

// FlowClosed implements txn.Handler.
func (b *bench) FlowClosed(f *flow.Flow) {
	if o := b.handler.Load(); o != nil {
		o.reg.FlowClosed(f)
	}
}

func (b *bench) Ack(*flow.Flow, *sip.Request)                                {}
func (b *bench) Response(*flow.Flow, *sip.Response)                          {}
func (b *bench) Rest(locate.Target, time.Duration)                           {}
func (b *bench) Find(context.Context, locate.Query) ([]locate.Target, error) { return nil, nil }

// Known implements uac.Finder with the test's hosts.
func (b *bench) Known(q locate.Query) ([]locate.Target, bool) {
	kind := map[string]flow.Kind{"": flow.UDP, "udp": flow.UDP, "tcp": flow.TCP, "tls": flow.TLS}[q.Transport]
	port := q.Port
	if port == 0 {
		port = 5060
	}
	var out []locate.Target
	hosts := b.hosts[q.Host]
	if _, err := netip.ParseAddr(q.Host); err == nil {
		hosts = []string{q.Host}
	}
	for _, h := range hosts {
		out = append(out, locate.Target{Kind: kind, Addr: netip.AddrPortFrom(netip.MustParseAddr(h), port), Name: q.Host})
	}
	return out, true
}

// Flow implements uac.Ways: datagrams go through the network, connections are
// pairs that lead to the PBX.
func (b *bench) Flow(to locate.Target, _ uac.Identity) (*flow.Flow, error) {
	if to.Kind == flow.UDP {
		return b.socket.Flow(to.Addr), nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.pairs); n > 0 {
		select {
		case <-b.pairs[n-1].A.Closed():
		default:
			return b.pairs[n-1].A, nil
		}
	}
	p := flowtest.NewPair(to.Kind, b.layer, b.pbx, nil)
	b.pairs = append(b.pairs, p)
	return p.A, nil
}

// inBubble runs fn with trunks in virtual time; the PBX knows the user "acme" with
// the password "secret".
func inBubble(t *testing.T, fn func(b *bench), configs ...trunk.Config) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, net: flowtest.NewNet(nil), hosts: map[string][]string{pbxName: {"192.0.2.200"}}}
		b.client = uac.New(uac.Config{Ways: b, Finder: b})
		b.layer = txn.New(txn.Config{}, b)
		b.client.Attach(b.layer)
		var err error
		if b.socket, err = b.net.Listen(gatewayAddr, b.layer); err != nil {
			t.Fatal(err)
		}
		b.pbx = fakepbx.New(t, b.net, pbxAddr, pbxName, b.socket).User("acme", "secret")
		b.trunks = trunk.New(configs, b.deps())
		b.run()
		defer b.end()
		fn(b)
	})
}

func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	b.stop, b.done = cancel, make(chan error, 1)
	go func() { b.done <- b.trunks.Run(ctx) }()
	synctest.Wait()
}

// connections are those that were opened.
func (b *bench) connections() []*flowtest.Pair {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pairs
}

// cut ends the newest of them.
func (b *bench) cut() { b.connections()[len(b.connections())-1].Close() }

func (b *bench) end() {
	if err := b.trunks.Close(); err != nil {
		b.t.Errorf("Close: %v", err)
	}
	b.stop()
	if err := <-b.done; err != nil {
		b.t.Errorf("Run: %v", err)
	}
	time.Sleep(2 * time.Minute) // transactions run out
	b.client.Close()
	for _, p := range b.connections() {
		p.Close()
	}
	b.net.Close()
	b.layer.Close()
}

// state is the first trunk's.
func (b *bench) state() trunk.State {
	synctest.Wait()
	return b.trunks.List()[0]
}

// is checks the state of the first trunk, and words of its error.
func (b *bench) is(when, state, problem string) {
	b.t.Helper()
	s := b.state()
	if s.State != state || problem == "" && s.Error != "" || !strings.Contains(s.Error, problem) {
		b.t.Errorf("%s: %q since %v, error %q; want %q, %q", when, s.State, s.Since, s.Error, state, problem)
	}
}

// quiet is a trunk that registers and asks for nothing else.
func quiet(change func(*trunk.Config)) trunk.Config {
	c := trunk.Config{
		Name: "acme", Host: pbxName, Options: -1,
		Register: &trunk.Account{User: "acme", Password: "secret"},
	}
	if change != nil {
		change(&c)
	}
	return c
}
