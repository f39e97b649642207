package caller

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// theServer is what the agent's dialplan calls the server.
const theServer = "server"

// agent is the parts of a gateway that one call needs.
type agent struct {
	script  Script
	log     *slog.Logger
	own     netip.Addr // of this machine, toward the server
	engine  *media.Engine
	rec     *record.Recorder
	client  *uac.Client
	layer   *txn.Layer
	udp     *flow.UDPSocket
	streams *flow.Connector
	web     *flow.WebSocket
	socket  *flow.Flow // the WebSocket's; nil over other transports
	bridge  *bridge.Bridge
	board   *board
	closers []func() error
}

func (a *agent) closer(f func() error) { a.closers = append(a.closers, f) }

// close takes the agent apart, the last part first.
func (a *agent) close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// openMedia makes what sound goes through.
func (a *agent) openMedia() error {
	certificate, _, err := certs.DTLS("")
	if err != nil {
		return err
	}
	c := media.Config{Workers: 1, Log: a.log}
	if a.script.browser() {
		mux, err := transport.ListenMux(transport.MuxConfig{Sockets: 1, Certificate: certificate, Log: a.log})
		if err != nil {
			return err
		}
		a.closer(mux.Close)
		c.Mux = mux
	} else {
		ports, err := transport.NewPorts(transport.PortsConfig{Addr: a.own, Min: 42000, Max: 48999, Log: a.log})
		if err != nil {
			return err
		}
		a.closer(ports.Close)
		c.Ports = ports
	}
	if a.engine, err = media.New(c); err != nil {
		return err
	}
	a.closer(a.engine.Close)
	if a.rec, err = record.New(record.Config{KeepDigits: true, Log: a.log}); err != nil {
		return err
	}
	a.closer(func() error { return a.rec.Close(context.Background()) })
	return nil
}

// openCalls makes what calls are made with, and its socket.
func (a *agent) openCalls(ctx context.Context) error {
	s := a.script
	locator := locate.New(locate.Config{Log: a.log})
	a.closer(func() error { locator.Close(); return nil })
	a.client = uac.New(uac.Config{Ways: a, Finder: finder{locator, a}, Log: a.log})
	domain := s.Server.Domain
	if domain == "" {
		domain = s.Server.Host
	}
	nobody := func(string) bool { return false }
	challenges, verifier := registrar.NewChallenges(), digest.NewVerifier(digest.Config{Realm: domain})
	none := people{}
	trunks := trunk.New([]trunk.Config{a.server(domain)}, trunk.Deps{
		Send: a.client, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, Domain: domain, Log: a.log,
	})
	core := leg.New(leg.Config{
		Domain: domain, Served: nobody, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, Client: a.client, Engine: a.engine,
		Registrar: registrar.New(registrar.Config{Served: nobody, Domain: domain, Users: none, Verifier: verifier, Challenges: challenges, Log: a.log}),
		Users:     none, Verifier: verifier, Challenges: challenges, Trunks: trunks, Log: a.log,
	})
	plan, err := a.plan()
	if err != nil {
		return err
	}
	a.bridge = bridge.New(bridge.Config{
		Plan: plan, Dialer: leg.NewDialer(core), Observers: []bridge.Observer{a.board}, Sounds: a.sound, Recorder: a, MaxCalls: 1, Log: a.log,
	})
	a.layer = txn.New(txn.Config{Mute: core.Mute, Log: a.log}, leg.NewServer(core, a.bridge))
	core.Attach(a.layer)
	a.client.Attach(a.layer)
	a.closer(func() error { a.layer.Close(); return nil })
	a.closer(func() error { a.client.Close(); return nil })
	if err := a.openSocket(ctx); err != nil {
		return err
	}
	a.closer(trunks.Close)
	return nil
}

// openSocket opens the way to the server.
func (a *agent) openSocket(ctx context.Context) (err error) {
	s := a.script.Server
	if a.script.browser() {
		a.web = flow.NewWebSocket(flow.WSConfig{Log: a.log}, a.layer)
		a.closer(a.web.Close)
		a.socket, err = a.web.Dial(ctx, s.URL, s.TLS)
		return err
	}
	if a.udp, err = flow.ListenUDP(flow.UDPConfig{Listen: netip.AddrPortFrom(a.own, 0), Log: a.log}, a.layer); err != nil {
		return fmt.Errorf("open a socket for SIP: %w", err)
	}
	served, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); _ = a.udp.Run(served) }()
	a.closer(func() error { stop(); <-over; return nil })
	a.streams = flow.NewConnector(flow.ConnectorConfig{TLS: s.TLS, Log: a.log}, a.layer)
	a.closer(a.streams.Close)
	return nil
}

// server is the server as a trunk.
func (a *agent) server(domain string) trunk.Config {
	s := a.script
	t := trunk.Config{
		Name: theServer, Host: s.Server.Host, Port: s.Server.Port, Transport: s.Server.Transport, Options: -1,
		Allow:  []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
		Codecs: s.Codecs, DTMF: "auto", Identity: trunk.Identity{Host: domain},
	}
	if a.script.browser() {
		t.Transport = "" // found by finder
	}
	if s.Password != "" {
		t.Register = &trunk.Account{User: s.User, Password: trunk.Secret(s.Password)}
	}
	return t
}

// Flow implements uac.Ways.
func (a *agent) Flow(t locate.Target, who uac.Identity) (*flow.Flow, error) {
	switch t.Kind {
	case flow.WS, flow.WSS:
		return a.socket, nil
	case flow.UDP:
		return a.udp.Flow(t.Addr), nil
	}
	return a.streams.Flow(flow.Toward{Kind: t.Kind, Remote: t.Addr, ServerName: t.Name, Certificate: who.Certificate, Roots: who.Roots})
}

// finder finds the server: by the DNS, or at the other end of the WebSocket.
type finder struct {
	*locate.Locator
	a *agent
}

// Find implements uac.Finder.
func (f finder) Find(ctx context.Context, q locate.Query) ([]locate.Target, error) {
	if all, ok := f.Known(q); ok {
		return all, nil
	}
	return f.Locator.Find(ctx, q)
}

// Known implements uac.Finder.
func (f finder) Known(q locate.Query) ([]locate.Target, bool) {
	if w := f.a.socket; w != nil {
		return []locate.Target{{Kind: w.Kind(), Addr: w.Remote()}}, true
	}
	return f.Locator.Known(q)
}

// people are nobody: the agent has no users.
type people struct{}

func (people) Find(string) (registrar.User, bool) { return registrar.User{}, false }

// ownAddress is the address of this machine from which a server is reached. Nothing
// is sent for it.
func ownAddress(ctx context.Context, s Server) (netip.Addr, error) {
	host, port := s.Host, strconv.Itoa(int(max(s.Port, 1)))
	if u, err := url.Parse(s.URL); s.URL != "" && err == nil {
		host = u.Hostname()
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "udp", net.JoinHostPort(host, port))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find a way to %s: %w", host, err)
	}
	defer func() { _ = c.Close() }()
	at, _ := netip.AddrFromSlice(c.LocalAddr().(*net.UDPAddr).IP)
	return at.Unmap(), nil
}

// InsecureTLS believes any certificate: for servers under test.
func InsecureTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // whoever asks for it knows
}
