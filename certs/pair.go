package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// encodePair writes a private key and its chain, leaf first, as one PEM text.
func encodePair(key *ecdsa.PrivateKey, chain ...[]byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a private key: %w", err)
	}
	var b bytes.Buffer
	b.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, c := range chain {
		b.Write(encodeCert(c))
	}
	return b.Bytes(), nil
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// parsePair reads what encodePair wrote. The key must be that of the first
// certificate. Its errors name no content of the file.
func parsePair(b []byte) (tls.Certificate, *ecdsa.PrivateKey, error) {
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return tls.Certificate{}, nil, errors.New("the private key is not of the kind that tandem makes (ECDSA)")
	}
	return pair, key, nil
}

// fingerprint is the SHA-256 of a certificate as people compare it and as
// RFC 8122 §5 writes it: "AB:CD:..".
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, v := range sum {
		parts[i] = fmt.Sprintf("%02X", v)
	}
	return strings.Join(parts, ":")
}
