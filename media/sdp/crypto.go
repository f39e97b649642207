package sdp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Suite is how SRTP encrypts and authenticates (RFC 4568 §6.2, RFC 6188 §4, RFC
// 7714 §14).
type Suite uint8

// The suites that we know.
const (
	SuiteNone Suite = iota
	AES128CMSHA80
	AES128CMSHA32
	AES256CMSHA80
	AES128GCM
	AES256GCM
)

var suites = [...]struct {
	name, other string // other: how some write it
	key, salt   int    // octets
}{
	AES128CMSHA80: {"AES_CM_128_HMAC_SHA1_80", "AES_128_CM_HMAC_SHA1_80", 16, 14},
	AES128CMSHA32: {"AES_CM_128_HMAC_SHA1_32", "AES_128_CM_HMAC_SHA1_32", 16, 14},
	AES256CMSHA80: {"AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_80", 32, 14},
	AES128GCM:     {"AEAD_AES_128_GCM", "AEAD_AES_128_GCM_16", 16, 12},
	AES256GCM:     {"AEAD_AES_256_GCM", "AEAD_AES_256_GCM_16", 32, 12},
}

// String returns the registered name, "none" for SuiteNone.
func (s Suite) String() string {
	if s == SuiteNone || int(s) >= len(suites) {
		return "none"
	}
	return suites[s].name
}

// KeyLen returns the octets of the master key and of the master salt.
func (s Suite) KeyLen() (key, salt int) {
	if int(s) >= len(suites) {
		return 0, 0
	}
	return suites[s].key, suites[s].salt
}

// Secret is key material, as octets. However it is printed, it says "redacted".
type Secret string

// String hides the secret.
func (Secret) String() string { return "redacted" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "redacted" }

// Format hides the secret from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("redacted")) }

// LogValue hides the secret in logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("redacted") }

// MarshalText hides the secret in what is encoded.
func (Secret) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

// Crypto is one a=crypto attribute (RFC 4568 §9.1): a suite, and the key of what
// its writer sends. Cryptos are comparable; the zero Crypto stands for none.
type Crypto struct {
	// Tag is what the answer names the attribute of an offer by, 1 to 999999999.
	Tag   int
	Suite Suite
	// Key is the master key and the master salt behind it.
	Key Secret
	// MKI is the master key identifier that packets carry (RFC 3711 §3.1), as
	// octets; empty for none.
	MKI Secret

	name string // the suite as the far side spells it; empty: as it is registered
}

// IsZero reports whether c stands for none.
func (c Crypto) IsZero() bool { return c.Suite == SuiteNone }

// String returns the attribute without its key.
func (c Crypto) String() string {
	return strconv.Itoa(c.Tag) + " " + c.Suite.String() + " inline:redacted"
}

// GoString hides the key from %#v.
func (c Crypto) GoString() string { return c.String() }

// value is what stands behind a=crypto:, the key included.
func (c Crypto) value() string {
	name := c.name
	if name == "" {
		name = c.Suite.String()
	}
	return strconv.Itoa(c.Tag) + " " + name + " inline:" + base64.StdEncoding.EncodeToString([]byte(c.Key))
}

// Limits of a crypto attribute.
const (
	maxCryptos = 16  // looked at in one description
	maxMKI     = 128 // octets (RFC 4568 §6.1)
)

// Why a crypto attribute cannot be used. No error says anything of a key.
var (
	errCryptoForm     = errors.New("a=crypto is malformed")
	errCryptoSuite    = errors.New("a=crypto has a suite that is not known here")
	errCryptoKey      = errors.New("a=crypto has a key of the wrong length")
	errCryptoMKI      = errors.New("a=crypto has several keys or a master key identifier that is malformed")
	errCryptoLifetime = errors.New("a=crypto has a malformed key lifetime")
	errCryptoParam    = errors.New("a=crypto asks for session parameters that are not served")
)

// ParseCrypto reads the value of an a=crypto attribute (RFC 4568 §9.1):
//
//	1 AES_CM_128_HMAC_SHA1_80 inline:<base64>[|2^20][|1:4] [WSH=64 ...]
//
// Session parameters that take encryption or authentication away, or change how
// keys are derived, make it unusable, and so do unknown ones (§6.3). The lifetime
// is checked and not kept: a call does not reach the 2^31 packets of SRTCP.
func ParseCrypto(value string) (Crypto, error) {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return Crypto{}, errCryptoForm
	}
	tag, err := strconv.ParseUint(fields[0], 10, 31)
	if err != nil || tag == 0 || len(fields[0]) > 9 {
		return Crypto{}, errCryptoForm
	}
	c := Crypto{Tag: int(tag), Suite: suiteOf(fields[1])}
	if c.Suite == SuiteNone {
		return Crypto{}, errCryptoSuite
	}
	if fields[1] != c.Suite.String() {
		c.name = fields[1]
	}
	if err := c.readKey(fields[2]); err != nil {
		return Crypto{}, err
	}
	for _, p := range fields[3:] {
		if !harmless(p) {
			return Crypto{}, errCryptoParam
		}
	}
	return c, nil
}

