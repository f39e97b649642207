package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"time"
)

// Lifetimes. Browsers and phones refuse leaves of a trusted private CA above 825
// days; 90 makes a key that got away useless soon.
const (
	caYears  = 10
	caMargin = 100 * 24 * time.Hour // more than a leaf's life: a leaf never outlives its CA
	leafLife = 90 * 24 * time.Hour

	// backdate lets a device whose clock is behind accept a fresh certificate.
	backdate = time.Hour
)

// Files of the store.
const (
	caKeyFile = "ca.key"
	caFile    = "ca.pem"
	leafFile  = "leaf.key"
	dtlsFile  = "dtls.key"
)

// signer is a CA with its key.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newCA makes a self-signed authority that may sign leaves for TLS servers within
// its name constraints, and nothing else: no further authority, and by its extended
// key usage no program and no mail, which matters where a system's trust store
// serves those too. It returns the text of ca.key beside it.
func newCA(c LocalConfig, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	t := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"tandem"}, CommonName: caName(c.Hostname)},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.AddDate(caYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	c.constrain(t)
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := encodePair(key, der)
	return ca, key, text, err
}

// caName names the machine, so that a person with several such authorities in a
// trust store knows them apart. A common name has 64 characters (RFC 5280
// appendix A.1).
func caName(host string) string {
	const around = len("tandem local CA ()")
	if !validName(strings.ToLower(host)) {
		host = "localhost"
	}
	return "tandem local CA (" + host[:min(len(host), 64-around)] + ")"
}

// newLeaf issues the certificate of the listeners. Its chain ends below the CA,
// which a client must have anyway.
func newLeaf(by signer, host string, s subjects, now time.Time) (*tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	t := &x509.Certificate{
		// The subject is no DNS name, lest an old verifier take it for one.
		Subject:               pkix.Name{Organization: []string{"tandem"}, CommonName: "tandem gateway"},
		NotBefore:             later(now.Add(-backdate), by.cert.NotBefore),
		NotAfter:              now.Add(leafLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              s.names,
	}
	if validName(strings.ToLower(host)) {
		t.Subject.OrganizationalUnit = []string{host[:min(len(host), 64)]}
	}
	for _, a := range s.addrs {
		t.IPAddresses = append(t.IPAddresses, a.AsSlice())
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, &key.PublicKey, by.key)
	if err != nil {
		return nil, nil, err
	}
	text, err := encodePair(key, der)
	if err != nil {
		return nil, nil, err
	}
	pair, _, err := parsePair(text)
	return &pair, text, err
}

// renewAt is two thirds into the life of a leaf.
func renewAt(leaf *x509.Certificate) time.Time {
	return leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) * 2 / 3)
}

// nearEnd says whether a leaf signed now might outlive the CA.
func nearEnd(ca *x509.Certificate, now time.Time) bool {
	return now.Add(caMargin).After(ca.NotAfter)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
