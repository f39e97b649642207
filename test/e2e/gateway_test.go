package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trace"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	domain      = "example.org"
	gatewayAddr = "192.0.2.1:5060"
	carrierAddr = "192.0.2.200:5060"
)

const plan = `
from "users" {
  calls = {
    "10XX" = [dial("user:${to}", "20s")]
    "30"   = [ring(["user:1002", "user:1003"], "20s")]
    "31"   = [dial(["user:1002", "user:1003"], "10s")]
    "32"   = [dial(["user:1002", "user:1003"], "10s", { next_on = [486] })]
    "33"   = [dial("user:1002", "10s", { caller_id = "5550100" })]
    "40."  = [dial("trunk:carrier")]
    "500"  = [dial("user:1002", "10s"), reject(404, "Nobody left")]
    "600"  = [answer(), echo()]
    "601"  = [answer(), wait("5s"), hangup()]
    "602"  = [reject(403, "Not you")]
    "608"  = [room("team")]
    "603"  = [wait("5s"), reject(486)]
    "604"  = [answer(), dial("user:1002", "10s")]
  }
}
from "trunk:carrier" {
  calls = { "+1555." = [dial("user:1002", "20s")] }
}
`

// people have the passwords that fakeua uses.
type people []string

func (p people) Find(user string) (registrar.User, bool) {
	for _, name := range p {
		if name == user {
			return registrar.User{Name: name, DisplayName: "Number " + name, HA1: []digest.HA1{digest.NewHA1(name, domain, "pw-"+name)}}, true
		}
	}
	return registrar.User{}, false
}

// gateway is tandem without sockets.
type gateway struct {
	t      *testing.T
	net    *flowtest.Net
	socket *flowtest.Socket
	studio *studio
	places *places
	client *uac.Client
	core   *leg.Core
	server *leg.Server
	reg    *registrar.Registrar
	bridge *bridge.Bridge
	layer  *txn.Layer
	uas    []*fakeua.UA
	log    *watcher
	traces *trace.Store
	seen   *events
	// notify hears of the registrar's changes; nil for nobody.
	notify func(registrar.Change)
}

func (g *gateway) changed(c registrar.Change) {
	if g.notify != nil {
		g.notify(c)
	}
}

// events keeps what happened in calls.
type events struct {
	mu   sync.Mutex
	list []bridge.Event
}

func (e *events) Observe(x bridge.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, x)
}

func (e *events) kinds() string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, x := range e.list {
		out = append(out, string(x.Kind))
	}
	return strings.Join(out, " ")
}

// last is the last event of a kind.
func (e *events) last(k bridge.EventKind) (x bridge.Event) {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, y := range e.list {
		if y.Kind == k {
			x = y
		}
	}
	return x
}

// watcher is a slog.Handler that reports errors, which nothing from outside may
// bring about.
type watcher struct {
	mu     sync.Mutex
	errors []string
}

func (w *watcher) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (w *watcher) WithAttrs([]slog.Attr) slog.Handler           { return w }
func (w *watcher) WithGroup(string) slog.Handler                { return w }
func (w *watcher) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, text)
	return nil
}

func (w *watcher) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.errors
	w.errors = nil
	return e
}

// newGateway puts a gateway together; change may be nil.
func newGateway(t *testing.T, change func(*leg.Config, *bridge.Config)) *gateway {
	t.Helper()
	g := &gateway{t: t, net: flowtest.NewNet(nil), studio: &studio{}, log: &watcher{}, seen: &events{}, traces: trace.New(trace.Config{})}
	log := slog.New(g.log)
	g.places = newPlaces(g)
	g.client = uac.New(uac.Config{Ways: g.places, Finder: g.places, Log: log})
	users := people{"1001", "1002", "1003"}
	served := func(host string) bool { return host == domain }
	verifier, challenges := digest.NewVerifier(digest.Config{Realm: domain}), registrar.NewChallenges()
	g.reg = registrar.New(registrar.Config{Served: served, Domain: domain, Users: users, Verifier: verifier, Challenges: challenges, Log: log, Notify: g.changed})
	lc := leg.Config{
		Domain: domain, Served: served, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() },
		Client: g.client, Media: g.studio.newEndpoint,
		Registrar: g.reg, Users: users, Verifier: verifier, Challenges: challenges, Log: log,
		Trunks: trunk.New([]trunk.Config{{
			Name: "carrier", Host: "192.0.2.200", Port: 5060, Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.200/32")}, MaxCalls: 2,
		}}, trunk.Deps{Domain: domain, Log: log}),
	}
	bc := bridge.Config{Plan: mustPlan(t, plan), Observers: []bridge.Observer{g.seen, g.traces}, Log: log}
	if change != nil {
		change(&lc, &bc)
	}
	g.core = leg.New(lc)
	bc.Dialer = leg.NewDialer(g.core)
	g.bridge = bridge.New(bc)
	g.server = leg.NewServer(g.core, g.bridge)
	g.layer = txn.New(txn.Config{Mute: g.core.Mute, Trace: g.traces.Message, Log: log}, g.server)
	g.core.Attach(g.layer)
	g.client.Attach(g.layer)
	var err error
	if g.socket, err = g.net.Listen(gatewayAddr, g.layer); err != nil {
		t.Fatal(err)
	}
	return g
}

