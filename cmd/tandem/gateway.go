package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/store"
)

// closing bounds how long the gateway takes to end: calls are given a moment to
// say goodbye.
const closing = 5 * time.Second

// gateway is everything put together. open makes it from the inside out, Run
// serves, Close takes it apart in reverse.
type gateway struct {
	file     *config.File
	log      *slog.Logger
	people   *people
	sessions *admin.Sessions
	source   certs.Source
	ca       []byte
	calls    *store.CallLog
	mux      *transport.Mux
	engine   *media.Engine
	reg      *registrar.Registrar
	core     *leg.Core
	bridge   *bridge.Bridge
	layer    *txn.Layer
	ws       *flow.WebSocket
	sip      []*flow.UDPSocket
	web      []*http.Server
	webAddrs []net.Listener
	hosts    *hosts
	ready    atomic.Bool
	closers  []func() error // in the order of opening
}

// gatewayOptions are what the file does not say.
type gatewayOptions struct {
	state   string
	numbers []admin.Number
	trace   func(f *flow.Flow, dir txn.Direction, raw []byte)
	log     *slog.Logger
}

// open makes a gateway and binds its sockets; nothing is served before Run. What
// was opened is closed again when it errs.
func open(file *config.File, o gatewayOptions) (g *gateway, err error) {
	g = &gateway{file: file, log: o.log}
	defer func() {
		if err != nil {
			_ = g.Close()
		}
	}()
	if err := os.MkdirAll(o.state, 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	for _, step := range []func(gatewayOptions) error{g.openPeople, g.openCerts, g.openMedia, g.openCalls, g.openSIP, g.openWeb} {
		if err := step(o); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *gateway) closer(f func() error) { g.closers = append(g.closers, f) }

func (g *gateway) openPeople(gatewayOptions) (err error) {
	if g.people, err = newPeople(g.file); err != nil {
		return err
	}
	g.sessions, err = admin.NewSessions(admin.SessionsConfig{Grant: g.people.grant, Revoke: g.people.revoke})
	return err
}

// openCerts finds the certificate of the listeners.
func (g *gateway) openCerts(o gatewayOptions) error {
	if g.file.TLS.Mode == config.TLSFiles {
		source, err := certs.Files(g.file.TLS.Cert, g.file.TLS.Key, o.log)
		g.source = source
		return err
	}
	names := []string{g.file.Domain}
	if g.file.PublicIP.Addr.IsValid() {
		names = append(names, g.file.PublicIP.Addr.String())
	}
	ca, err := certs.Local(certs.LocalConfig{StateDir: o.state, Names: names, Logger: o.log})
	if err != nil {
		return err
	}
	g.source, g.ca = ca, ca.ExportCA().PEM
	return nil
}

// openMedia opens the browsers' socket and the range of plain RTP.
func (g *gateway) openMedia(o gatewayOptions) error {
	certificate, _, err := certs.DTLS(o.state)
	if err != nil {
		return err
	}
	var listen []netip.AddrPort
	for _, l := range g.file.Listen.Media {
		listen = append(listen, addrPort(l))
	}
	g.mux, err = transport.ListenMux(transport.MuxConfig{
		Listen: listen, Announce: announced(g.file), Certificate: certificate, Log: o.log,
	})
	if err != nil {
		return taken(err, listen)
	}
	g.closer(g.mux.Close)
	rtp := g.file.Listen.RTP
	ports, err := transport.NewPorts(transport.PortsConfig{Addr: rtp.IP, Min: rtp.Min, Max: rtp.Max, Own: g.mux.Owns, Log: o.log})
	if err != nil {
		return err
	}
	g.engine, err = media.New(media.Config{Mux: g.mux, Ports: ports, Announce: toward(g.file), Log: o.log})
	if err != nil {
		return err
	}
	g.closer(g.engine.Close)
	return nil
}

// openCalls makes the signaling above the sockets, and the bridge.
func (g *gateway) openCalls(o gatewayOptions) (err error) {
	if g.calls, err = store.OpenCallLog(filepath.Join(o.state, "calls.log")); err != nil {
		return err
	}
	g.closer(g.calls.Close)
	verifier := digest.NewVerifier(digest.Config{Realm: g.file.Domain})
	challenges := registrar.NewChallenges()
	hosts := servedHosts(g.file)
	g.reg = registrar.New(registrar.Config{
		Served: hosts.has, Domain: g.file.Domain, Users: g.people, Verifier: verifier,
		Challenges: challenges, Open: g.file.Registrar.Open, Log: o.log,
	})
	prefer := leg.Quality
	if g.file.Media.Prefer == config.PreferPassthrough {
		prefer = leg.Passthrough
	}
	g.core = leg.New(leg.Config{
		Domain: g.file.Domain, Served: hosts.has, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, UDP: g.udpFlow,
		Open: g.file.Registrar.Open, Prefer: prefer, Engine: g.engine, Registrar: g.reg, Users: g.people, Verifier: verifier, Challenges: challenges,
		Trunks: trunks(g.file), Log: o.log,
	})
	g.hosts = newHosts(trunkNames(g.file), o.log)
	g.bridge = bridge.New(bridge.Config{
		Plan: g.file.Plan, Dialer: leg.NewDialer(g.core, g.hosts), Observers: []bridge.Observer{g.calls},
		Sounds: newSounds(g.file.Folder).find, Busy: g.engine.Busy, Log: o.log,
	})
	g.layer = txn.New(txn.Config{Trace: o.trace, Log: o.log}, leg.NewServer(g.core, g.bridge))
	g.core.Attach(g.layer)
	g.closer(func() error { g.layer.Close(); return nil })
	return nil
}

// openSIP binds the SIP sockets.
func (g *gateway) openSIP(o gatewayOptions) error {
	for _, l := range g.file.Listen.SIP {
		if l.Transport != "udp" {
			o.log.Warn("this listener is not served yet: SIP over UDP and WebSocket only", "listen", l.String())
			continue
		}
		s, err := flow.ListenUDP(flow.UDPConfig{Listen: addrPort(l), Announce: g.file.PublicIP.Addr, Log: o.log}, g.layer)
		if err != nil {
			return taken(err, []netip.AddrPort{addrPort(l)})
		}
		g.sip = append(g.sip, s)
		g.closer(s.Close)
	}
	return nil
}

// openWeb binds the web listeners: page, API and SIP over WebSocket on one port.
func (g *gateway) openWeb(o gatewayOptions) error {
	g.ws = flow.NewWebSocket(flow.WSConfig{Log: o.log}, g.layer)
	secure := 0
	for _, l := range g.file.Listen.Web {
		if l.Transport == "https" && secure == 0 {
			secure = int(l.Port)
		}
	}
	handler, err := admin.Handler(admin.Config{
		Domain: g.file.Domain, WebSocket: g.ws, Ready: g.whyNotReady, CA: g.ca, SecurePort: secure, Sessions: g.sessions,
		Lookup: g.people.displayName, Login: g.people.login, Numbers: o.numbers, Log: o.log,
	})
	if err != nil {
		return err
	}
	for _, l := range g.file.Listen.Web {
		listener, err := net.Listen("tcp", l.HostPort())
		if err != nil {
			return taken(err, []netip.AddrPort{addrPort(l)})
		}
		listener = flow.RobustListener(listener)
		server := admin.Server(handler, o.log)
		if l.Transport == "https" {
			server.TLSConfig = g.source.TLSConfig()
			server.TLSConfig.NextProtos = []string{"http/1.1"} // WebSocket needs it (RFC 6455)
		}
		g.web, g.webAddrs = append(g.web, server), append(g.webAddrs, listener)
	}
	g.closer(g.closeWeb)
	return nil
}

func (g *gateway) closeWeb() error {
	for i, s := range g.web {
		_ = s.Close()
		_ = g.webAddrs[i].Close() // also where Serve was never called
	}
	return g.ws.Close()
}

func (g *gateway) whyNotReady() error {
	if !g.ready.Load() {
		return errors.New("starting or stopping")
	}
	return nil
}

// udpFlow is the way to an address that has no connection to us.
func (g *gateway) udpFlow(to netip.AddrPort) *flow.Flow {
	for _, s := range g.sip {
		if a := s.Addr().Addr(); a.Is4() == to.Addr().Is4() || a == netip.IPv6Unspecified() {
			return s.Flow(to)
		}
	}
	return nil
}

// Run serves until ctx ends or a listener fails, then ends the calls.
func (g *gateway) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	work := func(f func(context.Context) error) {
		wg.Go(func() {
			if err := f(ctx); err != nil {
				cancel(err)
			}
		})
	}
	work(g.source.Run)
	work(g.reg.Run)
	work(g.hosts.Run)
	for _, s := range g.sip {
		work(s.Run)
	}
	for i, s := range g.web {
		work(func(context.Context) error { return serveHTTP(s, g.webAddrs[i]) })
	}
	g.ready.Store(true)
	<-ctx.Done()
	g.ready.Store(false)
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, g.finish(&wg))
}

