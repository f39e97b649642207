package main

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
)

// openCerts finds the certificate of the listeners.
func (g *gateway) openCerts(o gatewayOptions) error {
	if g.file().TLS.Mode == config.TLSFiles {
		source, err := certs.Files(g.file().TLS.Cert, g.file().TLS.Key, o.log)
		if err != nil {
			return err
		}
		g.source = source
		return nil
	}
	names := append([]string{g.file().Domain}, o.names...)
	for _, a := range g.file().PublicIP.Addrs {
		names = append(names, a.String())
	}
	ca, err := certs.Local(certs.LocalConfig{StateDir: o.state, Names: names, Logger: slog.New(quiet{o.log.Handler()})})
	if err != nil {
		return err
	}
	g.source, g.ca = ca, ca.ExportCA().PEM
	return nil
}

// openSIP binds the SIP sockets: datagrams, TCP, and TLS with the certificate of the
// web.
func (g *gateway) openSIP(o gatewayOptions) error {
	for _, l := range g.file().Listen.SIP {
		if l.Transport == "udp" {
			s, err := flow.ListenUDP(flow.UDPConfig{Listen: addrPort(l), Announce: g.public, Admit: g.admits, Log: o.log}, g.layer)
			if err != nil {
				return cannotListen(err, "udp", addrPort(l))
			}
			g.sip = append(g.sip, s)
			g.closer(s.Close)
			continue
		}
		c := flow.StreamConfig{Listen: addrPort(l), Announce: g.public, Admit: g.admits, Log: o.log}
		if l.Transport == "tls" {
			c.TLS = g.source.TLSConfig()
			if g.believed != nil { // trunks may prove themselves, telephones need not
				c.TLS.ClientAuth, c.TLS.ClientCAs, c.Reuse = tls.RequestClientCert, g.believed, g.ways.streams
			}
		}
		s, err := flow.ListenStream(c, g.layer)
		if err != nil {
			return cannotListen(err, "tcp", addrPort(l))
		}
		g.streams = append(g.streams, stream{s, l.Transport})
		g.closer(s.Close)
	}
	return nil
}

// public is the address that a far end of SIP is told, none where our own will do.
func (g *gateway) public(far netip.Addr) netip.Addr {
	if public := g.file().PublicIP.Of(far.Is4()); public.IsValid() && needsPublic(public, far) {
		return public
	}
	return netip.Addr{}
}

// admits says whether anything is taken from an address: not while it is banned.
func (g *gateway) admits(a netip.Addr) bool { return !g.guard.Banned(a) }

// stream is a listener for SIP over "tcp" or "tls".
type stream struct {
	*flow.StreamSocket
	transport string
}

// local is the address that far ends of connections that we open are told: that of
// our listener for the transport, where they can reach us when the connection is
// gone.
func (g *gateway) local(kind flow.Kind, toward netip.AddrPort) netip.AddrPort {
	to := toward.Addr().Unmap()
	for _, s := range g.streams {
		own := s.Addr()
		if s.transport != kind.String() || own.Addr().Is4() != to.Is4() && own.Addr() != netip.IPv6Unspecified() ||
			own.Addr().IsLoopback() && !to.IsLoopback() {
			continue
		}
		if public := g.public(to); public.IsValid() {
			return netip.AddrPortFrom(public, own.Port())
		}
		return own
	}
	return netip.AddrPort{}
}

// openWeb binds the web listeners: page, API and SIP over WebSocket on one port.
func (g *gateway) openWeb(o gatewayOptions) error {
	g.ws = flow.NewWebSocket(flow.WSConfig{Admit: g.admits, Log: o.log}, g.layer)
	g.closer(g.ws.Close)
	handler, err := admin.Handler(admin.Config{
		Domain: g.file().Domain, WebSocket: g.ws, Ready: g.whyNotReady, CA: g.ca, SecurePort: securePort(g.file()), Sessions: g.sessions,
		Lookup: g.people.displayName, Login: g.people.login, Relays: g.relays, Numbers: o.numbers, Schema: config.JSONSchema(), Log: o.log,
	})
	if err != nil {
		return err
	}
	for _, l := range g.file().Listen.Web {
		listener, err := net.Listen("tcp", l.HostPort())
		if err != nil {
			return cannotListen(err, "tcp", addrPort(l))
		}
		shared := g.mux.ShareTCP(flow.RobustListener(listener), listener.Addr().(*net.TCPAddr).AddrPort())
		w := webListener{shared, admin.Server(handler, o.log), l.Transport == "https"}
		if w.secure {
			w.server.TLSConfig = g.source.TLSConfig()
			w.server.TLSConfig.NextProtos = []string{"http/1.1"} // WebSocket needs it (RFC 6455)
		}
		g.web = append(g.web, w)
		g.closer(w.close)
	}
	return nil
}

// serve answers until close.
func (w webListener) serve() error {
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

// cannotListenAny is cannotListen where one of several addresses could not be had.
func cannotListenAny(err error, network string, wanted []netip.AddrPort) error {
	for _, at := range wanted {
		if !errors.Is(err, syscall.EADDRINUSE) || !isFree(network, at) {
			return cannotListen(err, network, at)
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
