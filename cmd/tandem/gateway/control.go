package gateway

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/registrar"
)

// lastWords bounds how long answers that are being given may take at the end: each change
// waits for its line in the audit log.
const lastWords = 3 * time.Second

// openControl binds the socket that the other verbs talk to.
func (g *Gateway) openControl(o Options) error {
	if o.Control == "" {
		return nil
	}
	listener, err := admin.ListenControl(context.Background(), o.Control)
	switch {
	case errors.Is(err, admin.ErrHeld):
		return err
	case err != nil: // calls do not need it
		o.Log.Warn("no control socket: status, trunks and other verbs will not reach this gateway", "path", o.Control, "reason", err)
		return nil
	}
	w := webListener{Listener: listener, server: admin.Server(g.withProfiles(api.Local(g.api)), o.Log)}
	g.control = &w
	g.closer(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), lastWords)
		defer cancel()
		g.hub.Close()              // who follows something is told nothing more
		_ = w.server.Shutdown(ctx) // who asked for the end is told of it
		return w.close()
	})
	return nil
}

// status is the gateway at a glance.
func (g *Gateway) status() admin.Status {
	s := admin.Status{
		Version: g.options.Version, PID: os.Getpid(), Since: g.since, Domain: g.file().Domain, Ready: g.ready.Load(), Listening: g.places(),
		Calls: g.board.count(), Users: g.people.Count(), Faults: g.records.faults(), Reload: g.lastReload.Load(),
	}
	if until := g.draining.Load(); until != nil {
		s.Draining, s.Until, s.Ready = true, *until, false
	}
	for _, n := range g.reg.Users(time.Now()) {
		s.Registrations += n
	}
	for _, t := range g.trunkViews() {
		s.Trunks++
		switch t.State {
		case "registered", "reachable", "unchecked":
			s.TrunksUp++
		}
	}
	return s
}

// registrationViews are all devices.
func (g *Gateway) registrationViews() []admin.Registration {
	all := g.reg.List(time.Now())
	views := make([]admin.Registration, len(all))
	for i := range all {
		views[i] = registrationView(&all[i])
	}
	return views
}

func registrationView(b *registrar.Binding) admin.Registration {
	var path []string
	for _, p := range b.Path {
		path = append(path, p.String())
	}
	return admin.Registration{
		ID: b.ID(), Path: path,
		User: b.User, UserAgent: b.UserAgent, Transport: b.Flow.Kind().String(), Address: b.Flow.Remote().String(),
		Contact: b.Contact.String(), Translated: translated(b), Instance: strings.Trim(b.Instance, "<>"),
		Since: b.Since, Expires: b.Expires, LastSeen: b.Seen(),
	}
}

// translated says whether a device was seen at another address than it wrote. That
// of a browser knows none, and a name may be anybody's.
func translated(b *registrar.Binding) bool {
	if k := b.Flow.Kind(); k == flow.WS || k == flow.WSS {
		return false
	}
	ip := net.ParseIP(strings.Trim(b.Contact.Host, "[]"))
	return ip != nil && !ip.Equal(net.IP(b.Flow.Remote().Addr().Unmap().AsSlice()))
}

// userViews are the people of the configuration, then those of the store.
func (g *Gateway) userViews() []admin.User {
	devices := g.reg.Users(time.Now())
	views := make([]admin.User, len(g.file().Users))
	for i, u := range g.file().Users {
		views[i] = admin.User{Name: u.Name, DisplayName: u.DisplayName, Devices: devices[u.Name], Source: people.SourceFile}
	}
	for _, u := range g.people.OnlyStored() {
		u.Devices = devices[u.Name]
		views = append(views, u)
	}
	return views
}

// places are where phones and browsers are served at.
func (g *Gateway) places() []string {
	var all []string
	l := g.listening()
	for _, s := range l.udp {
		all = append(all, s.Addr().String()+"/udp")
	}
	for _, s := range l.streams {
		all = append(all, s.Addr().String()+"/"+s.transport)
	}
	for _, w := range l.web {
		scheme := "/http"
		if w.secure {
			scheme = "/https"
		}
		all = append(all, w.Addr().String()+scheme)
	}
	return all
}
