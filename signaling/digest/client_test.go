package digest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func account() Account { return Account{User: "201", Password: password} }

func TestClientIsAcceptedByVerifier(t *testing.T) {
	for _, tt := range []struct {
		name    string
		account Account
		order   []Algorithm
		want    Algorithm
	}{
		{"MD5 alone", account(), []Algorithm{MD5}, MD5},
		{"the strongest of both", account(), []Algorithm{MD5, SHA256}, SHA256},
		{"the strongest, other order", account(), []Algorithm{SHA256, MD5}, SHA256},
		{"HA1", Account{User: "201", HA1: NewHA1("201", realm, password)}, []Algorithm{MD5, SHA256}, SHA256},
		{"HA1 of MD5 only", Account{User: "201", HA1: HA1{MD5: MD5.hash("201", realm, password)}}, []Algorithm{SHA256, MD5}, MD5},
		{"own realm", Account{User: "201", Password: password, Realm: realm}, []Algorithm{MD5}, MD5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			long := "sip:900@example.test;transport=udp;user=phone"
			h, err := Answer(tt.account, Proxy, v.Challenge(start(), source, tt.order, false), "INVITE", long)
			if err != nil || len(h) != 1 || h[0].Name != "Proxy-Authorization" {
				t.Fatalf("Answer = %v, %v", h, err)
			}
			if !strings.Contains(h[0].Value, `uri="`+long+`"`) {
				t.Errorf("the digest URI is not the whole Request-URI: %s", h[0].Value)
			}
			got := v.Verify(start(), Request{"INVITE", long, source, h[0].Value}, users)
			if got.Outcome != OK || got.Algorithm != tt.want {
				t.Errorf("Verify = %+v, want OK by %s", got, tt.want)
			}
		})
	}
}

func TestClientCountsUsesOfANonce(t *testing.T) {
	v := newVerifier(t, Config{})
	c := NewClient(account())
	if h := c.Preempt("REGISTER", uri); h != nil {
		t.Errorf("Preempt before a challenge = %v, want none", h)
	}
	challenge := v.Challenge(start(), source, nil, false)
	h, err := c.Answer(Server, challenge, "REGISTER", uri)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if h[0].Name != "Authorization" || !strings.Contains(h[0].Value, fmt.Sprintf("nc=%08x", i+1)) {
			t.Errorf("use %d: %v", i, h)
		}
		if got := v.Verify(start(), register(h[0].Value), users); got.Outcome != OK {
			t.Errorf("use %d: %+v, want OK", i, got)
		}
		h = c.Preempt("REGISTER", uri)
	}
	// The same nonce given again goes on; another one starts anew.
	if h, err = c.Answer(Server, challenge, "REGISTER", uri); err != nil || !strings.Contains(h[0].Value, "nc=00000006") {
		t.Errorf("same nonce: %v, %v; want count 6", h, err)
	}
	if h, err = c.Answer(Server, v.Challenge(start(), source, nil, true), "REGISTER", uri); err != nil || !strings.Contains(h[0].Value, "nc=00000001") {
		t.Errorf("new nonce: %v, %v; want count 1", h, err)
	}
	if c.Forget(); c.Preempt("REGISTER", uri) != nil {
		t.Errorf("a challenge is remembered after Forget")
	}
}

func TestClientCountsAcrossGoroutines(t *testing.T) {
	v := newVerifier(t, Config{})
	c := NewClient(account())
	if _, err := c.Answer(Server, v.Challenge(start(), source, nil, false), "REGISTER", uri); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			h := c.Preempt("REGISTER", uri)
			if got := v.Verify(start(), register(h[0].Value), users); got.Outcome != OK {
				t.Errorf("Verify = %+v, want OK", got)
			}
		})
	}
	wg.Wait()
}

func TestClientAnswersEachRealm(t *testing.T) {
	c := NewClient(account())
	h, err := c.Answer(Proxy, []string{
		`Digest realm="a", nonce="1", qop="auth"`,
		`Digest realm="b", nonce="2", qop="auth", algorithm=MD5`,
		`Digest realm="a", nonce="3", qop="auth", algorithm=SHA-256`,
	}, "INVITE", uri)
	if err != nil || len(h) != 2 {
		t.Fatalf("Answer = %v, %v; want two headers", h, err)
	}
	if !strings.Contains(h[0].Value, `nonce="3"`) || !strings.Contains(h[1].Value, `nonce="2"`) {
		t.Errorf("answers = %v, want nonce 3 for a and 2 for b", h)
	}
	if h := c.Preempt("BYE", uri); len(h) != 2 {
		t.Errorf("Preempt = %v, want two headers", h)
	}
}

