package certs

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// CA is the public side of a local CA, as people install it.
type CA struct {
	Name        string    // common name, as trust stores list it
	PEM         []byte    // for Linux, Firefox, curl
	DER         []byte    // for Android, iOS, Windows
	Fingerprint string    // SHA-256, "AB:CD:..", for people to compare
	NotAfter    time.Time // when it ends
}

// ExportCA returns the CA's certificate. It never holds the key.
func (l *LocalCA) ExportCA() CA {
	l.mu.Lock()
	defer l.mu.Unlock()
	return export(l.ca)
}

// ExportCA reads the certificate of the local CA of a state directory, whether or
// not a gateway runs on it. It opens no private key and makes nothing; the error is
// fs.ErrNotExist where there is no CA yet.
func ExportCA(stateDir string) (CA, error) {
	path := filepath.Join(stateDir, dirName, caFile)
	text, _, err := readBounded(path)
	if err != nil {
		return CA{}, fmt.Errorf("read the local CA: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return CA{}, fmt.Errorf("read the local CA: %s: %w", path, errors.New("it holds no certificate"))
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return CA{}, fmt.Errorf("read the local CA: %s: %w", path, err)
	}
	return export(ca), nil
}

func export(ca *x509.Certificate) CA {
	return CA{
		Name:        ca.Subject.CommonName,
		PEM:         encodeCert(ca.Raw),
		DER:         ca.Raw,
		Fingerprint: fingerprint(ca.Raw),
		NotAfter:    ca.NotAfter,
	}
}