func suiteOf(name string) Suite {
	for s := AES128CMSHA80; int(s) < len(suites); s++ {
		if strings.EqualFold(name, suites[s].name) || strings.EqualFold(name, suites[s].other) {
			return s
		}
	}
	return SuiteNone
}

// readKey reads one key parameter: inline:key||salt[|lifetime][|MKI:length].
func (c *Crypto) readKey(param string) error {
	method, info, ok := strings.Cut(param, ":")
	if !ok || !strings.EqualFold(method, "inline") {
		return errCryptoForm
	}
	if strings.Contains(info, ";") {
		return errCryptoMKI
	}
	parts := strings.Split(info, "|")
	if len(parts) > 3 {
		return errCryptoForm
	}
	key, err := decodeKey(parts[0])
	if want, salt := c.Suite.KeyLen(); err != nil || len(key) != want+salt {
		return errCryptoKey
	}
	c.Key = Secret(key)
	for i, p := range parts[1:] {
		if number, length, isMKI := strings.Cut(p, ":"); isMKI && i == len(parts)-2 {
			if c.MKI, ok = readMKI(number, length); !ok {
				return errCryptoMKI
			}
			continue
		}
		if i > 0 || !isLifetime(p) {
			return errCryptoLifetime
		}
	}
	return nil
}

// decodeKey reads base64, also where the padding was left out.
func decodeKey(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
}

// isLifetime reads 2^n or a number of packets.
func isLifetime(text string) bool {
	power, isPower := strings.CutPrefix(text, "2^")
	if isPower {
		n, err := strconv.ParseUint(power, 10, 8)
		return err == nil && n <= 48
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n > 0 && n <= 1<<48
}

// readMKI reads a decimal number and how many octets it has in a packet.
func readMKI(number, length string) (Secret, bool) {
	n, err := strconv.ParseUint(number, 10, 64)
	size, err2 := strconv.ParseUint(length, 10, 8)
	if err != nil || err2 != nil || size == 0 || size > maxMKI {
		return "", false
	}
	b := make([]byte, size)
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(n)
		n >>= 8
	}
	return Secret(b), n == 0
}

// harmless reports whether a session parameter may be there (RFC 4568 §6.3): what
// begins with "-" may be ignored, a window size hint is one, and a key derivation
// rate of 0 is ours.
func harmless(param string) bool {
	name, value, _ := strings.Cut(strings.ToUpper(param), "=")
	switch {
	case strings.HasPrefix(name, "-"):
		return true
	case name == "WSH":
		_, err := strconv.ParseUint(value, 10, 16)
		return err == nil
	case name == "KDR":
		return value == "0"
	}
	return false
}

// readCryptos returns the usable a=crypto of the m-line, else of the session, in
// their order; why is what was wrong with the first that cannot be used.
func readCryptos(levels [][]Line) (found []Crypto, why error) {
	for _, lines := range levels[:min(2, len(levels))] {
		seen := 0
		for name, value := range attributes(lines) {
			if name != "crypto" {
				continue
			}
			if seen++; seen > maxCryptos {
				break
			}
			c, err := ParseCrypto(value)
			if err == nil {
				found = append(found, c)
			} else if why == nil {
				why = err
			}
		}
		if seen > 0 {
			return found, why
		}
	}
	return nil, nil
}
