package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/turn"
	"github.com/tandemgw/tandem/signaling/flow"
)

// listeners are what listens for phones and browsers, in the order of the file. It is
// immutable: a reload makes another one, of those that stay and those that are new.
type listeners struct {
	udp     []datagrams
	streams []stream // SIP over TCP and TLS
	web     []webListener
	relays  []relay
}

// datagrams is a socket for SIP over UDP.
type datagrams struct {
	*flow.UDPSocket
	at config.Listener
}

// stream is a listener for SIP over "tcp" or "tls".
type stream struct {
	*flow.StreamSocket
	transport string
	at        config.Listener
}

// relay is a TURN server at one place.
type relay struct {
	*turn.Server
	at     config.Listener
	counts *relayCounts
}

// Close closes the relay; what it has counted stays.
func (r relay) Close() error {
	err := r.Server.Close()
	r.counts.closed(r.Server)
	return err
}

// listening are the listeners that there are now.
func (g *Gateway) listening() *listeners { return g.listen.Load() }

// close closes all of them.
func (l *listeners) close() error {
	var errs []error
	for _, w := range l.web {
		errs = append(errs, w.close())
	}
	for _, s := range l.streams {
		errs = append(errs, s.Close())
	}
	for _, s := range l.udp {
		errs = append(errs, s.Close())
	}
	for _, s := range l.relays {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// run has the tasks of some listeners begin.
func (g *Gateway) run(l *listeners) {
	for _, s := range l.udp {
		g.tasks.run(s.Run)
	}
	for _, s := range l.streams {
		g.tasks.run(s.Run)
	}
	for _, w := range l.web {
		g.tasks.run(w.serve)
	}
}

// openListeners opens all that are in wanted and not in the listeners that there are.
// next are those of wanted, fresh what was opened; what was opened is closed again
// when it errs.
func (g *Gateway) openListeners(has *listeners, wanted config.Listen) (next, fresh *listeners, err error) {
	next, fresh = &listeners{}, &listeners{}
	if err := g.fill(next, fresh, has, wanted); err != nil {
		_ = fresh.close() // nobody has used them
		return nil, nil, err
	}
	return next, fresh, nil
}

// fill is the work of openListeners.
func (g *Gateway) fill(next, fresh, has *listeners, wanted config.Listen) error {
	for _, l := range wanted.SIP {
		if l.Transport == "udp" {
			if err := keepOrOpen(&next.udp, &fresh.udp, has.udp, l, g.openUDP); err != nil {
				return err
			}
			continue
		}
		if err := keepOrOpen(&next.streams, &fresh.streams, has.streams, l, g.openStream); err != nil {
			return err
		}
	}
	for _, l := range wanted.Web {
		if err := keepOrOpen(&next.web, &fresh.web, has.web, l, g.openWebListener); err != nil {
			return err
		}
	}
	for _, l := range wanted.TURN {
		if err := keepOrOpen(&next.relays, &fresh.relays, has.relays, l, g.openRelay); err != nil {
			return err
		}
	}
	return nil
}

// placed is a listener of any kind.
type placed interface{ place() config.Listener }

func (s datagrams) place() config.Listener   { return s.at }
func (s stream) place() config.Listener      { return s.at }
func (w webListener) place() config.Listener { return w.at }
func (r relay) place() config.Listener       { return r.at }

// keepOrOpen puts into next the listener that there is at a place, or one that is
// opened.
func keepOrOpen[T placed](next, fresh *[]T, has []T, at config.Listener, open func(config.Listener) (T, error)) error {
	used := 0
	for _, n := range *next {
		if n.place() == at {
			used++ // the same place, twice: port 0
		}
	}
	for _, one := range has {
		if one.place() == at {
			if used == 0 {
				*next = append(*next, one)
				return nil
			}
			used--
		}
	}
	one, err := open(at)
	if err != nil {
		return err
	}
	*next, *fresh = append(*next, one), append(*fresh, one)
	return nil
}

// prepareListeners opens what is new. What is gone stops taking anybody, and ends
// with its last call.
func (g *Gateway) prepareListeners(r *reload) error {
	has := g.listening()
	next, fresh, err := g.openListeners(has, r.next.Listen)
	if err != nil {
		return ourOwn(err, r)
	}
	r.abandon(func() { _ = fresh.close() }) // nobody has used them
	r.commit(func() {
		g.listen.Store(next)
		g.run(fresh)
		g.retireListeners(has, next)
	})
	return nil
}

// ourOwn adds to the error of a port that is taken that it is taken by a listener
// which the same reload takes away.
func ourOwn(err error, r *reload) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	is := func(l config.Listen) []config.Listener { return slices.Concat(l.SIP, l.Web, l.TURN) }
	gone, fresh := config.DiffListeners(is(r.was.Listen), is(r.next.Listen))
	for _, l := range gone {
		for _, n := range fresh {
			if l.Port == n.Port && networkOf(l) == networkOf(n) {
				return fmt.Errorf("%w; %s goes only once %s is there: take it out, reload, and then put the other in, or restart", err, l, n)
			}
		}
	}
	return err
}

// networkOf is "udp" or "tcp".
func networkOf(l config.Listener) string {
	if l.Transport == "udp" {
		return l.Transport
	}
	return "tcp"
}

// retireListeners lets those go that are not in next.
func (g *Gateway) retireListeners(has, next *listeners) {
	for _, s := range has.udp {
		if !slices.Contains(next.udp, s) {
			g.retireUDP(s)
		}
	}
	for _, s := range has.streams {
		if !slices.Contains(next.streams, s) {
			s.StopAccepting()
			g.retire("SIP listener "+s.at.String(), func() bool { return g.callsOn(s.Flows()) }, s.Close)
		}
	}
	for _, w := range has.web {
		if !slices.Contains(next.web, w) {
			g.retireWeb(w)
		}
	}
	for _, s := range has.relays {
		if !slices.Contains(next.relays, s) {
			s.Refuse()
			g.retire("relay "+s.at.String(), func() bool { return s.Counters().Allocations > 0 }, s.Close)
		}
	}
}

// retireUDP has a socket serve its calls and nobody else: registrations over it end,
// and trunks that know us by it register anew.
func (g *Gateway) retireUDP(s datagrams) {
	number := s.Socket()
	over := func(f *flow.Flow) bool { return f.Socket() == number }
	s.Narrow(g.core.Uses)
	g.reg.DropFlows(over)
	g.trunks.Renew(over)
	g.retire("SIP listener "+s.at.String(), func() bool { return g.core.UsesSocket(number) }, s.Close)
}

// retireWeb closes a web listener. WebSockets that came by it end, but for those with
// a call.
func (g *Gateway) retireWeb(w webListener) {
	port := w.Addr().(*net.TCPAddr).AddrPort()
	kind := flow.WS
	if w.secure {
		kind = flow.WSS
	}
	var mine []*flow.Flow
	for _, f := range g.ws.Flows() {
		if own := f.Local(); f.Kind() == kind && own.Port() == port.Port() && (port.Addr().IsUnspecified() || own.Addr() == port.Addr().Unmap()) {
			mine = append(mine, f)
		}
	}
	_ = w.close() // its port is free whatever it says
	g.retire("web listener "+w.at.String(), func() bool { return g.callsOn(mine) }, func() error { return nil })
}

// callsOn says whether there are calls on some connections, and closes the others.
func (g *Gateway) callsOn(all []*flow.Flow) bool {
	used := false
	for _, f := range all {
		select {
		case <-f.Closed():
			continue
		default:
		}
		if g.core.Uses(f.Key()) {
			used = true
			continue
		}
		f.Close("the gateway does not listen here any more")
	}
	return used
}

// udpFlow is the way to an address that has no connection to us.
func (g *Gateway) udpFlow(to netip.AddrPort) *flow.Flow {
	for _, s := range g.listening().udp {
		if a := s.Addr().Addr(); a.Is4() == to.Addr().Is4() || a == netip.IPv6Unspecified() {
			return s.Flow(to)
		}
	}
	return nil
}

// local is the address that far ends of connections that we open are told: that of
// our listener for the transport, where they can reach us when the connection is
// gone.
func (g *Gateway) local(kind flow.Kind, toward netip.AddrPort) netip.AddrPort {
	to := toward.Addr().Unmap()
	for _, s := range g.listening().streams {
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

// TellListening writes into the log where phones and browsers are served.
func (g *Gateway) TellListening() {
	listening := g.listening()
	for _, w := range listening.web {
		g.log.Info("listening", "web", w.Addr().String(), "secure", w.secure)
	}
	for _, s := range listening.udp {
		g.log.Info("listening", "sip", s.Addr().String()+"/udp")
	}
	for _, s := range listening.streams {
		g.log.Info("listening", "sip", s.Addr().String()+"/"+s.transport)
	}
	for _, a := range g.mux.Addrs() {
		g.log.Info("listening", "media", a.String()+"/udp")
	}
	for _, r := range listening.relays {
		for _, l := range r.Listening() {
			g.log.Info("listening", "turn", fmt.Sprintf(":%d/%s", l.Port, l.Network))
		}
	}
}
