package gateway

import (
	"net/netip"
	"path/filepath"
	"syscall"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan/ask"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/transport"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/store"
)

// openPeople makes the users and what signs their phones in.
func (g *Gateway) openPeople(o Options) (err error) {
	if g.people, err = people.New(g.file()); err != nil {
		return err
	}
	g.stored = newStoredUsers(g)
	if g.key, err = cookieKey(o.State); err != nil {
		return err
	}
	g.sessions, err = admin.NewSessions(admin.SessionsConfig{Key: g.key, Grant: g.people.Grant, Revoke: g.people.Revoke})
	return err
}

// openMedia opens the browsers' socket and the range of plain RTP.
func (g *Gateway) openMedia(o Options) error {
	certificate, _, err := certs.DTLS(o.State)
	if err != nil {
		return err
	}
	var listen []netip.AddrPort
	for _, l := range g.file().Listen.Media {
		listen = append(listen, addrPort(l))
	}
	g.mux, err = transport.ListenMux(transport.MuxConfig{
		Listen: listen, Announce: g.file().PublicIP.Addrs, AnnounceOwn: true, Lite: g.file().Media.ICE == config.ICELite,
		Certificate: certificate, Log: o.Log,
	})
	if err != nil {
		return cannotListenAny(err, "udp", listen)
	}
	g.closer(g.mux.Close)
	g.dtls = certificate
	ports, err := g.newPorts(g.file())
	if err != nil {
		return err
	}
	g.setPorts(ports)
	g.closer(func() error {
		all := g.allPorts()
		return all[len(all)-1].Close()
	})
	if err := g.openRecordings(o); err != nil {
		return err
	}
	if err := g.openBoxes(o); err != nil {
		return err
	}
	g.engine, err = media.New(media.Config{Mux: g.mux, Ports: ports, Announce: func(far netip.Addr) netip.Addr { return toward(g.file())(far) }, Notify: g.traces.Notice, Headers: headersMemory, Clear: clearMemory, Log: o.Log})
	if err != nil {
		return err
	}
	g.closer(g.engine.Close)
	return nil
}

// newPorts makes the range of plain RTP that a file has. No port of it is bound before a
// call needs it; an address that the machine does not have is told now, since no telephone
// would have any sound.
func (g *Gateway) newPorts(file *config.File) (*transport.Ports, error) {
	rtp := file.Listen.RTP
	if rtp.IP.IsValid() && !machine.Has(rtp.IP) {
		return nil, machine.CannotListen(syscall.EADDRNOTAVAIL, "udp", netip.AddrPortFrom(rtp.IP, rtp.Min))
	}
	return transport.NewPorts(transport.PortsConfig{Addr: rtp.IP, Min: rtp.Min, Max: rtp.Max, Certificate: g.dtls, Own: g.owns, Mapped: g.mux.Announces, Log: g.log})
}

// owns says whether a is a socket of ours that no media may go to: the browsers'
// port, or one of SIP.
func (g *Gateway) owns(a netip.AddrPort) bool {
	if g.mux.Owns(a) {
		return true
	}
	if all := g.allPorts(); len(all) > 1 { // each knows its own
		for _, p := range all {
			if p.Owns(a) {
				return true
			}
		}
	}
	for _, s := range g.listening().udp {
		own := s.Addr()
		if a == own || a.Port() == own.Port() && g.mux.Announces(a.Addr()) || own.Addr().IsUnspecified() && a.Port() == own.Port() && g.mux.Owns(netip.AddrPortFrom(a.Addr(), g.mux.Port())) {
			return true
		}
	}
	return false
}

// openCalls makes the signaling above the sockets, and the bridge.
func (g *Gateway) openCalls(o Options) (err error) {
	if g.calls, err = store.OpenCallLog(filepath.Join(o.State, "calls.log")); err != nil {
		return err
	}
	g.closer(g.calls.Close)
	verifier := digest.NewVerifier(digest.Config{Realm: g.file().Domain})
	challenges := registrar.NewChallenges()
	hosts := servedHosts(g.file())
	g.hosts.Store(&hosts)
	g.guard = guard.New(guard.Config{
		Limits: rules.Guard(g.file()),
		Known:  func(a netip.Addr) bool { return g.reg.Known(a) || g.trunks.Known(a) }, Log: o.Log,
	})
	g.reg = registrar.New(registrar.Config{
		Guard:  g.guard,
		Served: g.serves, Domain: g.file().Domain, Users: g.people, Verifier: verifier,
		Challenges: challenges, Rules: rules.Registrar(g.file()), Log: o.Log, Notify: g.registered,
	})
	g.world.reg, g.world.people = g.reg, g.people
	g.openWays(o)
	g.openDesk(o)
	if err := g.openMessages(o); err != nil {
		return err
	}
	sender, err := rules.Mail(g.file())
	if err != nil {
		return err
	}
	g.setBoxes(g.file(), sender)
	if err := g.openTrunks(o); err != nil {
		return err
	}
	if g.usage, err = g.openUsage(o); err != nil {
		return err
	}
	g.core = leg.New(leg.Config{
		Guard:  g.guard,
		Domain: g.file().Domain, Served: g.serves, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, Client: g.client,
		Policy: rules.Calls(g.file()), Busy: g.engine.Busy, Engine: g.engine, Registrar: g.reg, Users: g.people, Verifier: verifier, Challenges: challenges,
		Trunks: g.trunks, Usage: g.usage, Others: []leg.Other{g.messages, g.events, g.lamps}, Log: o.Log,
	})
	g.openMetrics()
	if err := g.openHomer(); err != nil {
		return err
	}
	asker := ask.New()
	g.closer(asker.Close)
	observers, err := g.withSpans([]bridge.Observer{g.calls, g.board, g.hub, g.book, g.records.collector, g.traces, g.metrics, g.homerCalls})
	if err != nil {
		return err
	}
	g.bridge = bridge.New(bridge.Config{
		Plan: g.file().Plan, Dialer: leg.NewDialer(g.core), Observers: observers, Meters: []bridge.Meter{g.book}, Watchers: []bridge.Watcher{g.events, g.board, g.hub, g.world}, State: g.world,
		Sounds: newSounds(g.file().Folder).find, Recorder: g, Tones: g.file().ToneCountry(), Mailboxes: g.desk, Asker: asker, Log: o.Log,
		MaxCalls: maxCalls, NewRoom: g.newRoom, Busy: g.engine.Busy, RoomChanged: g.events.RoomChanged,
	})
	g.bridge.SetRooms(rules.Rooms(g.file().Rooms))
	server := leg.NewServer(g.core, g.bridge)
	g.layer = txn.New(txn.Config{Trace: tracers(g.logged, g.traces.Message, g.metrics.Message, g.toHomer), Mute: g.core.Mute, Log: o.Log}, server)
	g.core.Attach(g.layer)
	g.attachOthers(server)
	g.closer(func() error { g.layer.Close(); return nil })
	g.connectWays(o)
	return nil
}

// serves says whether the host of a URI is one of ours.
func (g *Gateway) serves(host string) bool { return g.hosts.Load().has(host, g.own.has) }
