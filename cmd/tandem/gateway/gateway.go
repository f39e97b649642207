package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/admin/journal"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/casebook"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/message"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trace"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
	"github.com/tandemgw/tandem/store"
)

// closing bounds how long calls may take to say goodbye; the whole gateway ends
// within 5 s.
const closing = 4 * time.Second

// Gateway is everything put together. Open makes it from the inside out, Run
// serves, Close takes it apart in reverse.
type Gateway struct {
	voicemailParts
	observingParts
	records    *records
	current    atomic.Pointer[config.File] // what runs now: see file
	log        *slog.Logger
	said       *journal.Journal // what the log says of calls
	people     *people.Directory
	stored     *storedUsers
	sessions   *admin.Sessions
	source     *certs.Live
	ca         []byte // PEM; nil where the certificate is not of the local CA. Of whoever has the turn
	dtls       tls.Certificate
	calls      *store.CallLog
	mux        *transport.Mux
	portsMu    sync.Mutex
	ports      []*transport.Ports // guarded by portsMu: the last is that of new calls
	engine     *media.Engine
	recorder   atomic.Pointer[record.Recorder]
	guard      *guard.Guard
	reg        *registrar.Registrar
	core       *leg.Core
	bridge     *bridge.Bridge
	layer      *txn.Layer
	messages   *message.Service
	kept       atomic.Pointer[store.Messages] // nil while none were to be kept
	events     *event.Service
	lamps      *event.Boxes // what PBXs say of the boxes that they have
	trunks     *trunk.Trunks
	believed   atomic.Pointer[x509.CertPool] // the authorities of the trunks' certificates; nil for none
	hosts      atomic.Pointer[served]
	own        ownAddresses
	ws         *flow.WebSocket
	listen     atomic.Pointer[listeners]
	page       atomic.Pointer[http.Handler]
	api        *api.API
	service    atomic.Pointer[api.Service] // the sign-in service; nil for none
	hub        *api.Hub                    // tells consoles what changes
	key        []byte                      // signs cookies
	control    *webListener                // nil where there is none
	board      *board
	traces     *trace.Store
	archive    *trace.Archive // what of them is on disk
	book       *casebook.Book
	usage      *usage
	world      *world
	since      time.Time
	renamed    chan struct{} // of one: public_ip is another one
	ways       *ways
	locator    *locate.Locator
	client     *uac.Client
	ready      atomic.Bool
	tasks      tasks
	options    Options
	load       func() (*config.File, config.Diagnostics) // reads the configuration again; nil where there is no file
	logged     messageTracer                             // logs SIP messages; nil where nobody wants that
	reloads    reloads
	draining   atomic.Pointer[time.Time]    // until when; nil while calls are taken
	lastReload atomic.Pointer[admin.Reload] // nil before the first
	closers    []func() error               // in the order of opening
}

// webListener is a bound port and what will serve it.
type webListener struct {
	net.Listener
	server *http.Server
	secure bool // the server's TLSConfig does not say: it sets one itself
	at     config.Listener
}

// Options are what the file does not say.
type Options struct {
	State    string
	Control  string           // path of the control socket; empty means none
	Names    []string         // further names and addresses of the local certificate
	Version  string           // what it says of itself
	MadeUp   []config.Source  // what there is instead of a file: the demo's
	Path     string           // of the configuration that is read again, and watched where it or watch wants that; empty for none
	Read     Checksum         // of what it said when it was read
	Watch    bool             // whatever the configuration says
	Hangups  <-chan os.Signal // each asks for a reload; nil for none
	Patience time.Duration    // for calls, when the gateway is to stop
	Verbose  bool             // every SIP message is logged
	Log      *slog.Logger
	Starter  machine.Supervisor // who is told how we are
}

