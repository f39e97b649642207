package gateway

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/config"
)

// acmeSource asks an authority for the certificate of the domain; until it is there
// the local CA's is served.
func acmeSource(file *config.File, o Options, meanwhile certs.Source) (certs.Source, error) {
	t := file.TLS
	c := certs.ACMEConfig{
		StateDir: o.State, Names: []string{file.Domain}, Email: t.Email, Directory: t.Directory,
		Port: securePort(file), Meanwhile: meanwhile, Logger: o.Log,
	}
	if t.Account != nil {
		c.KeyID, c.MACKey = t.Account.ID, string(t.Account.Key)
	}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("read whom to believe about the authority: %w", err)
		}
		c.Roots = x509.NewCertPool()
		if !c.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", t.CA)
		}
	}
	return certs.ACME(c)
}
