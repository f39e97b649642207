package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// Algorithm is a digest algorithm by its registered name (RFC 7616 §6.1).
type Algorithm string

// The algorithms that are offered and answered.
const (
	MD5    Algorithm = "MD5"
	SHA256 Algorithm = "SHA-256"
)

// parseAlgorithm reads the algorithm parameter; none means MD5 (RFC 7616 §3.3).
func parseAlgorithm(s string) (Algorithm, bool) {
	switch strings.ToUpper(s) {
	case "", "MD5":
		return MD5, true
	case "SHA-256", "SHA256":
		return SHA256, true
	}
	return "", false
}

// hash is the lower-case hexadecimal H of RFC 7616 §3.3 over the parts joined by
// colons.
func (a Algorithm) hash(parts ...string) string {
	text := []byte(strings.Join(parts, ":"))
	if a == SHA256 {
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

// size is the length of a hash in hexadecimal digits.
func (a Algorithm) size() int {
	if a == SHA256 {
		return 2 * sha256.Size
	}
	return 2 * md5.Size
}

// HA1 is what is stored of a password: the hash of user, realm and password for each
// algorithm, in lower-case hexadecimal. Either may be empty, and is then not
// accepted. It is as good as the password for its realm, and prints as "redacted".
type HA1 struct{ MD5, SHA256 string }

// NewHA1 derives the HA1 of a password. Phones that send "user@realm" as their user
// name hash that name: give it as user to accept them as well.
func NewHA1(user, realm, password string) HA1 {
	return HA1{
		MD5:    MD5.hash(user, realm, password),
		SHA256: SHA256.hash(user, realm, password),
	}
}

// ParseHA1 takes hashes as a configuration has them. Either may be empty, not both.
func ParseHA1(md5Hex, sha256Hex string) (HA1, error) {
	h := HA1{MD5: strings.ToLower(md5Hex), SHA256: strings.ToLower(sha256Hex)}
	switch {
	case h == HA1{}:
		return HA1{}, errors.New("neither an MD5 nor a SHA-256 hash is given")
	case h.MD5 != "" && !isHex(h.MD5, MD5.size()):
		return HA1{}, errors.New("the MD5 hash is not of 32 hexadecimal digits")
	case h.SHA256 != "" && !isHex(h.SHA256, SHA256.size()):
		return HA1{}, errors.New("the SHA-256 hash is not of 64 hexadecimal digits")
	}
	return h, nil
}

func isHex(s string, size int) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == size
}

func (h HA1) of(a Algorithm) string {
	if a == SHA256 {
		return h.SHA256
	}
	return h.MD5
}

// String hides the hashes.
func (HA1) String() string { return "redacted" }

// GoString hides the hashes from %#v.
func (HA1) GoString() string { return "redacted" }
