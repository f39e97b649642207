package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
)

// acmeTries bounds one attempt at a certificate; certmagic tries again, later and
// later, for as long as Run runs.
const acmeTries = 2 * time.Minute

// ACMEConfig says whom an ACMESource asks, and for what.
type ACMEConfig struct {
	StateDir string   // certificates and the account lie in certs/acme below it
	Names    []string // DNS names of the one certificate's owner, the SIP domain first; at least one
	Email    string   // where the authority writes to when something is wrong; may be empty
	// Directory is the authority's directory (RFC 8555 §7.1.1), an https URL. Empty is Let's Encrypt's.
	Directory string
	Roots     *x509.CertPool // believed when the authority is talked to; nil means the system's
	KeyID     string         // of an account that the authority knows outside of ACME (RFC 8555 §7.3.4); may be empty
	MACKey    string         // its key, base64url as the authority gives it
	// Port is of our TLS listener that the authority's knock at 443 (RFC 8737 §3) comes to. It must be listened at
	// with TLSConfig before Run.
	Port      int
	Meanwhile Source // serves until there is a certificate, and who asks for another name; needed
	Logger    *slog.Logger
}

// ACMESource gets certificates from an authority by ACME (RFC 8555) and renews them
// when a third of their life is left. It proves the names by TLS-ALPN (RFC 8737) on
// the listeners that serve its TLSConfig.
type ACMESource struct {
	names []string // lower case
	magic *certmagic.Config
	cache *certmagic.Cache
	plain *tls.Config // of Meanwhile
	mean  Source
	log   *slog.Logger
}

var _ Source = (*ACMESource)(nil)

// ACME makes a source. It asks nobody before Run; what is kept from before is
// served at once.
func ACME(c ACMEConfig) (*ACMESource, error) {
	if len(c.Names) == 0 {
		return nil, fmt.Errorf("acme: no name to ask a certificate for")
	}
	a := &ACMESource{plain: c.Meanwhile.TLSConfig(), mean: c.Meanwhile, log: loggerOr(c.Logger)}
	for _, n := range c.Names {
		a.names = append(a.names, strings.ToLower(n))
	}
	kept, err := openStore(c.StateDir)
	if err != nil {
		return nil, err
	}
	logger := zapTo(a.log)
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		Logger:           logger,
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage:           &certmagic.FileStorage{Path: kept.path("acme")},
		DefaultServerName: a.names[0],
		Logger:            logger,
		OnEvent:           a.event,
	})
	issuer := certmagic.ACMEIssuer{
		CA: c.Directory, Email: c.Email, Agreed: true, TrustedRoots: c.Roots, CertObtainTimeout: acmeTries,
		AltTLSALPNPort: c.Port, DisableHTTPChallenge: true, Logger: logger,
	}
	if c.Directory == "" {
		issuer.CA, issuer.TestCA = certmagic.LetsEncryptProductionCA, certmagic.LetsEncryptStagingCA
	}
	if c.KeyID != "" {
		issuer.ExternalAccount = &acme.EAB{KeyID: c.KeyID, MACKey: c.MACKey}
	}
	a.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(a.magic, issuer)}
	for _, n := range a.names {
		if _, err := a.magic.CacheManagedCertificate(context.Background(), n); err == nil {
			a.log.Info("certificate kept from before", "name", n)
		}
	}
	return a, nil
}

// TLSConfig implements Source. An authority that knocks (ALPN acme-tls/1) is shown
// its own proof, whatever protocols the caller sets.
func (a *ACMESource) TLSConfig() *tls.Config {
	proof := &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: a.magic.GetCertificate, NextProtos: []string{acmez.ACMETLS1Protocol},
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: a.certificate,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.Equal(hello.SupportedProtos, proof.NextProtos) {
				return proof, nil
			}
			return nil, nil
		},
	}
}

// certificate finds one for a client: ours for our names and for clients that name
// none, else what is served meanwhile. certmagic is not asked for strangers' names.
func (a *ACMESource) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if name == "" || slices.Contains(a.names, name) {
		if c, err := a.magic.GetCertificate(hello); err == nil && c != nil && len(c.Certificate) > 0 {
			return c, nil
		}
	}
	return a.plain.GetCertificate(hello)
}

// Run implements Source: it gets what is missing, and renews.
func (a *ACMESource) Run(ctx context.Context) error {
	defer a.cache.Stop()
	done := make(chan error, 1)
	go func() { done <- a.mean.Run(ctx) }()
	if err := a.magic.ManageAsync(ctx, a.names); err != nil && ctx.Err() == nil {
		a.log.Error("no certificate from the authority", "error", err)
	}
	return <-done
}

// event puts certmagic's news into our words.
func (a *ACMESource) event(_ context.Context, name string, data map[string]any) error {
	switch name {
	case "cert_obtained":
		a.log.Info("certificate obtained", "name", data["identifier"], "renewal", data["renewal"])
	case "cert_failed":
		a.log.Error("no certificate from the authority; it is asked again later", "name", data["identifier"],
			"error", data["error"], "cure", "the name must lead to this machine, and port 443 of it must be reached from outside")
	}
	return nil
}
