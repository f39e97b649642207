package digest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	realm    = "example.test"
	source   = "192.0.2.7"
	uri      = "sip:example.test"
	password = "kq7-mz4p-2vxd"
)

func start() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }

func newVerifier(t *testing.T, c Config) *Verifier {
	t.Helper()
	if c.Realm == "" {
		c.Realm = realm
	}
	if err := c.Validate(); err != nil {
		t.Fatalf("Validate: %v", err)
	}
	return NewVerifier(c)
}

// users is a lookup of 201 alone.
func users(user string) ([]HA1, bool) {
	if user != "201" {
		return nil, false
	}
	return []HA1{NewHA1("201", realm, password)}, true
}

// answer is what a well-behaved phone sends; edit changes it after the response is
// computed.
type answer struct {
	user, password, method, uri, nc, cnonce, qop string
	algorithm                                    Algorithm
}

func phone() answer {
	return answer{"201", password, "REGISTER", uri, "00000001", "0a4f113b", "auth", MD5}
}

func nonceOf(t *testing.T, challenge string) string {
	t.Helper()
	p, err := parseHeader(challenge)
	if err != nil {
		t.Fatalf("challenge %q: %v", challenge, err)
	}
	return p["nonce"]
}

func (a answer) header(nonce string) string {
	ha1 := a.algorithm.hash(a.user, realm, a.password)
	ha2 := a.algorithm.hash(a.method, a.uri)
	parts := []string{ha1, nonce, a.nc, a.cnonce, a.qop, ha2}
	tail := `, qop=` + a.qop + `, nc=` + a.nc + `, cnonce="` + a.cnonce + `"`
	if a.qop == "" {
		parts, tail = []string{ha1, nonce, ha2}, ""
	}
	return `Digest username="` + a.user + `", realm="` + realm + `", nonce="` + nonce + `", uri="` + a.uri +
		`", response="` + a.algorithm.hash(parts...) + `", algorithm=` + string(a.algorithm) + tail
}

func register(header string) Request {
	return Request{Method: "REGISTER", URI: uri, Source: source, Header: header}
}

func TestChallengesKeepTheOrderAndShareANonce(t *testing.T) {
	v := newVerifier(t, Config{})
	got := v.Challenge(start(), source, []Algorithm{MD5, SHA256}, true)
	if len(got) != 2 {
		t.Fatalf("%d challenges, want 2", len(got))
	}
	for i, want := range []string{"MD5", "SHA-256"} {
		p, err := parseHeader(got[i])
		if err != nil {
			t.Fatal(err)
		}
		if p["algorithm"] != want || p["realm"] != realm || p["qop"] != "auth" || p["stale"] != "true" {
			t.Errorf("challenge %d = %q", i, got[i])
		}
	}
	if nonceOf(t, got[0]) != nonceOf(t, got[1]) {
		t.Errorf("the nonces differ")
	}
	plain := v.Challenge(start(), source, nil, false)
	if len(plain) != 1 || strings.Contains(plain[0], "stale") || !strings.Contains(plain[0], "algorithm=MD5") {
		t.Errorf("default challenge = %q, want MD5 without stale", plain)
	}
}

func TestRightCredentialsAreOK(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(a *answer)
	}{
		{"MD5", func(*answer) {}},
		{"SHA-256", func(a *answer) { a.algorithm = SHA256 }},
		{"without qop", func(a *answer) { a.qop = "" }},
		{"short nc", func(a *answer) { a.nc = "1" }},
		{"first count is not one", func(a *answer) { a.nc = "0000002a" }},
		{"nc above a signed number", func(a *answer) { a.nc = "fffffffe" }},
		{"capital qop", func(a *answer) { a.qop = "Auth" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			a := phone()
			tt.edit(&a)
			h := a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
			got := v.Verify(start().Add(time.Second), register(h), users)
			if want := (Result{Outcome: OK, User: "201", Algorithm: a.algorithm}); got != want {
				t.Errorf("Verify(%s) = %+v, want %+v", h, got, want)
			}
		})
	}
}

func TestMissingParameters(t *testing.T) {
	v := newVerifier(t, Config{})
	h := phone().header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
	for _, name := range []string{"username", "nonce", "uri", "response"} {
		_, rest, _ := strings.Cut(h, name+`="`)
		value, _, _ := strings.Cut(rest, `"`)
		cut := strings.Replace(h, name+`="`+value+`"`, "", 1)
		if got := v.Verify(start(), register(cut), users); got.Outcome != Malformed || !strings.Contains(got.Reason, name) {
			t.Errorf("without %s: %+v, want Malformed", name, got)
		}
	}
}

