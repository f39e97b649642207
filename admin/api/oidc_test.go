package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/admin/oidc"
	"github.com/tandemgw/tandem/test/fakeidp"
)

// withService is an API whose people come by a sign-in service; change replaces it.
func withService(t *testing.T, idp *fakeidp.IDP) (a *API, change func(*Service)) {
	t.Helper()
	w := &whole{}
	c := w.config()
	c.Store = newStore(t)
	now := &Service{
		Name: "Office", Mark: "1",
		Provider: oidc.New(oidc.Config{
			Issuer: idp.URL, ClientID: idp.ClientID, ClientSecret: idp.ClientSecret,
			Rules: oidc.Rules{Order: []string{"viewer", "operator", "admin"}, Rules: []oidc.Rule{{Role: "operator", Claim: "groups", Value: "helpdesk"}}},
		}),
	}
	c.Service = func() *Service { return now }
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a, func(s *Service) { now = s }
}

// away goes to the service and gives the path that the browser comes back to.
func (b *browser) away() string {
	b.t.Helper()
	w := b.ask("GET", "/api/v1/login/oidc", "")
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("login: %d %s", w.Code, w.Body)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	res, err := client.Get(w.Header().Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	to, err := res.Location()
	if err != nil || to.Host != "example.com" {
		b.t.Fatalf("%s: sent on to %v", res.Status, to)
	}
	return to.RequestURI()
}

// back comes back, and gives where the browser is sent then.
func (b *browser) back(path string) string {
	b.t.Helper()
	b.fields["Sec-Fetch-Site"] = "cross-site" // the service is another site
	defer func() { b.fields["Sec-Fetch-Site"] = "same-origin" }()
	w := b.ask("GET", path, "")
	if w.Code != http.StatusSeeOther {
		b.t.Errorf("callback: %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

func TestPeopleSignInByAService(t *testing.T) {
	idp := fakeidp.Start(t)
	a, change := withService(t, idp)
	idp.Say(map[string]any{"sub": "f3a1", "email": "ann@example.com", "email_verified": true, "groups": []string{"helpdesk"}})
	b := newBrowser(t, a)
	if got := b.want(200, "GET", "/api/v1/login", ""); !strings.Contains(got, `"service":"Office"`) {
		t.Errorf("ways: %s", got)
	}
	if to := b.back(b.away()); to != "/console" {
		t.Errorf("sent to %s", to)
	}
	if got := b.want(200, "GET", "/api/v1/me", ""); !strings.Contains(got, `{"name":"ann@example.com","role":"operator","via":"cookie"}`) {
		t.Errorf("me: %s", got)
	}
	b.want(204, "DELETE", "/api/v1/calls/one", "")
	b.want(403, "POST", "/api/v1/reload", "")
	if _, left := b.cookies["tandem-visit"]; left {
		t.Error("the cookie of the visit is still there")
	}
	entries, _, err := a.config.Store.Audit(t.Context(), "ann@example.com", 10, "")
	if err != nil || len(entries) == 0 || entries[len(entries)-1].Detail != "by "+idp.URL+" as f3a1" {
		t.Errorf("audit: %v %v", entries, err)
	}
	s := *a.service()
	s.Mark = "2"
	change(&s)
	b.want(401, "GET", "/api/v1/me", "") // other rules: he is to come again
	change(nil)
	b.want(401, "GET", "/api/v1/me", "")
	if to := b.ask("GET", "/api/v1/login/oidc", "").Header().Get("Location"); to != "/console?sso=none" {
		t.Errorf("without a service, sent to %s", to)
	}
}

func TestWhatComesBackMustBeOfThisBrowser(t *testing.T) {
	idp := fakeidp.Start(t)
	a, _ := withService(t, idp)
	idp.Say(map[string]any{"sub": "f3a1", "groups": "helpdesk"})
	ann, eve := newBrowser(t, a), newBrowser(t, a)
	path := eve.away()
	if to := ann.back(path); to != "/console?sso=expired" { // a link that Eve sends to Ann
		t.Errorf("without a visit, sent to %s", to)
	}
	ann.away()
	if to := ann.back(path); to != "/console?sso=expired" {
		t.Errorf("with the state of another visit, sent to %s", to)
	}
	own := ann.away()
	if to := ann.back(strings.Replace(own, "iss=", "iss=x", 1)); to != "/console?sso=expired" {
		t.Errorf("from another issuer, sent to %s", to)
	}
	own = ann.away()
	ann.cookies["tandem-visit"] = strings.Replace(ann.cookies["tandem-visit"], ".1", ".2", 1)
	if to := ann.back(own); to != "/console?sso=expired" {
		t.Errorf("with a forged visit, sent to %s", to)
	}
	ann.want(401, "GET", "/api/v1/me", "")
}

func TestWhyAServiceLetsNobodyIn(t *testing.T) {
	idp := fakeidp.Start(t)
	a, change := withService(t, idp)
	idp.Say(map[string]any{"sub": "f3a1", "preferred_username": "bob"})
	b := newBrowser(t, a)
	if to := b.back(b.away()); to != "/console?sso=role" {
		t.Errorf("whom no rule fits is sent to %s", to)
	}
	idp.Deny("access_denied")
	if to := b.back(b.away()); to != "/console?sso=refused" {
		t.Errorf("whom the service refuses is sent to %s", to)
	}
	idp.Deny("")
	path := b.away()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("code", "guessed")
	if to := b.back(u.Path + "?" + q.Encode()); to != "/console?sso=refused" {
		t.Errorf("a guessed code leads to %s", to)
	}
	b.want(401, "GET", "/api/v1/me", "")
	change(&Service{Provider: oidc.New(oidc.Config{Issuer: "http://127.0.0.1:9", ClientID: "tandem"})})
	if to := b.ask("GET", "/api/v1/login/oidc", "").Header().Get("Location"); to != "/console?sso=unreachable" {
		t.Errorf("a service that is away: sent to %s", to)
	}
}

func TestTheVisitIsOfThisHostOverHTTPS(t *testing.T) {
	a, change := withService(t, fakeidp.Start(t))
	b := newBrowser(t, a)
	b.secure = true
	w := b.ask("GET", "/api/v1/login/oidc", "")
	field := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-tandem-visit=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=600"} {
		if !strings.Contains(field, want) {
			t.Errorf("Set-Cookie: %s lacks %s", field, want)
		}
	}
	redirect := func() string {
		u, err := url.Parse(b.ask("GET", "/api/v1/login/oidc", "").Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return u.Query().Get("redirect_uri")
	}
	if got := redirect(); got != "https://example.com/api/v1/login/oidc/callback" {
		t.Errorf("redirect_uri is %s", got)
	}
	s := *a.service()
	s.RedirectURL = "https://pbx.example.com/api/v1/login/oidc/callback"
	change(&s)
	if got := redirect(); got != s.RedirectURL {
		t.Errorf("redirect_uri is %s", got)
	}
}
