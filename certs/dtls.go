package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// dtlsMargin is how much of its life the media certificate must have left at start.
const dtlsMargin = 365 * 24 * time.Hour

// DTLS returns the certificate of the media, self-signed, ECDSA P-256, common name
// "tandem", valid 10 years, and its fingerprint as an SDP attribute has it:
// "sha-256 AB:CD:.." (RFC 8122 §5). It is kept in the state directory, so that a
// call can be taken up after a restart; an empty stateDir makes one for the process.
//
// Nobody trusts this certificate but by its fingerprint in each session description,
// so one that is damaged, within a year of its end, or open to other users is made
// anew. The error is one of reading or writing. Two processes that start at once on
// one directory get the same certificate.
func DTLS(stateDir string) (tls.Certificate, string, error) {
	st, err := openStore(stateDir)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	pair, err := readDTLS(st)
	if err != nil {
		pair, err = makeDTLS(st, err)
	}
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("media certificate: %w", err)
	}
	return pair, "sha-256 " + fingerprint(pair.Leaf.Raw), nil
}

// errUnusable says that the kept media certificate is there and will not do.
var errUnusable = errors.New("not usable")

func readDTLS(st store) (tls.Certificate, error) {
	text, err := st.readKey(dtlsFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, _, err := parsePair(text)
	if err != nil || time.Now().Add(dtlsMargin).After(pair.Leaf.NotAfter) {
		return tls.Certificate{}, errUnusable
	}
	return pair, nil
}

// makeDTLS makes a certificate; because says why the kept one was not taken.
func makeDTLS(st store, because error) (tls.Certificate, error) {
	missing := errors.Is(because, fs.ErrNotExist)
	if !missing && !errors.Is(because, errUnusable) && !errors.Is(because, ErrPermissions) {
		return tls.Certificate{}, because
	}
	pair, text, err := newDTLS(time.Now())
	switch {
	case err != nil || !st.keeps():
		return pair, err
	case !missing:
		return pair, st.replace(dtlsFile, text, 0o600)
	}
	err = st.create(dtlsFile, text, 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return tls.Certificate{}, err
	}
	return readDTLS(st) // ours, or that of the process that was first
}

func newDTLS(now time.Time) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "tandem"},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(caYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	text, err := encodePair(key, der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pair, _, err := parsePair(text)
	return pair, text, err
}