// Open makes a gateway and binds its sockets; nothing is served before Run. What
// was opened is closed again when it errs.
func Open(file *config.File, o Options) (*Gateway, error) {
	if err := machine.MakeState(o.State); err != nil {
		return nil, err
	}
	said, logged := journal.New(), tracer(o.Log, o.Verbose)
	o.Log = slog.New(said.Handler(o.Log.Handler()))
	g := &Gateway{log: o.Log, said: said, board: newBoard(), hub: api.NewHub(), book: casebook.New(), world: newWorld(), since: time.Now(), renamed: make(chan struct{}, 1)}
	g.current.Store(file)
	g.options, g.reloads = o, reloads{turn: make(chan struct{}, 1), over: make(chan struct{})}
	g.logged = logged
	if o.Path != "" {
		g.load = func() (*config.File, config.Diagnostics) { return config.Load(o.Path, rules.Reading()) }
	}
	g.listen.Store(&listeners{})
	for _, step := range []func(Options) error{g.openTraces, g.openPeople, g.openCerts, g.openRecords, g.openMedia, g.openCalls, g.openListen, g.openControl} {
		if err := step(o); err != nil {
			return nil, errors.Join(err, g.Close())
		}
	}
	return g, nil
}

// file is the configuration that runs now. A reload puts another one in its place, so
// that whoever reads two things of it keeps what file gave. It is never changed.
func (g *Gateway) file() *config.File { return g.current.Load() }

func (g *Gateway) closer(f func() error) { g.closers = append(g.closers, f) }

// Run serves until ctx ends or a listener fails, then ends the calls. The sockets
// do not end with ctx: the calls say goodbye over them.
func (g *Gateway) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	g.tasks.open(ctx, fail)
	defer g.tasks.close()
	g.tasks.run(g.source.Run)
	g.tasks.run(g.reg.Run)
	g.tasks.run(g.trunks.Run)
	g.tasks.run(g.usage.ledger.Run)
	g.tasks.run(g.desk.Run)
	g.tasks.run(g.traces.Run)
	g.tasks.run(func(ctx context.Context) error {
		return keepHeap(ctx, func() bool { return g.bridge.Calls() == 0 })
	})
	g.tasks.run(g.metrics.Run)
	if s := g.homer.Load(); s != nil {
		g.tasks.run(s.Run)
	}
	g.tasks.run(g.hub.Run)
	g.tasks.run(g.stored.follow)
	g.tasks.run(g.traceIndex().run)
	g.tasks.run(g.voicemailIndex().run)
	g.tasks.run(g.forgetRecords)
	g.mendRecordings(g.recorder.Load())
	g.run(g.listening())
	if g.control != nil {
		g.tasks.run(g.control.serve)
	}
	g.ready.Store(true)
	g.options.Starter.Tell(machine.SystemdReady)
	g.tasks.run(func(ctx context.Context) error {
		g.options.Starter.Watchdog(ctx, func() { g.status() })
		return nil
	})
	g.reloads.turn <- struct{}{}
	g.tasks.run(g.reloadOnSignals)
	g.tasks.run(g.watch)
	g.tasks.run(g.followAddresses)
	<-ctx.Done()
	g.options.Starter.Tell(machine.SystemdStopping)
	close(g.reloads.over)
	<-g.reloads.turn // a reload that is under way ends first
	g.ready.Store(false)
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
		g.awaitCalls(g.options.Patience)
	}
	if errors.Is(err, errDrained) {
		err = nil
	}
	g.endCalls()
	err = errors.Join(err, g.trunks.Close(), g.Close()) // the trunks say goodbye while the sockets are there
	return err
}

func (g *Gateway) whyNotReady() error {
	if !g.ready.Load() {
		return errors.New("starting or stopping")
	}
	if g.draining.Load() != nil {
		return errors.New("draining: no more calls are taken")
	}
	return nil
}

// endCalls says goodbye to every call, and waits a moment for the answers.
func (g *Gateway) endCalls() {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := g.bridge.Close(ctx); err != nil {
		g.log.Warn("not every far end said goodbye in time")
	}
}

// Close closes what Open has opened, last first. It is idempotent.
func (g *Gateway) Close() error {
	var errs []error
	for i := len(g.closers) - 1; i >= 0; i-- {
		errs = append(errs, g.closers[i]())
	}
	g.closers = nil
	return errors.Join(errs...)
}