func TestEverySecretIsTried(t *testing.T) {
	secrets := make([]HA1, MaxSecrets+2)
	for i := range secrets {
		secrets[i] = NewHA1("201", realm, "password "+string(rune('a'+i)))
	}
	secrets[3] = HA1{SHA256: secrets[3].SHA256}
	lookup := func(string) ([]HA1, bool) { return secrets, true }
	for _, tt := range []struct {
		index     int
		algorithm Algorithm
		want      Outcome
	}{
		{0, MD5, OK},
		{2, SHA256, OK},
		{3, SHA256, OK},
		{3, MD5, Wrong}, // not stored
		{MaxSecrets - 1, MD5, OK},
		{MaxSecrets, MD5, Wrong}, // beyond the bound
	} {
		v := newVerifier(t, Config{})
		a := phone()
		a.password, a.algorithm = "password "+string(rune('a'+tt.index)), tt.algorithm
		h := a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
		got := v.Verify(start(), register(h), lookup)
		if got.Outcome != tt.want || got.Outcome == OK && got.Secret != tt.index {
			t.Errorf("secret %d by %s = %+v, want %v", tt.index, tt.algorithm, got, tt.want)
		}
	}
}

// The work is the same for a user that is not there: the same number of secrets is
// tried, and even the dummy's own response does not get in.
func TestUnknownUserIsMatchedAgainstDummies(t *testing.T) {
	v := newVerifier(t, Config{})
	c, res := v.read(phone().header(nonceOf(t, v.Challenge(start(), source, nil, false)[0])))
	if res.Outcome != OK {
		t.Fatal(res)
	}
	c.response = c.algorithm.hash(c.parts(v.dummy.MD5, c.algorithm.hash("REGISTER", uri))...)
	if i := v.match(c, "REGISTER", nil); i != -1 {
		t.Errorf("the dummy's response fits secret %d", i)
	}
	secrets := []HA1{NewHA1("201", realm, password)}
	none := testing.AllocsPerRun(20, func() { v.match(c, "REGISTER", nil) })
	one := testing.AllocsPerRun(20, func() { v.match(c, "REGISTER", secrets) })
	if none != one {
		t.Errorf("%v allocations for no secret and %v for one: the paths differ", none, one)
	}
}

func TestLookupIsNotAskedForBadNonces(t *testing.T) {
	v := newVerifier(t, Config{})
	h := tamper(phone().header(nonceOf(t, v.Challenge(start(), source, nil, false)[0])))
	v.Verify(start(), register(h), func(string) ([]HA1, bool) {
		t.Errorf("lookup was called")
		return nil, false
	})
}

func TestUserNamesWithTheRealm(t *testing.T) {
	v := newVerifier(t, Config{})
	a := phone()
	a.user = "201@example.test"
	h := a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
	var asked string
	got := v.Verify(start(), register(h), func(user string) ([]HA1, bool) {
		asked = user
		return []HA1{NewHA1("201", realm, password), NewHA1("201@"+realm, realm, password)}, true
	})
	if asked != "201" || got.Outcome != OK || got.User != "201" || got.Secret != 1 {
		t.Errorf("asked for %q, got %+v; want 201, OK with secret 1", asked, got)
	}
	for _, user := range []string{"201@other.test", "@example.test"} {
		if got := withoutRealm(user, realm); got != user {
			t.Errorf("withoutRealm(%q) = %q, want it unchanged", user, got)
		}
	}
}

func TestConfigIsValidated(t *testing.T) {
	bad := []Config{
		{},
		{Realm: `a"b`},
		{Realm: "a\nb"},
		{Realm: strings.Repeat("a", 129)},
		{Realm: realm, Key: []byte("short")},
		{Realm: realm, NonceLife: -1},
		{Realm: realm, Nonces: -1},
	}
	for i, c := range bad {
		if c.Validate() == nil {
			t.Errorf("config %d is taken", i)
		}
	}
}

func TestOutcomesHaveWords(t *testing.T) {
	var seen []string
	for o := Absent; o <= Unsupported+1; o++ {
		if s := o.String(); s == "" || slices.Contains(seen, s) {
			t.Errorf("outcome %d is %q", int(o), s)
		} else {
			seen = append(seen, s)
		}
	}
}
