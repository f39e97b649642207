package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math"
	"net/netip"
	"os"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/uac"
)

// openTrunks makes the carriers and PBXs of the configuration.
func (g *gateway) openTrunks(o gatewayOptions) error {
	all, believed, err := trunkConfigs(g.file())
	if err != nil {
		return err
	}
	g.believed.Store(believed)
	g.trunks = trunk.New(all, trunk.Deps{
		Send: g.client, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() }, Domain: g.file().Domain, Addresses: g.addresses,
		Online: func(user string) bool { return len(g.reg.Lookup(time.Now(), user)) > 0 },
		Secret: g.people.hasSecret, Binder: g.reg, Log: o.log,
	})
	g.closer(g.trunks.Close)
	return nil
}

// trunkConfigs are the trunks of a file, and the authorities that sign the certificates by
// which they prove themselves where they connect to us: nil for none.
func trunkConfigs(file *config.File) (all []trunk.Config, believed *x509.CertPool, err error) {
	for _, t := range file.Trunks {
		c, err := trunkConfig(t, file.Users)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, c)
		if t.CA == "" {
			continue
		}
		if believed == nil {
			believed = x509.NewCertPool()
		}
		if err := authorities(t, believed); err != nil {
			return nil, nil, err
		}
	}
	return all, believed, nil
}

// addresses are those that a trunk's host is known to have, without asking.
func (g *gateway) addresses(c trunk.Config) []netip.Addr {
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

// trunkConfig is a trunk of the file as package trunk takes it.
func trunkConfig(t config.Trunk, users []config.User) (trunk.Config, error) {
	c := trunk.Config{
		Name: t.Name, Host: t.Host, Port: t.Port, Transport: t.Transport, Proxy: t.Proxy, Allow: t.Allow, Codecs: t.Codecs, PTime: t.PTime, MaxPTime: t.MaxPTime, DTMF: t.DTMF,
		Video: t.Video, MaxCalls: t.MaxCalls, MaxPerSecond: t.MaxPerSecond, Identity: identity(t), Options: t.Options,
		Reliable: map[string]trunk.Reliable{"required": trunk.ReliableRequired, "off": trunk.ReliableOff}[t.Prack],
		Follow:   t.Follow, Messages: t.Messages, Trust: t.Trust,
	}
	if r := t.Register; r != nil {
		c.Register = &trunk.Account{
			User: r.User, AuthUser: r.AuthUser, Password: trunk.Secret(r.Password), Realm: r.Realm, Contact: r.Contact, Expires: r.Expires,
		}
	}
	if a := t.Accounts; a != nil {
		c.Accounts = &trunk.Accounts{Domain: a.Domain}
		if a.Mode == config.AccountsRelayed {
			c.Accounts.Mode = trunk.Relayed
		}
		for _, u := range users {
			if u.PBX != nil && u.PBX.Trunk == t.Name {
				c.Accounts.Held = append(c.Accounts.Held, trunk.Held{
					User: u.Name, Account: trunk.Account{User: u.PBX.User, Password: trunk.Secret(u.PBX.Password)},
				})
			}
		}
	}
	var err error
	if c.Security, err = security(t); err != nil {
		return c, err
	}
	return c, c.Validate()
}

// identity says how callers are shown to a trunk.
func identity(t config.Trunk) trunk.Identity {
	id := trunk.Identity{
		Privacy: map[string]trunk.Privacy{
			"id": trunk.PrivacyID, "header": trunk.PrivacyHeader, "none": trunk.PrivacyNone, "pass": trunk.PrivacyPass,
		}[t.Privacy],
		Diversion: map[string]trunk.DiversionField{
			"diversion": trunk.DiversionHeader, "history-info": trunk.DiversionHistory, "none": trunk.DiversionNone,
		}[t.Diversion],
	}
	fields := map[string]trunk.Field{"from": trunk.From, "pai": trunk.AssertedIdentity, "ppi": trunk.PreferredIdentity, "rpid": trunk.RemotePartyID}
	for _, name := range t.CallerID {
		id.Number = append(id.Number, fields[name])
	}
	return id
}

// security reads what we prove ourselves with to a trunk, and whom we believe.
func security(t config.Trunk) (uac.Identity, error) {
	var who uac.Identity
	if c := t.Certificate; c != nil {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return who, fmt.Errorf("trunk %q: %s and %s cannot be used together: %w", t.Name, c.Cert, c.Key, err)
		}
		who.Certificate = &pair
	}
	if t.CA != "" {
		who.Roots = x509.NewCertPool()
		return who, authorities(t, who.Roots)
	}
	return who, nil
}

// authorities adds those of a trunk's file to a pool.
func authorities(t config.Trunk, pool *x509.CertPool) error {
	pem, err := os.ReadFile(t.CA)
	switch {
	case err != nil:
		return fmt.Errorf("trunk %q: %s cannot be read: %w", t.Name, t.CA, why(err))
	case !pool.AppendCertsFromPEM(pem):
		return fmt.Errorf("trunk %q: %s holds no certificate in PEM", t.Name, t.CA)
	}
	return nil
}

// trunkViews are the trunks as they stand.
func (g *gateway) trunkViews() []admin.Trunk {
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
func (g *gateway) hourOf(trunk string) *admin.TrunkHour {
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
func (g *gateway) probe(ctx context.Context, name string) (admin.Trunk, error) {
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
