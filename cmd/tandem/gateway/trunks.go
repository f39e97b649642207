package gateway

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// openTrunks makes the carriers and PBXs of the configuration.
func (g *Gateway) openTrunks(o Options) error {
	all, believed, err := rules.Trunks(g.file())
	if err != nil {
		return err
	}
	g.believed.Store(believed)
	g.trunks = trunk.New(all, trunk.Deps{
		Send: g.client, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, Domain: g.file().Domain, Addresses: g.addresses,
		Online: func(user string) bool { return len(g.reg.Lookup(time.Now(), user)) > 0 },
		Secret: g.people.HasSecret, Binder: g.reg, Log: o.Log,
	})
	g.closer(g.trunks.Close)
	return nil
}

// addresses are those that a trunk's host is known to have, without asking.
func (g *Gateway) addresses(c trunk.Config) []netip.Addr {
	targets, ok := g.locator.Known(locate.Query{Host: c.Host, Port: c.Port, Transport: c.Transport})
	if !ok {
		return nil
	}
	out := make([]netip.Addr, len(targets))
	for i, t := range targets {
		out[i] = t.Addr.Addr()
	}
	return out
}

// trunkViews are the trunks as they stand.
func (g *Gateway) trunkViews() []admin.Trunk {
	accounts, secure, codecs := make(map[string]string), make(map[string]string), make(map[string][]string)
	for _, t := range g.file().Trunks {
		secure[t.Name], codecs[t.Name] = t.Secure, t.Codecs
		if r := t.Register; r != nil && r.Expires != config.Off {
			accounts[t.Name] = r.User + "@" + t.Host
		}
	}
	var views []admin.Trunk
	for _, s := range g.trunks.List() {
		v := trunkView(&s)
		v.Account, v.Secure, v.Codecs, v.Hour = accounts[s.Name], secure[s.Name], codecs[s.Name], g.hourOf(s.Name)
		views = append(views, v)
	}
	return views
}

// hourOf is how the calls over a trunk have gone lately; nil where there were none.
func (g *Gateway) hourOf(trunk string) *admin.TrunkHour {
	h := g.metrics.Hour(trunk)
	if h.Calls == 0 {
		return nil
	}
	v := &admin.TrunkHour{Calls: h.Calls, ASR: math.Round(1000*float64(h.Answered)/float64(h.Calls)) / 10}
	if h.Answered > 0 {
		v.ACDSeconds = math.Round(h.Talked.Seconds() / float64(h.Answered))
	}
	return v
}

// trunkView is a trunk as it stands, without what the file says of it.
func trunkView(s *trunk.State) admin.Trunk {
	v := admin.Trunk{
		Name: s.Name, Kind: s.Kind, Identities: s.Associated, Calls: s.Calls, MaxCalls: s.MaxCalls, MaxPerSecond: s.MaxPerSecond,
		Stand: admin.Stand{
			State: s.State, Since: s.Since, Contact: s.Contact, Address: s.Registrar, RoundTripMS: milliseconds(s.RoundTrip),
			LastError: s.Error, NextTry: s.Next, Expires: s.Expires,
		},
	}
	for _, a := range s.Accounts {
		v.Accounts = append(v.Accounts, admin.TrunkAccount{User: a.User, Account: a.Account, Stand: admin.Stand{
			State: a.State, Since: a.Since, Contact: a.Contact, Address: a.RegistrarAnswered, RoundTripMS: milliseconds(a.RoundTrip),
			LastError: a.Error, NextTry: a.Next, Expires: a.Expires,
		}})
	}
	return v
}

// probe asks a trunk now whether it is there.
func (g *Gateway) probe(ctx context.Context, name string) (admin.Trunk, error) {
	t := g.trunks.Find(name)
	if t == nil {
		return admin.Trunk{}, admin.NotFound("the configuration has no trunk %s", name)
	}
	s, err := t.Probe(ctx)
	if err != nil {
		return admin.Trunk{}, fmt.Errorf("%w: %w", admin.ErrConflict, err)
	}
	probed := trunkView(&s)
	for _, v := range g.trunkViews() { // with what the file says of it
		if v.Name == name {
			v.Stand = probed.Stand
			return v, nil
		}
	}
	return probed, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
