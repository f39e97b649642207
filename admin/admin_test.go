package admin

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// gateway is a Handler with what the real gateway would put behind it.
type gateway struct {
	t        *testing.T
	handler  http.Handler
	sessions *Sessions
	granted  map[string]time.Time // by "user password"
	revoked  []string
	logins   int
}

func newGateway(t *testing.T, change func(*Config)) *gateway {
	t.Helper()
	g := &gateway{t: t, granted: map[string]time.Time{}}
	s, err := NewSessions(SessionsConfig{
		Grant:  func(user, password string, until time.Time) { g.granted[user+" "+password] = until },
		Revoke: func(user, password string) { g.revoked = append(g.revoked, user+" "+password) },
	})
	if err != nil {
		t.Fatal(err)
	}
	g.sessions = s
	names := map[string]string{"1001": "Ann", "1002": "Ben"}
	c := Config{
		Domain:     "tandem.test",
		Sessions:   s,
		SecurePort: 8443,
		Numbers:    []Number{{"600", "Hear yourself"}},
		Lookup:     func(user string) (string, bool) { name, ok := names[user]; return name, ok },
		Login: func(user, password string, _ netip.Addr) bool {
			g.logins++
			return names[user] != "" && password == "right"
		},
	}
	if change != nil {
		change(&c)
	}
	h, err := Handler(c)
	if err != nil {
		t.Fatal(err)
	}
	g.handler = h
	return g
}

// ask sends one request with the cookies of a jar, which takes what comes back.
func (g *gateway) ask(method, path, body string, jar map[string]string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	g.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	r.RemoteAddr = "127.0.0.1:5000"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if jar == nil {
			continue
		}
		if c.MaxAge < 0 {
			delete(jar, c.Name)
		} else {
			jar[c.Name] = c.Value
		}
	}
	return w
}

func (g *gateway) session(body string, jar map[string]string, change ...func(*http.Request)) (sessionAnswer, int, string) {
	g.t.Helper()
	w := g.ask("POST", "/api/v1/phone/session", body, jar, change...)
	var a sessionAnswer
	var refused struct{ Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		g.t.Fatalf("POST session answered %d with %q: %v", w.Code, w.Body, err)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &refused); err != nil {
		g.t.Fatal(err)
	}
	return a, w.Code, refused.Code
}

func from(addr string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = addr }
}

func TestPagesCarryTheStrictPolicy(t *testing.T) {
	g := newGateway(t, nil)
	for _, path := range []string{"/", "/p/ABC", "/nope", "/trust", "/api/v1/nope", "/healthz", "/ws"} {
		w := g.ask("GET", path, "", nil)
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self' ws://localhost:8080 wss://localhost:8080;", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("GET %s: policy %q lacks %q", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("GET %s: policy %q is lax", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("GET %s: %s = %q, want %q", path, name, got, want)
			}
		}
		if p := w.Header().Get("Permissions-Policy"); !strings.Contains(p, "microphone=(self)") {
			t.Errorf("GET %s: Permissions-Policy = %q", path, p)
		}
	}
}

func TestAHostThatWouldBendThePolicyIsRefused(t *testing.T) {
	g := newGateway(t, nil)
	for _, host := range []string{"", "a b", "x; script-src *", "x'y", "x,y", strings.Repeat("a", 400)} {
		w := g.ask("GET", "/", "", nil, func(r *http.Request) { r.Host = host })
		if w.Code != http.StatusBadRequest {
			t.Errorf("Host %.20q answered %d, want 400", host, w.Code)
		}
	}
	for _, host := range []string{"localhost", "[::1]:8443", "192.0.2.1:8080", "tandem.example"} {
		if w := g.ask("GET", "/", "", nil, func(r *http.Request) { r.Host = host }); w.Code != http.StatusOK {
			t.Errorf("Host %q answered %d, want 200", host, w.Code)
		}
	}
}

func TestThePhoneIsTheSamePageWithAndWithoutALink(t *testing.T) {
	g := newGateway(t, nil)
	plain := g.ask("GET", "/", "", nil)
	linked := g.ask("GET", "/p/"+g.sessions.Issue("1001"), "", nil)
	if plain.Code != 200 || linked.Code != 200 || plain.Body.String() != linked.Body.String() {
		t.Errorf("GET / is %d with %d octets, GET /p/... is %d with %d", plain.Code, plain.Body.Len(), linked.Code, linked.Body.Len())
	}
	if got := plain.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page's Cache-Control = %q, want no-cache", got)
	}
	if len(g.granted) != 0 {
		t.Error("fetching the link redeemed it; a preview would use it up")
	}
}