// finish ends the calls while the sockets still stand, then the rest.
func (g *gateway) finish(wg *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := g.bridge.Close(ctx); err != nil {
		g.log.Warn("calls did not end in time", "left", g.bridge.Calls())
	}
	err := g.Close()
	wg.Wait()
	return err
}

func serveHTTP(s *http.Server, l net.Listener) error {
	var err error
	if s.TLSConfig != nil {
		err = s.ServeTLS(l, "", "")
	} else {
		err = s.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Close closes what open has opened, last first.
func (g *gateway) Close() error {
	var errs []error
	for i := len(g.closers) - 1; i >= 0; i-- {
		errs = append(errs, g.closers[i]())
	}
	g.closers = nil
	return errors.Join(errs...)
}

func addrPort(l config.Listener) netip.AddrPort {
	ip := l.IP
	if !ip.IsValid() {
		ip = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(ip, l.Port)
}

func trunks(file *config.File) []leg.Trunk {
	var out []leg.Trunk
	for _, t := range file.Trunks {
		out = append(out, leg.Trunk{Name: t.Name, Host: t.Host, Port: t.Port, Allow: t.Allow, Codecs: t.Codecs, MaxCalls: t.MaxCalls})
	}
	return out
}

// trunkNames are the trunks' hosts that are names.
func trunkNames(file *config.File) []string {
	var out []string
	for _, t := range file.Trunks {
		if _, err := netip.ParseAddr(t.Host); err != nil {
			out = append(out, t.Host)
		}
	}
	return out
}