func mustPlan(t *testing.T, source string) *dialplan.Plan {
	t.Helper()
	p, err := dialplan.Parse("plan.hcl", source, dialplan.Names{Users: []string{"1001", "1002", "1003"}, Trunks: []string{"carrier"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inBubble runs fn with a gateway in virtual time, and checks afterwards that
// nothing is left of it.
func inBubble(t *testing.T, fn func(g *gateway)) { t.Helper(); inBubbleWith(t, nil, fn) }

func inBubbleWith(t *testing.T, change func(*leg.Config, *bridge.Config), fn func(g *gateway)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, change)
		defer g.end()
		fn(g)
	})
}

// end lets what is under way come to its end and looks at what is left.
func (g *gateway) end() {
	if !g.t.Failed() {
		g.empty()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := g.bridge.Close(ctx); err != nil {
		g.t.Errorf("bridge.Close: %v", err)
	}
	for _, u := range g.uas {
		u.Close()
	}
	g.net.Close()
	g.client.Close()
	g.layer.Close()
	g.places.locator.Close()
	for _, e := range g.log.take() {
		g.t.Errorf("logged as our error: %s", e)
	}
}

// empty waits until calls have had the time to end, and fails the test where
// something is left.
func (g *gateway) empty() {
	g.t.Helper()
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	c := g.layer.Counters()
	if g.bridge.Calls()+g.core.Dialogs()+g.studio.busy()+c.Servers+c.Clients+g.client.Calls() != 0 {
		g.t.Errorf("left: %d calls, %d dialogs, %d endpoints, %d server and %d client transactions, %d requests",
			g.bridge.Calls(), g.core.Dialogs(), g.studio.busy(), c.Servers, c.Clients, g.client.Calls())
	}
	if c.Panics != 0 {
		g.t.Errorf("%d panics", c.Panics)
	}
}

// phone is a registered telephone of a user.
func (g *gateway) phone(user string, last int) *fakeua.UA {
	g.t.Helper()
	u := g.stranger(user, last)
	return u.Online()
}

// stranger is a telephone that is not registered.
func (g *gateway) stranger(user string, last int) *fakeua.UA {
	g.t.Helper()
	u := fakeua.Phone(g.t, g.net, user, fmt.Sprintf("192.0.2.%d:5060", last), g.socket.Addr())
	g.uas = append(g.uas, u)
	return u
}

// carrier is the trunk's far end.
func (g *gateway) carrier() *fakeua.UA {
	g.t.Helper()
	u := fakeua.Phone(g.t, g.net, "carrier", carrierAddr, g.socket.Addr())
	u.Password = ""
	g.uas = append(g.uas, u)
	return u
}

// browser is a registered browser of a user.
func (g *gateway) browser(user string) *fakeua.UA {
	g.t.Helper()
	u := fakeua.Browser(g.t, user, g.layer)
	u.Instance = fmt.Sprintf("%s-%d", user, len(g.uas))
	g.uas = append(g.uas, u)
	return u.Online()
}

// talk sets up a call from a to b's number and returns both sides of it.
func (g *gateway) talk(a, b *fakeua.UA) (out, in *fakeua.Call) {
	g.t.Helper()
	out = a.Invite(b.User, fakeua.Invitation{})
	in = b.Incoming()
	in.Ring()
	out.Response(180)
	in.Accept()
	out.Answered()
	return out, in
}

func field(t *testing.T, m *fakeua.Message, name, want string) {
	t.Helper()
	if got := strings.Join(m.Fields(name), " | "); !strings.Contains(got, want) {
		t.Errorf("%s of\n%s\nis %q, want %q in it", name, m.Raw, got, want)
	}
}