func TestAssetsAreImmutableAndCompressed(t *testing.T) {
	g := newGateway(t, nil)
	page := g.ask("GET", "/", "", nil).Body.String()
	at := strings.Index(page, "/assets/phone-")
	path := page[at : at+strings.Index(page[at:], `"`)]

	w := g.ask("GET", path, "", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip;q=0.8") })
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control = %q", got)
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatalf("with gzip accepted: %v", err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	raw := g.ask("GET", path, "", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=0") })
	if raw.Header().Get("Content-Encoding") != "" || !bytes.Equal(unpacked, raw.Body.Bytes()) {
		t.Error("the asset differs with and without gzip")
	}
	again := g.ask("GET", path, "", nil, func(r *http.Request) { r.Header.Set("If-None-Match", raw.Header().Get("ETag")) })
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("a known ETag answered %d with %d octets, want 304 with none", again.Code, again.Body.Len())
	}
	head := g.ask("HEAD", path, "", nil)
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD answered %d with %d octets", head.Code, head.Body.Len())
	}
	for _, bad := range []string{"/assets/nope.js", "/assets/..%2findex.html", "/assets/"} {
		if w := g.ask("GET", bad, "", nil); w.Code != http.StatusNotFound {
			t.Errorf("GET %s answered %d, want 404", bad, w.Code)
		}
	}
}

func TestUnknownAddressesAnswerInWords(t *testing.T) {
	g := newGateway(t, nil)
	html := func(r *http.Request) { r.Header.Set("Accept", "text/html,*/*") }
	for _, c := range []struct {
		method, path string
		status       int
		kind, words  string
		change       func(*http.Request)
	}{
		{"GET", "/nope", 404, "text/html", "There is nothing here", html},
		{"GET", "/nope", 404, "text/plain", "There is nothing here", nil},
		{"GET", "/api/v1/nope", 404, "application/json", `"not-found"`, html},
		{"PUT", "/", 405, "text/html", "GET, HEAD, OPTIONS", html},
		{"GET", "/api/v1/phone/session", 405, "application/json", "DELETE, OPTIONS, POST", nil},
		{"GET", "/ws", 426, "text/html", "The connection works", html},
		{"GET", "/trust", 404, "text/html", "Nothing to trust here", html},
		{"GET", "/ca.crt", 404, "text/plain", "no certificate authority", nil},
	} {
		change := c.change
		if change == nil {
			change = func(*http.Request) {}
		}
		w := g.ask(c.method, c.path, "", nil, change)
		if w.Code != c.status || !strings.HasPrefix(w.Header().Get("Content-Type"), c.kind) || !strings.Contains(w.Body.String(), c.words) {
			t.Errorf("%s %s = %d %s %q, want %d %s with %q", c.method, c.path, w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.kind, c.words)
		}
		if c.status == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: 405 without Allow", c.method, c.path)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	var why error
	g := newGateway(t, func(c *Config) { c.Ready = func() error { return why } })
	if w := g.ask("GET", "/readyz", "", nil); w.Code != 200 {
		t.Errorf("ready answered %d", w.Code)
	}
	why = io.ErrUnexpectedEOF
	if w := g.ask("GET", "/readyz", "", nil); w.Code != 503 || !strings.Contains(w.Body.String(), "unexpected EOF") {
		t.Errorf("not ready answered %d %q", w.Code, w.Body)
	}
	if w := g.ask("GET", "/healthz", "", nil); w.Code != 200 {
		t.Errorf("health answered %d", w.Code)
	}
}

func TestUpgradesReachTheWebSocket(t *testing.T) {
	reached := false
	g := newGateway(t, func(c *Config) {
		c.WebSocket = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })
	})
	g.ask("GET", "/ws", "", nil, func(r *http.Request) { r.Header.Set("Upgrade", "WebSocket") })
	if !reached {
		t.Error("an upgrade did not reach the WebSocket handler")
	}
}

func makeCA(t *testing.T, isCA bool) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tandem <local> CA"},
		NotAfter: time.Date(2036, 1, 2, 0, 0, 0, 0, time.UTC), IsCA: isCA, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestTheAuthorityIsExplainedAndOffered(t *testing.T) {
	der := makeCA(t, true)
	g := newGateway(t, func(c *Config) { c.CA = der })
	w := g.ask("GET", "/trust", "", nil)
	a, err := readAuthority(der)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{a.Fingerprint, "tandem &lt;local&gt; CA", "2036-01-02", "Windows", "macOS", "iPhone", "Android", "Firefox", `href="/ca.crt"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/trust lacks %q", want)
		}
	}
	if strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "<script") {
		t.Error("/trust breaks its own policy")
	}
	w = g.ask("GET", "/ca.crt", "", nil)
	if w.Header().Get("Content-Type") != "application/x-x509-ca-cert" || !strings.HasPrefix(w.Body.String(), "-----BEGIN CERTIFICATE-----") {
		t.Errorf("/ca.crt = %s %.40q", w.Header().Get("Content-Type"), w.Body)
	}
}

func TestConfigsThatCannotWorkAreRefused(t *testing.T) {
	s, err := NewSessions(SessionsConfig{})
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(string) (string, bool) { return "", false }
	for name, c := range map[string]Config{
		"no sessions": {Lookup: lookup},
		"no lookup":   {Sessions: s},
		"no CA":       {Sessions: s, Lookup: lookup, CA: []byte("x")},
		"a leaf":      {Sessions: s, Lookup: lookup, CA: makeCA(t, false)},
	} {
		if _, err := Handler(c); err == nil {
			t.Errorf("Handler with %s: no error", name)
		}
	}
	if _, err := NewSessions(SessionsConfig{Key: []byte("short")}); err == nil {
		t.Error("NewSessions with a short key: no error")
	}
}

func TestServerHasLimits(t *testing.T) {
	s := Server(http.NotFoundHandler(), nil)
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 || s.ErrorLog == nil {
		t.Errorf("Server lacks a limit: %+v", s)
	}
}

func TestAboutSaysWhereTheSecurePageIs(t *testing.T) {
	g := newGateway(t, nil)
	w := g.ask("GET", "/api/v1/phone/about", "", nil)
	if got, want := strings.TrimSpace(w.Body.String()), `{"domain":"tandem.test","securePort":8443,"trust":false}`; got != want {
		t.Errorf("about = %s, want %s", got, want)
	}
}

func secure(r *http.Request) { r.TLS = &tls.ConnectionState{} }
