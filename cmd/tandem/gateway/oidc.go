package gateway

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/admin/oidc"
	"github.com/tandemgw/tandem/config"
)

// newService makes the sign-in service of a file; nil where it names none. Nothing is
// connected until somebody signs in.
func newService(file *config.File) (*api.Service, error) {
	o := file.OIDC
	if o.Issuer == "" {
		return nil, nil
	}
	c := oidc.Config{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: string(o.ClientSecret), Scopes: o.Scopes,
		Rules: oidc.Rules{Order: []string{config.RoleViewer, config.RoleOperator, config.RoleAdmin}, Else: o.Role},
	}
	for _, r := range o.Rules {
		c.Rules.Rules = append(c.Rules.Rules, oidc.Rule(r))
	}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("authorities of the sign-in service: %w", err)
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authorities of the sign-in service: %s has no certificate", o.CA)
		}
	}
	p := oidc.New(c)
	return &api.Service{
		Provider: p, Name: cmp.Or(o.Name, p.Host()), RedirectURL: o.RedirectURL,
		Mark: api.HashOf(fmt.Sprintf("%+v", o))[:16], // a Secret writes itself as redacted
	}, nil
}

// openService makes the sign-in service before anybody asks for it.
func (g *Gateway) openService() error {
	s, err := newService(g.file())
	if err == nil {
		g.service.Store(s)
	}
	return err
}

func (g *Gateway) prepareService(r *reload) error {
	next, err := newService(r.next)
	if err != nil {
		return err
	}
	r.commit(func() { g.service.Store(next) })
	return nil
}
