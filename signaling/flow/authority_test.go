package flow

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// authority is a certificate authority of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

// newAuthority makes one; shape changes its certificate before it is signed.
func newAuthority(t *testing.T, shape func(*x509.Certificate)) *authority {
	t.Helper()
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if shape != nil {
		shape(c)
	}
	a := &authority{pool: x509.NewCertPool()}
	a.cert, a.key = sign(t, c, c, nil)
	a.pool.AddCert(a.cert)
	return a
}

// issue makes a certificate as c says.
func (a *authority) issue(t *testing.T, c *x509.Certificate) *tls.Certificate {
	t.Helper()
	cert, key := sign(t, c, a.cert, a.key)
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// named makes a certificate for DNS names.
func (a *authority) named(t *testing.T, names ...string) *tls.Certificate {
	t.Helper()
	return a.issue(t, &x509.Certificate{DNSNames: names})
}

// sign signs with by, or with the new key if by is nil.
func sign(t *testing.T, c, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if by == nil {
		by = key
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(time.Hour)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore = c.NotAfter.Add(-2 * time.Hour)
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// server is the configuration of a TLS listener that shows cert and verifies
// clients as auth says.
func (a *authority) server(cert *tls.Certificate, auth tls.ClientAuthType) *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil },
		ClientAuth:     auth, ClientCAs: a.pool, NextProtos: []string{"h2", "http/1.1"},
	}
}
