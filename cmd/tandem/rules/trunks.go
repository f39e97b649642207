package rules

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Trunks are the trunks of a file, and the authorities that sign the certificates by
// which they prove themselves where they connect to us: nil for none.
func Trunks(file *config.File) (all []trunk.Config, believed *x509.CertPool, err error) {
	for _, t := range file.Trunks {
		c, err := Trunk(t, file.Users)
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

// Trunk is a trunk of the file as package trunk takes it.
func Trunk(t config.Trunk, users []config.User) (trunk.Config, error) {
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
		return fmt.Errorf("trunk %q: %s cannot be read: %w", t.Name, t.CA, machine.Why(err))
	case !pool.AppendCertsFromPEM(pem):
		return fmt.Errorf("trunk %q: %s holds no certificate in PEM", t.Name, t.CA)
	}
	return nil
}
