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

func TestAttacksAndMistakes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(a *answer)       // before the response is computed
		header func(h string) string // after
		req    func(r *Request)      // the request around it
		later  time.Duration         // after the challenge
		want   Outcome
	}{
		{name: "wrong password", answer: func(a *answer) { a.password = "guess" }, want: Wrong},
		{name: "empty password", answer: func(a *answer) { a.password = "" }, want: Wrong},
		{name: "unknown user", answer: func(a *answer) { a.user = "999" }, want: UnknownUser},
		{name: "empty user", answer: func(a *answer) { a.user = "" }, want: UnknownUser},
		{name: "other user with the response of 201", header: swap(`"201"`, `"202"`), want: UnknownUser},
		{name: "wrong method", req: func(r *Request) { r.Method = "INVITE" }, want: Wrong},
		{name: "wrong uri", req: func(r *Request) { r.URI = "sip:900@example.test" }, want: Wrong},
		{
			name: "uri changed to that of the request", header: swap(`uri="sip:example.test"`, `uri="sip:900@example.test"`),
			req: func(r *Request) { r.URI = "sip:900@example.test" }, want: Wrong,
		},
		{name: "expired", later: 5*time.Minute + time.Second, want: Stale},
		{name: "nonce of the future", later: -time.Minute, want: Stale},
		{name: "other source", req: func(r *Request) { r.Source = "192.0.2.8" }, want: Stale},
		{name: "tampered nonce", header: tamper, want: Stale},
		{name: "own nonce", header: swapParam("nonce", "f00f"), want: Stale},
		{name: "empty response", header: swapParam("response", ""), want: Wrong},
		{name: "short response", header: swapParam("response", "00"), want: Wrong},
		{name: "response of the other algorithm's length", header: swapParam("response", strings.Repeat("0", 64)), want: Wrong},
		{name: "other cnonce", header: swapParam("cnonce", "ffff"), want: Wrong},
		{name: "other nc", header: swap("nc=00000001", "nc=00000002"), want: Wrong},
		{name: "qop taken away", header: swap(", qop=auth", ""), want: Wrong},
		{name: "other realm", header: swapParam("realm", "example.com"), want: Absent},
		{name: "no header", header: func(string) string { return "" }, want: Absent},
		{name: "basic", header: func(string) string { return "Basic MjAxOnB3" }, want: Absent},
		{name: "bearer", header: func(string) string { return "Bearer abc.def" }, want: Absent},
		{name: "empty credentials of an IMS phone", header: func(string) string {
			return `Digest username="201@example.test", realm="example.test", nonce="", uri="sip:example.test", response=""`
		}, want: Absent},
		{name: "huge", header: func(h string) string { return h + `, x="` + strings.Repeat("a", MaxHeader) + `"` }, want: Malformed},
		{name: "huge user", answer: func(a *answer) { a.user = strings.Repeat("2", maxUser+1) }, want: Malformed},
		{name: "many parameters", header: func(h string) string {
			for i := range 40 {
				h += ", x" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "=1"
			}
			return h
		}, want: Malformed},
		{name: "user twice", header: func(h string) string { return h + `, username="202"` }, want: Malformed},
		{name: "user twice in another case", header: func(h string) string { return h + `, UserName="202"` }, want: Malformed},
		{name: "no end of quotation", header: func(h string) string { return h + `, x="abc` }, want: Malformed},
		{name: "text after a quotation", header: swap(`"201"`, `"201"x`), want: Malformed},
		{name: "control character", header: swap(`"201"`, "\"20\x001\""), want: Malformed},
		{name: "line break in a value", header: swap(`"201"`, "\"20\r\n 1\""), want: Malformed},
		{name: "not UTF-8", header: swap(`"201"`, "\"20\xff1\""), want: Malformed},
		{name: "no name", header: func(h string) string { return h + `, ="x"` }, want: Malformed},
		{name: "no value", header: func(h string) string { return h + `, x` }, want: Malformed},
		{name: "negative nc", header: swap("nc=00000001", "nc=-1"), want: Malformed},
		{name: "nc of nine digits", header: swap("nc=00000001", "nc=000000001"), want: Malformed},
		{name: "nc is no number", header: swap("nc=00000001", "nc=zz"), want: Malformed},
		{name: "no nc", header: swap(", nc=00000001", ""), want: Malformed},
		{name: "no cnonce", header: swap(`, cnonce="0a4f113b"`, ""), want: Malformed},
		{name: "MD5-sess", header: swap("algorithm=MD5", "algorithm=MD5-sess"), want: Unsupported},
		{name: "unknown algorithm", header: swap("algorithm=MD5", "algorithm=AKAv1-MD5"), want: Unsupported},
		{name: "auth-int", header: swap("qop=auth", "qop=auth-int"), want: Unsupported},
		{name: "userhash", header: func(h string) string { return h + ", userhash=true" }, want: Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			a := phone()
			if tt.answer != nil {
				tt.answer(&a)
			}
			h := a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))
			if tt.header != nil {
				h = tt.header(h)
			}
			r := register(h)
			if tt.req != nil {
				tt.req(&r)
			}
			got := v.Verify(start().Add(tt.later), r, users)
			if got.Outcome != tt.want || got.Reason == "" {
				t.Errorf("Verify(%s) = %+v, want %v and a reason", h, got, tt.want)
			}
		})
	}
}

func swap(from, to string) func(string) string {
	return func(h string) string { return strings.Replace(h, from, to, 1) }
}

// swapParam gives a quoted parameter another value.
func swapParam(name, value string) func(string) string {
	return func(h string) string {
		before, rest, _ := strings.Cut(h, " "+name+`="`)
		_, after, _ := strings.Cut(rest, `"`)
		return before + " " + name + `="` + value + `"` + after
	}
}

// tamper makes the nonce a second younger.
func tamper(h string) string {
	before, rest, _ := strings.Cut(h, `nonce="`)
	digit := byte('0')
	if rest[10] == '0' {
		digit = '1'
	}
	return before + `nonce="` + rest[:10] + string(digit) + rest[11:]
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
