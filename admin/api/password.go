package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What HashPassword uses: RFC 9106 §4 leaves it to the machine; this takes some 20 ms
// and 19 MiB, and one at a time is computed.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashSalt    = 16
	hashLength  = 32
)

// Bounds of the hashes that CheckPassword takes, so that a file cannot ask for more
// memory than there is.
const (
	maxHashMemory = 256 << 10 // KiB
	maxHashPasses = 16
	maxHashText   = 512
)

// MinPassword and MaxPassword bound the passwords of people, in octets.
const (
	MinPassword = 8
	MaxPassword = 256
)

// hash is an argon2id hash of a password (RFC 9106) with what it was made with.
type hash struct {
	memory, passes uint32
	threads        uint8
	salt, sum      []byte
}

// HashPassword makes what the password_hash of an admin block holds: a PHC string. The
// error says what is wrong with the password.
func HashPassword(password string) (string, error) {
	if len(password) < MinPassword || len(password) > MaxPassword {
		return "", fmt.Errorf("a password has %d to %d octets", MinPassword, MaxPassword)
	}
	h := hash{memory: hashMemory, passes: hashPasses, threads: hashThreads, salt: make([]byte, hashSalt)}
	rand.Read(h.salt) // never fails: crypto/rand.Read's documentation
	h.sum = argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, hashLength)
	return h.String(), nil
}

// String gives a hash as a PHC string.
func (h hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads, encode(h.salt), encode(h.sum))
}

// errHash is said of every hash that cannot be read.
var errHash = errors.New("it is no argon2id hash as `tandem admins hash` makes it")

// CheckHash says whether a text is a hash of a password that CheckPassword takes.
func CheckHash(text string) error {
	_, err := parseHash(text)
	return err
}

func parseHash(text string) (h hash, err error) {
	parts := strings.Split(text, "$")
	if len(text) > maxHashText || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, errHash
	}
	if err := h.parameters(parts[3]); err != nil {
		return h, err
	}
	decode := base64.RawStdEncoding.Strict().DecodeString
	if h.salt, err = decode(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, errHash
	}
	if h.sum, err = decode(parts[5]); err != nil || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, errHash
	}
	return h, nil
}

// parameters reads "m=19456,t=2,p=1".
func (h *hash) parameters(text string) error {
	words := strings.Split(text, ",")
	if len(words) != 3 {
		return errHash
	}
	var values [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(words[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || v == 0 {
			return errHash
		}
		values[i] = v
	}
	if values[0] > maxHashMemory || values[1] > maxHashPasses || values[2] > 16 || values[0] < 8*values[2] {
		return errHash
	}
	h.memory, h.passes, h.threads = uint32(values[0]), uint32(values[1]), uint8(values[2])
	return nil
}

// fits says whether a password is that of the hash.
func (h hash) fits(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}