func TestChallengesOfOddPeers(t *testing.T) {
	for _, tt := range []struct{ name, challenge, has, lacks string }{
		{"qop list with a space", `Digest realm="r", nonce="n", qop="auth-int, auth"`, "qop=auth,", "auth-int"},
		{"no qop", `Digest realm="r", nonce="n"`, `nonce="n"`, "nc="},
		{"unquoted", `digest Realm=r,Nonce=a/b==,QOP=auth,Algorithm=md5`, `nonce="a/b=="`, "SHA"},
		{"opaque", `Digest realm="r", nonce="n", opaque="o\"p", qop="auth"`, `opaque="o\"p"`, "algorithm"},
		{"empty realm", `Digest realm="", nonce="n", qop="auth"`, `realm=""`, "stale"},
		{"stale", `Digest realm="r", nonce="n", qop="auth", stale=TRUE`, "nc=00000001", "stale"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := Answer(account(), Server, []string{tt.challenge}, "REGISTER", uri)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(h[0].Value, tt.has) || strings.Contains(h[0].Value, tt.lacks) {
				t.Errorf("Answer(%s) = %s, want %q and not %q", tt.challenge, h[0].Value, tt.has, tt.lacks)
			}
		})
	}
}

func TestChallengesThatAreNotAnswered(t *testing.T) {
	a := account()
	a.Realm = "trunk.test"
	for _, tt := range []struct {
		name       string
		account    Account
		challenges []string
	}{
		{"none", account(), nil},
		{"realm of another", a, []string{`Digest realm="evil.test", nonce="n", qop="auth"`}},
		{"basic", account(), []string{`Basic realm="r"`}},
		{"MD5-sess", account(), []string{`Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"`}},
		{"auth-int alone", account(), []string{`Digest realm="r", nonce="n", qop="auth-int"`}},
		{"no nonce", account(), []string{`Digest realm="r", qop="auth"`}},
		{"no realm", account(), []string{`Digest nonce="n", qop="auth"`}},
		{"damaged", account(), []string{`Digest realm="r`}},
		{"line break", account(), []string{"Digest realm=\"r\r\nX: y\", nonce=\"n\""}},
		{"huge", account(), []string{`Digest realm="r", nonce="` + strings.Repeat("n", MaxHeader) + `"`}},
		{"no secret", Account{User: "201"}, []string{`Digest realm="r", nonce="n", qop="auth"`}},
		{"secret of the other algorithm", Account{User: "201", HA1: HA1{MD5: "00"}}, []string{`Digest realm="r", nonce="n", algorithm=SHA-256`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if h, err := Answer(tt.account, Server, tt.challenges, "INVITE", uri); !errors.Is(err, ErrNoAnswer) || h != nil {
				t.Errorf("Answer = %v, %v; want ErrNoAnswer", h, err)
			}
		})
	}
}

func TestClientRemembersABoundedNumberOfRealms(t *testing.T) {
	c := NewClient(account())
	for i := range 50 {
		challenge := fmt.Sprintf(`Digest realm="r%d", nonce="n", qop="auth"`, i)
		if _, err := c.Answer(Server, []string{challenge}, "INVITE", uri); err != nil {
			t.Fatal(err)
		}
	}
	if h := c.Preempt("INVITE", uri); len(h) != maxSpaces || !strings.Contains(h[maxSpaces-1].Value, `"r49"`) {
		t.Errorf("%d realms are remembered, want the last %d", len(h), maxSpaces)
	}
}

func TestIsStale(t *testing.T) {
	v := newVerifier(t, Config{})
	for _, stale := range []bool{true, false} {
		if got := IsStale(v.Challenge(start(), source, nil, stale)); got != stale {
			t.Errorf("IsStale = %v, want %v", got, stale)
		}
	}
}

func TestRolesAndStatusCodes(t *testing.T) {
	for status, want := range map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"} {
		if r, ok := RoleOf(status); !ok || r.Challenge() != want {
			t.Errorf("RoleOf(%d) = %v, %v; want that of %s", status, r, ok, want)
		}
	}
	if _, ok := RoleOf(403); ok {
		t.Errorf("403 challenges")
	}
}
