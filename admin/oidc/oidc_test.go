package oidc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin/oidc"
	"github.com/tandemgw/tandem/test/fakeidp"
)

const back = "https://pbx.example.com/api/v1/login/oidc/callback"

func secrets() oidc.Secrets {
	return oidc.Secrets{State: "state", Nonce: "nonce", Verifier: strings.Repeat("v", 43)}
}

func provider(p *fakeidp.IDP, rules ...oidc.Rule) *oidc.Provider {
	return oidc.New(oidc.Config{
		Issuer: p.URL, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: []string{"groups"},
		Rules: oidc.Rules{Order: []string{"viewer", "operator", "admin"}, Rules: rules, Else: "viewer"},
	})
}

// visit goes to the service as a browser does, and gives what it brings back.
func visit(t *testing.T, p *oidc.Provider, s oidc.Secrets) url.Values {
	t.Helper()
	at, err := p.Begin(t.Context(), back, s)
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(at); err != nil || !strings.HasPrefix(u.Query().Get("scope"), "openid profile email") || u.Query().Has("code_verifier") {
		t.Errorf("sent to %s", at)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	res, err := client.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), back) {
		t.Fatalf("%s, sent on to %v", res.Status, to)
	}
	return to.Query()
}

func TestSomebodySignsInAndRulesGiveHisRole(t *testing.T) {
	idp := fakeidp.Start(t)
	p := provider(idp, oidc.Rule{Role: "operator", Claim: "groups", Value: "helpdesk"}, oidc.Rule{Role: "admin", Claim: "groups", Value: "voice"})
	idp.Say(map[string]any{"sub": "f3a1", "email": "Ann@Example.com", "email_verified": true, "groups": []string{"staff", "helpdesk"}})
	got := visit(t, p, secrets())
	if got.Get("state") != "state" || got.Get("iss") != p.Issuer() {
		t.Errorf("back with %v", got)
	}
	who, err := p.Finish(t.Context(), back, got.Get("code"), secrets())
	if err != nil || who != (oidc.Identity{Subject: "f3a1", Name: "Ann@Example.com", Role: "operator"}) {
		t.Errorf("%+v, %v", who, err)
	}
	if _, err := p.Finish(t.Context(), back, got.Get("code"), secrets()); !errors.Is(err, oidc.ErrProof) {
		t.Errorf("a code that was used: %v", err)
	}
}

func TestWhatProvesNothingIsRefused(t *testing.T) {
	idp := fakeidp.Start(t)
	p := provider(idp)
	for name, spoil := range map[string]func(map[string]any){
		"another nonce":            func(c map[string]any) { c["nonce"] = "other" },
		"no nonce":                 func(c map[string]any) { delete(c, "nonce") },
		"for another client":       func(c map[string]any) { c["aud"] = "other" },
		"asked for by another":     func(c map[string]any) { c["azp"] = "other" },
		"for several, of nobody's": func(c map[string]any) { c["aud"] = []string{"tandem", "other"} },
		"of another issuer":        func(c map[string]any) { c["iss"] = "https://evil.example" },
		"too old":                  func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
	} {
		idp.Spoil(spoil)
		got := visit(t, p, secrets())
		if who, err := p.Finish(t.Context(), back, got.Get("code"), secrets()); !errors.Is(err, oidc.ErrProof) || who.Role != "" {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	idp.Spoil(nil)
	other := secrets()
	other.Verifier = strings.Repeat("w", 43)
	got := visit(t, p, secrets())
	if _, err := p.Finish(t.Context(), back, got.Get("code"), other); !errors.Is(err, oidc.ErrProof) {
		t.Errorf("with another verifier: %v", err)
	}
	if err := idp.Forge(); err != nil {
		t.Fatal(err)
	}
	got = visit(t, p, secrets())
	if _, err := p.Finish(t.Context(), back, got.Get("code"), secrets()); !errors.Is(err, oidc.ErrProof) {
		t.Errorf("signed by another key: %v", err)
	}
}

func TestAServiceThatIsAwayIsNotAskedByEverybody(t *testing.T) {
	asked := 0
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		http.Error(w, "no", http.StatusBadGateway)
	}))
	defer away.Close()
	p := oidc.New(oidc.Config{Issuer: away.URL, ClientID: "tandem"})
	for range 5 {
		if _, err := p.Begin(t.Context(), back, secrets()); !errors.Is(err, oidc.ErrUnreachable) {
			t.Errorf("%v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestRoles(t *testing.T) {
	idp := fakeidp.Start(t)
	rules := []oidc.Rule{
		{Role: "admin", Claim: "email", Value: "boss@example.com"},
		{Role: "operator", Claim: "email", Value: "*@example.com"},
		{Role: "admin", Claim: "realm_access.roles", Value: "voice"},
		{Role: "admin", Claim: "https://example.com/roles", Value: "voice"},
		{Role: "operator", Claim: "support", Value: "true"},
	}
	for _, c := range []struct {
		claims, role, name string
	}{
		{`{"sub":"1"}`, "viewer", "1@127.0.0.1"},
		{`{"sub":"1","preferred_username":"ann"}`, "viewer", "ann@127.0.0.1"},
		{`{"sub":"1","preferred_username":"boss@example.com"}`, "viewer", "boss@example.com@127.0.0.1"},
		{`{"sub":"1","email":"boss@example.com"}`, "viewer", "1@127.0.0.1"},
		{`{"sub":"1","email":"boss@example.com","email_verified":false}`, "viewer", "1@127.0.0.1"},
		{`{"sub":"1","email":"Boss@Example.com","email_verified":true}`, "admin", "Boss@Example.com"},
		{`{"sub":"1","email":"bob@example.com","email_verified":"true"}`, "operator", "bob@example.com"},
		{`{"sub":"1","email":"bob@example.com.evil.example","email_verified":true}`, "viewer", "bob@example.com.evil.example"},
		{`{"sub":"1","realm_access":{"roles":["x","voice"]}}`, "admin", "1@127.0.0.1"},
		{`{"sub":"1","realm_access":"voice"}`, "viewer", "1@127.0.0.1"},
		{`{"sub":"1","https://example.com/roles":"voice"}`, "admin", "1@127.0.0.1"},
		{`{"sub":"1","support":true}`, "operator", "1@127.0.0.1"},
		{`{"sub":"1","preferred_username":"a\u0007nn\n"}`, "viewer", "ann@127.0.0.1"},
	} {
		var claims map[string]any
		if err := json.Unmarshal([]byte(c.claims), &claims); err != nil {
			t.Fatal(err)
		}
		idp.Say(claims)
		p := provider(idp, rules...)
		who, err := p.Finish(t.Context(), back, visit(t, p, secrets()).Get("code"), secrets())
		if err != nil || who.Role != c.role || who.Name != c.name {
			t.Errorf("%s: %+v, %v; want %s of %s", c.claims, who, err, c.role, c.name)
		}
	}
	p := oidc.New(oidc.Config{Issuer: idp.URL, ClientID: idp.ClientID, ClientSecret: idp.ClientSecret, Rules: oidc.Rules{Order: []string{"viewer"}, Rules: []oidc.Rule{{Role: "viewer", Claim: "groups", Value: "staff"}}}})
	if who, err := p.Finish(t.Context(), back, visit(t, p, secrets()).Get("code"), secrets()); !errors.Is(err, oidc.ErrNoRole) || who.Role != "" {
		t.Errorf("whom no rule fits: %+v, %v", who, err)
	}
}
