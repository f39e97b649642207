package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
)

// openCerts finds the certificate of the listeners.
func (g *Gateway) openCerts(Options) error {
	source, ca, err := g.certificateOf(g.file())
	if err != nil {
		return err
	}
	g.source, g.ca = certs.NewLive(source), ca
	return nil
}

// certificateOf finds the certificate of a file, and the authority that signed it, in
// PEM: nil where that is not our own.
func (g *Gateway) certificateOf(file *config.File) (certs.Source, []byte, error) {
	o := g.options
	if file.TLS.Mode == config.TLSFiles {
		source, err := certs.Files(file.TLS.Cert, file.TLS.Key, o.Log)
		return source, nil, err
	}
	names := append([]string{file.Domain}, o.Names...)
	for _, a := range file.PublicIP.Addrs {
		names = append(names, a.String())
	}
	ca, err := certs.Local(certs.LocalConfig{StateDir: o.State, Names: names, Logger: slog.New(quiet{o.Log.Handler()})})
	if err != nil {
		return nil, nil, err
	}
	if file.TLS.Mode == config.TLSACME {
		source, err := acmeSource(file, o, ca)
		return source, nil, err
	}
	return ca, ca.ExportCA().PEM, nil
}

// openListen opens everything that listens for phones and browsers.
func (g *Gateway) openListen(Options) error {
	g.ws = flow.NewWebSocket(flow.WSConfig{Admit: g.admits, Log: g.log}, g.layer)
	g.closer(g.ws.Close)
	var err error
	if err = g.openService(); err != nil {
		return err
	}
	if g.api, err = g.openAPI(); err != nil {
		return err
	}
	g.closer(func() error { g.api.Close(); return nil })
	page, err := g.pageOf(g.file(), g.ca)
	if err != nil {
		return err
	}
	g.page.Store(&page)
	opened, _, err := g.openListeners(g.listening(), g.file().Listen)
	if err != nil {
		return err
	}
	g.listen.Store(opened)
	g.closer(func() error { return g.listening().close() })
	return nil
}

// openUDP binds a socket for SIP over UDP.
func (g *Gateway) openUDP(l config.Listener) (datagrams, error) {
	s, err := flow.ListenUDP(flow.UDPConfig{Listen: addrPort(l), Announce: g.public, Admit: g.admits, Log: g.log}, g.layer)
	if err != nil {
		return datagrams{}, machine.CannotListen(err, "udp", addrPort(l))
	}
	return datagrams{s, l}, nil
}

// openStream binds a listener for SIP over TCP, or TLS with the certificate of the
// web.
func (g *Gateway) openStream(l config.Listener) (stream, error) {
	c := flow.StreamConfig{Listen: addrPort(l), Announce: g.public, Admit: g.admits, Refused: g.refuses(l.Transport), Log: g.log}
	c.MaxConnections, c.MaxPerAddress = connections(g.file().Listen)
	if l.Transport == "tls" { // trunks may prove themselves, telephones need not
		c.TLS, c.Believe, c.Reuse = g.source.TLSConfig(), g.believed.Load, g.ways.streams
	}
	s, err := flow.ListenStream(c, g.layer)
	if err != nil {
		return stream{}, machine.CannotListen(err, "tcp", addrPort(l))
	}
	return stream{s, l.Transport, l}, nil
}

// public is the address that a far end of SIP is told, none where our own will do.
func (g *Gateway) public(far netip.Addr) netip.Addr {
	if public := g.file().PublicIP.Of(far.Is4()); public.IsValid() && needsPublic(public, far) {
		return public
	}
	return netip.Addr{}
}

// admits says whether anything is taken from an address: not while it is banned.
func (g *Gateway) admits(a netip.Addr) bool { return !g.guard.Banned(a) }

// pageOf makes what is served over HTTP: the page, the API and SIP over WebSocket.
func (g *Gateway) pageOf(file *config.File, ca []byte) (http.Handler, error) {
	return admin.Handler(admin.Config{
		Domain: file.Domain, WebSocket: g.ws, Ready: g.whyNotReady, CA: ca, SecurePort: securePort(file), Sessions: g.sessions,
		People: rules.PhonePeople(file), Features: rules.PhoneFeatures(file), Embed: file.Phone.Embed,
		Lookup: g.people.DisplayName, Login: g.people.Login, Relays: g.relays, PhoneStats: g.phoneStats, PhoneHistory: g.phoneHistory, Numbers: rules.PhoneNumbers(file), Schema: config.JSONSchema(), Metrics: g.metricsHandler(), API: g.api, Console: true, Log: g.log,
	})
}

// ServeHTTP serves the page as it is now.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*g.page.Load()).ServeHTTP(w, r) }

// openWebListener binds a web listener.
func (g *Gateway) openWebListener(l config.Listener) (webListener, error) {
	listener, err := net.Listen("tcp", l.HostPort())
	if err != nil {
		return webListener{}, machine.CannotListen(err, "tcp", addrPort(l))
	}
	most, each := connections(g.file().Listen)
	bound := flow.BoundListener(flow.RobustListener(listener), most, each, g.refuses(l.Transport))
	shared := g.mux.ShareTCP(bound, listener.Addr().(*net.TCPAddr).AddrPort())
	w := webListener{shared, admin.Server(g, g.log), l.Transport == "https", l}
	if w.secure {
		w.server.TLSConfig = g.source.TLSConfig()
		w.server.TLSConfig.NextProtos = []string{"http/1.1"} // WebSocket needs it (RFC 6455)
	}
	return w, nil
}

// serve answers until close.
func (w webListener) serve(context.Context) error {
	var err error
	if w.secure {
		err = w.server.ServeTLS(w, "", "")
	} else {
		err = w.server.Serve(w)
	}
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// close ends serve, and frees the port also where serve was never called.
func (w webListener) close() error {
	err := w.server.Close()
	if e := w.Listener.Close(); !errors.Is(e, net.ErrClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// securePort is the port of the first https listener, 0 where there is none.
func securePort(file *config.File) int {
	for _, l := range file.Listen.Web {
		if l.Transport == "https" {
			return int(l.Port)
		}
	}
	return 0
}

// cannotListenAny is CannotListen where one of several addresses could not be had.
func cannotListenAny(err error, network string, wanted []netip.AddrPort) error {
	for _, at := range wanted {
		if !errors.Is(err, syscall.EADDRINUSE) || !machine.IsFree(network, at) {
			return machine.CannotListen(err, network, at)
		}
	}
	return err
}

func addrPort(l config.Listener) netip.AddrPort {
	ip := l.IP
	if !ip.IsValid() {
		ip = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(ip, l.Port)
}
