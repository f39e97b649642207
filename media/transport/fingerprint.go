package transport

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// hashFunction is one of those a=fingerprint may name (RFC 8122 §5). A later
// one is stronger; of those offered the strongest decides.
type hashFunction struct {
	name string
	sum  func([]byte) []byte
}

var hashFunctions = [...]hashFunction{
	{"sha-1", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }},
	{"sha-256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }},
	{"sha-384", func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }},
	{"sha-512", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }},
}

// maxFingerprints bounds how many values of a=fingerprint are looked at.
const maxFingerprints = 16

// fingerprints is what a certificate has to match: one of some values of one
// hash function.
type fingerprints struct {
	hash   int
	values [][]byte
}

var (
	errNoFingerprint    = errors.New("no usable certificate fingerprint")
	errWrongFingerprint = errors.New("certificate does not match the fingerprint")
)

// parseFingerprints reads values like "sha-256 AB:CD:...". Unknown functions
// are passed over; if nothing is left it is an error.
func parseFingerprints(values []string) (fingerprints, error) {
	f := fingerprints{hash: -1}
	if len(values) > maxFingerprints {
		values = values[:maxFingerprints]
	}
	for _, v := range values {
		name, text, _ := strings.Cut(strings.TrimSpace(v), " ")
		i := slices.IndexFunc(hashFunctions[:], func(h hashFunction) bool { return strings.EqualFold(h.name, name) })
		if i < f.hash || i < 0 {
			continue
		}
		sum, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
		if err != nil || len(sum) != len(hashFunctions[i].sum(nil)) {
			return fingerprints{}, fmt.Errorf("fingerprint %q is malformed", v)
		}
		if i > f.hash {
			f = fingerprints{hash: i}
		}
		f.values = append(f.values, sum)
	}
	if f.hash < 0 {
		return fingerprints{}, errNoFingerprint
	}
	return f, nil
}

// match reports whether the certificate cert (DER) is one of those promised.
func (f fingerprints) match(cert []byte) bool {
	if len(f.values) == 0 {
		return false
	}
	sum, found := hashFunctions[f.hash].sum(cert), 0
	for _, v := range f.values {
		found |= subtle.ConstantTimeCompare(sum, v)
	}
	return found == 1
}

func (f fingerprints) equal(g fingerprints) bool {
	return f.hash == g.hash && slices.EqualFunc(f.values, g.values, slices.Equal[[]byte])
}

// fingerprintOf returns the value of a=fingerprint for a certificate.
func fingerprintOf(cert []byte) string {
	sum := sha256.Sum256(cert)
	var b strings.Builder
	b.WriteString("sha-256 ")
	for i, o := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", o)
	}
	return b.String()
}
