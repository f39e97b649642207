package sdp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	key30 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // RFC 4568 §4.1
	key28 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
	key46 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ=="
)

func TestCryptoAttributesAreReadAsRFC4568WritesThem(t *testing.T) {
	tests := map[string]struct {
		value string
		suite Suite
		err   error
	}{
		"the RFC's":            {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4 FEC_ORDER=FEC_SRTP", SuiteNone, errCryptoParam},
		"lifetime and MKI":     {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4", AES128CMSHA80, nil},
		"MKI alone":            {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1:4", AES128CMSHA80, nil},
		"lifetime as a number": {"7 AES_CM_128_HMAC_SHA1_32 inline:" + key30 + "|1048576", AES128CMSHA32, nil},
		"lower case":           {"1 aes_cm_128_hmac_sha1_80 INLINE:" + key30, AES128CMSHA80, nil},
		"GCM":                  {"2 AEAD_AES_128_GCM inline:" + key28, AES128GCM, nil},
		"no padding":           {"2 AEAD_AES_128_GCM inline:" + strings.TrimRight(key28, "="), AES128GCM, nil},
		"256 as RFC 6188":      {"3 AES_256_CM_HMAC_SHA1_80 inline:" + key46, AES256CMSHA80, nil},
		"256 as others":        {"3 AES_CM_256_HMAC_SHA1_80 inline:" + key46, AES256CMSHA80, nil},
		"window hint":          {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " WSH=128", AES128CMSHA80, nil},
		"optional extension":   {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " -x=1", AES128CMSHA80, nil},
		"KDR 0":                {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " KDR=0", AES128CMSHA80, nil},
		"KDR":                  {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " KDR=3", SuiteNone, errCryptoParam},
		"unencrypted":          {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNENCRYPTED_SRTP", SuiteNone, errCryptoParam},
		"unencrypted RTCP":     {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " unencrypted_srtcp", SuiteNone, errCryptoParam},
		"unauthenticated":      {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNAUTHENTICATED_SRTP", SuiteNone, errCryptoParam},
		"unknown parameter":    {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " SPEED=1", SuiteNone, errCryptoParam},
		"unknown suite":        {"1 F8_128_HMAC_SHA1_80 inline:" + key30, SuiteNone, errCryptoSuite},
		"no encryption":        {"1 NULL_HMAC_SHA1_80 inline:" + key30, SuiteNone, errCryptoSuite},
		"short key":            {"1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", SuiteNone, errCryptoKey},
		"key of another suite": {"1 AEAD_AES_128_GCM inline:" + key30, SuiteNone, errCryptoKey},
		"no base64":            {"1 AES_CM_128_HMAC_SHA1_80 inline:****", SuiteNone, errCryptoKey},
		"two keys":             {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4;inline:" + key30 + "|2^20|2:4", SuiteNone, errCryptoMKI},
		"MKI too large":        {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|300:1", SuiteNone, errCryptoMKI},
		"MKI of no octets":     {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1:0", SuiteNone, errCryptoMKI},
		"endless life":         {"1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^49", SuiteNone, errCryptoLifetime},
		"other method":         {"1 AES_CM_128_HMAC_SHA1_80 url:" + key30, SuiteNone, errCryptoForm},
		"tag 0":                {"0 AES_CM_128_HMAC_SHA1_80 inline:" + key30, SuiteNone, errCryptoForm},
		"no tag":               {"AES_CM_128_HMAC_SHA1_80 inline:" + key30, SuiteNone, errCryptoForm},
		"nothing":              {"", SuiteNone, errCryptoForm},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := ParseCrypto(tt.value)
			if c.Suite != tt.suite || !errors.Is(err, tt.err) {
				t.Fatalf("ParseCrypto = %v, %v; want %v, %v", c, err, tt.suite, tt.err)
			}
			if err != nil {
				return
			}
			again, err := ParseCrypto(c.value())
			if c.MKI = ""; err != nil || again != c {
				t.Errorf("written and read again: %v, %v", again, err)
			}
		})
	}
}

func TestMKIIsTheNumberInItsOctets(t *testing.T) {
	c, err := ParseCrypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|258:4")
	if err != nil || string(c.MKI) != "\x00\x00\x01\x02" {
		t.Errorf("MKI = %q, %v", []byte(c.MKI), err)
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	c, err := ParseCrypto("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30)
	if err != nil {
		t.Fatal(err)
	}
	raw := string(c.Key)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "crypto", c, "key", c.Key, "stream", Stream{Security: Security{Ours: c}})
	all := []string{string(b), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		all = append(all, fmt.Sprintf(verb, c), fmt.Sprintf(verb, c.Key), fmt.Sprintf(verb, &c), fmt.Sprintf(verb, Stream{Security: Security{Ours: c}}))
	}
	for _, text := range all {
		if strings.Contains(text, raw) || strings.Contains(text, key30) || strings.Contains(text, fmt.Sprintf("%x", []byte(raw))) {
			t.Errorf("a key is printed: %s", text)
		}
	}
}

func FuzzCrypto(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4")
	f.Add("2 AEAD_AES_256_GCM inline:" + key46 + " WSH=64")
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:|;|: KDR=")
	f.Fuzz(func(t *testing.T, value string) {
		c, err := ParseCrypto(value)
		if err != nil {
			return
		}
		key, salt := c.Suite.KeyLen()
		if len(c.Key) != key+salt || c.Tag < 1 || len(c.MKI) > maxMKI {
			t.Fatalf("ParseCrypto(%q) = %v", value, c)
		}
		again, err := ParseCrypto(c.value())
		if c.MKI = ""; err != nil || again != c {
			t.Fatalf("written and read again: %v, %v", again, err)
		}
	})
}
