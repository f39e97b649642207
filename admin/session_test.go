package admin

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestALinkOpensOnceAndReloadsForItsBrowser(t *testing.T) {
	g := newGateway(t, nil)
	token := g.sessions.Issue("1001")
	if len(token) < 26 {
		t.Errorf("token %q carries fewer than 128 bits", token)
	}
	body := fmt.Sprintf(`{"token":%q}`, token)
	jar := map[string]string{}

	first, status, _ := g.session(body, jar)
	if status != 200 || first.User != "1001" || first.DisplayName != "Ann" || first.Domain != "tandem.test" || first.WS != "/ws" || len(first.Numbers) != 1 {
		t.Fatalf("first use = %d %+v", status, first)
	}
	if until := g.granted["1001 "+first.Password]; !until.Equal(first.Expires) {
		t.Errorf("the registrar was told %v of the password, the page %v", until, first.Expires)
	}
	if _, status, code := g.session(body, nil); status != 403 || code != "link" {
		t.Errorf("a second browser got %d %s, want 403 link", status, code)
	}
	if again, status, _ := g.session(body, jar); status != 200 || again.User != "1001" {
		t.Errorf("the first browser reloading the link got %d", status)
	}
	if a, status, _ := g.session(`{"as":"1001"}`, jar); status != 200 || a.Password == first.Password {
		t.Errorf("reload by cookie got %d, password repeated: %v", status, a.Password == first.Password)
	}
}

func TestLinksCookiesAndPasswordsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		late, early := g.sessions.Issue("1001"), g.sessions.Issue("1001")
		jar := map[string]string{}
		time.Sleep(LinkLife - time.Second)
		a, status, _ := g.session(fmt.Sprintf(`{"token":%q}`, early), jar)
		if status != 200 {
			t.Fatalf("a link of almost ten minutes got %d", status)
		}
		if got := time.Until(a.Expires); got != PasswordLife {
			t.Errorf("the password lives %v, want %v", got, PasswordLife)
		}
		time.Sleep(time.Second)
		if _, status, code := g.session(fmt.Sprintf(`{"token":%q}`, late), nil); status != 403 || code != "link" {
			t.Errorf("a link of ten minutes got %d %s, want 403 link", status, code)
		}
		time.Sleep(CookieLife - 2*time.Second)
		if _, status, _ := g.session(`{}`, jar); status != 200 {
			t.Errorf("a cookie of almost a day got %d", status)
		}
		time.Sleep(2 * time.Second)
		if _, status, code := g.session(`{}`, jar); status != 401 || code != "signed-out" {
			t.Errorf("a cookie of a day got %d %s, want 401 signed-out", status, code)
		}
	})
}

func TestTwoTabsOfOneBrowserStayTwoUsers(t *testing.T) {
	g := newGateway(t, nil)
	jar := map[string]string{}
	for _, user := range []string{"1001", "1002"} {
		if _, status, _ := g.session(fmt.Sprintf(`{"token":%q}`, g.sessions.Issue(user)), jar); status != 200 {
			t.Fatalf("link of %s got %d", user, status)
		}
	}
	for _, user := range []string{"1001", "1002"} {
		if a, _, _ := g.session(fmt.Sprintf(`{"as":%q}`, user), jar); a.User != user {
			t.Errorf("the tab of %s reloaded as %q", user, a.User)
		}
	}
	if _, status, _ := g.session(`{"as":"1003"}`, jar); status != 401 {
		t.Errorf("a tab of a third user got %d, want 401", status)
	}
}

func TestCookiesAreOutOfReachAndUnforgeable(t *testing.T) {
	g := newGateway(t, nil)
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		secure bool
	}{{"http", func(*http.Request) {}, false}, {"https", secure, true}} {
		w := g.ask("POST", "/api/v1/phone/session", fmt.Sprintf(`{"token":%q}`, g.sessions.Issue("1001")), nil, c.change)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: %d cookies", c.name, len(cookies))
		}
		k := cookies[0]
		if !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Secure != c.secure || k.Path != cookiePath || time.Duration(k.MaxAge+1)*time.Second < CookieLife {
			t.Errorf("%s: cookie %+v", c.name, k)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("a password may be cached")
		}
	}

	jar := map[string]string{}
	g.session(fmt.Sprintf(`{"token":%q}`, g.sessions.Issue("1001")), jar)
	for name, value := range jar {
		head, tail, _ := strings.Cut(value, ".")
		payload, err := base64.RawURLEncoding.DecodeString(head)
		if err != nil {
			t.Fatal(err)
		}
		forged := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "1001", "1002", 1)))
		for _, bad := range []string{forged + "." + tail, head + ".", head, value + "A", "." + tail, strings.Repeat("A", 4000)} {
			if _, status, _ := g.session(`{}`, map[string]string{name: bad}); status != 401 {
				t.Errorf("cookie %.60q got %d, want 401", bad, status)
			}
		}
		other := func(r *http.Request) { r.Host = "localhost:9090" }
		if _, status, _ := g.session(`{}`, map[string]string{name: value}, other); status != 401 {
			t.Errorf("a cookie of another port got %d, want 401", status)
		}
	}
}

func TestAKeyKeptOverARestartKeepsBrowsersSignedIn(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	keyed := func(c *Config) {
		s, err := NewSessions(SessionsConfig{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		c.Sessions = s
	}
	before := newGateway(t, keyed)
	jar := map[string]string{}
	if _, status, _ := before.session(`{"user":"1001","password":"right"}`, jar); status != 200 {
		t.Fatal("no session")
	}
	if _, status, _ := newGateway(t, keyed).session(`{}`, jar); status != 200 {
		t.Errorf("after a restart the cookie got %d", status)
	}
	if _, status, _ := newGateway(t, nil).session(`{}`, jar); status != 401 {
		t.Errorf("a cookie of another gateway got %d, want 401", status)
	}
}

func TestSigningOutEndsCookieAndPasswords(t *testing.T) {
	g := newGateway(t, nil)
	jar := map[string]string{}
	a, _, _ := g.session(`{"user":"1001","password":"right"}`, jar)
	b, _, _ := g.session(`{"as":"1001"}`, jar)
	kept, _, _ := g.session(`{"user":"1001","password":"right"}`, map[string]string{})
	stolen := map[string]string{}
	for k, v := range jar {
		stolen[k] = v
	}
	if w := g.ask("DELETE", "/api/v1/phone/session", `{"as":"1001"}`, jar); w.Code != http.StatusNoContent {
		t.Errorf("DELETE = %d", w.Code)
	}
	if len(jar) != 0 {
		t.Error("the cookie was not taken back")
	}
	if _, status, _ := g.session(`{}`, stolen); status != 401 {
		t.Errorf("a copy of the cookie got %d after signing out, want 401", status)
	}
	want := []string{"1001 " + a.Password, "1001 " + b.Password}
	if strings.Join(g.revoked, "|") != strings.Join(want, "|") {
		t.Errorf("revoked %v, want %v and not %s", g.revoked, want, kept.Password)
	}
}

func TestPasswordsOfAUserAreBounded(t *testing.T) {
	g := newGateway(t, nil)
	jar := map[string]string{}
	first, _, _ := g.session(`{"user":"1001","password":"right"}`, jar)
	for range MaxPasswords {
		g.session(`{}`, jar)
	}
	if len(g.revoked) != 1 || g.revoked[0] != "1001 "+first.Password {
		t.Errorf("after one too many %v were revoked, want the first", g.revoked)
	}
	if n := len(g.sessions.grants["1001"]); n != MaxPasswords {
		t.Errorf("%d passwords are kept, want %d", n, MaxPasswords)
	}
}

func TestMapsKeyedFromOutsideAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewSessions(SessionsConfig{})
		if err != nil {
			t.Fatal(err)
		}
		first := s.Issue("1001")
		time.Sleep(time.Second)
		for range MaxLinks {
			s.Issue("1001")
		}
		if len(s.links) != MaxLinks {
			t.Errorf("%d links wait, want %d", len(s.links), MaxLinks)
		}
		if _, _, ok := s.redeem(time.Now(), first, nil); ok {
			t.Error("the oldest link was not the one displaced")
		}
		for i := range maxUsers + 10 {
			s.password(time.Now(), fmt.Sprint(i), "c")
		}
		if len(s.grants) > maxUsers {
			t.Errorf("grants of %d users, want at most %d", len(s.grants), maxUsers)
		}
		for i := range maxRevoked + 10 {
			s.signOut(time.Now(), cookie{id: fmt.Sprint(i), expires: time.Now().Add(time.Hour)})
		}
		if len(s.revoked) > maxRevoked {
			t.Errorf("%d cookies are remembered as ended, want at most %d", len(s.revoked), maxRevoked)
		}
		var th throttle
		for i := range maxThrottled + 10 {
			th.wrong(time.Now(), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		}
		if len(th.from) > maxThrottled {
			t.Errorf("%d addresses are throttled, want at most %d", len(th.from), maxThrottled)
		}
	})
}

func TestWrongSignInsTellNothingApart(t *testing.T) {
	g := newGateway(t, nil)
	var bodies []string
	for _, body := range []string{`{"user":"1001","password":"wrong"}`, `{"user":"9999","password":"wrong"}`, `{"user":"9999","password":"right"}`} {
		w := g.ask("POST", "/api/v1/phone/session", body, nil)
		if w.Code != 403 || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s = %d", body, w.Code)
		}
		bodies = append(bodies, w.Body.String())
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] {
		t.Errorf("answers tell users apart: %q", bodies)
	}
	if len(g.granted) != 0 {
		t.Errorf("granted %v", g.granted)
	}
}

func TestGuessingIsThrottledByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		wrong := `{"user":"1001","password":"wrong"}`
		here := from("192.0.2.1:1")
		for i := range signInBurst {
			if _, status, _ := g.session(wrong, nil, here); status != 403 {
				t.Fatalf("try %d got %d", i, status)
			}
		}
		before := g.logins
		w := g.ask("POST", "/api/v1/phone/session", `{"user":"1001","password":"right"}`, nil, here)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "30" {
			t.Errorf("try %d got %d, Retry-After %q", signInBurst+1, w.Code, w.Header().Get("Retry-After"))
		}
		if g.logins != before {
			t.Error("a throttled try was looked at")
		}
		if _, status, _ := g.session(fmt.Sprintf(`{"token":%q}`, "GUESS"), nil, here); status != 429 {
			t.Errorf("a guessed link got %d, want 429", status)
		}
		if _, status, _ := g.session(`{"user":"1001","password":"right"}`, nil, from("192.0.2.2:1")); status != 200 {
			t.Errorf("another address got %d", status)
		}
		time.Sleep(signInRefill)
		if _, status, _ := g.session(`{"user":"1001","password":"right"}`, nil, here); status != 200 {
			t.Errorf("after %v the address got %d", signInRefill, status)
		}
	})
}

func TestAnIPv6HostIsCountedByItsNetwork(t *testing.T) {
	g := newGateway(t, nil)
	for i := range signInBurst {
		g.session(`{"user":"1001","password":"wrong"}`, nil, from(fmt.Sprintf("[2001:db8::%x]:1", i+1)))
	}
	if _, status, _ := g.session(`{"user":"1001","password":"right"}`, nil, from("[2001:db8::ffff]:1")); status != 429 {
		t.Errorf("the eleventh address of one /64 got %d, want 429", status)
	}
	if _, status, _ := g.session(`{"user":"1001","password":"right"}`, nil, from("[2001:db8:0:1::1]:1")); status != 200 {
		t.Errorf("another /64 got %d", status)
	}
}

func TestForeignAndMalformedRequestsAreRefused(t *testing.T) {
	g := newGateway(t, nil)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	good := `{"user":"1001","password":"right"}`
	for _, c := range []struct {
		name, body string
		change     func(*http.Request)
		status     int
	}{
		{"foreign by fetch metadata", good, header("Sec-Fetch-Site", "cross-site"), 403},
		{"same site but not origin", good, header("Sec-Fetch-Site", "same-site"), 403},
		{"foreign by origin", good, header("Origin", "https://evil.example"), 403},
		{"other port", good, header("Origin", "http://localhost:9999"), 403},
		{"opaque origin", good, header("Origin", "null"), 403},
		{"own origin", good, header("Origin", "http://localhost:8080"), 200},
		{"own by fetch metadata", good, header("Sec-Fetch-Site", "same-origin"), 200},
		{"a form", good, header("Content-Type", "application/x-www-form-urlencoded"), 415},
		{"text", good, header("Content-Type", "text/plain"), 415},
		{"no object", `[]`, nil, 400},
		{"unknown key", `{"user":"1001","password":"right","admin":true}`, nil, 400},
		{"two objects", good + good, nil, 400},
		{"control characters", `{"user":"10\u000001","password":"right"}`, nil, 400},
		{"long user", `{"user":"` + strings.Repeat("1", 200) + `","password":"x"}`, nil, 400},
		{"too long", `{"user":"` + strings.Repeat("1", maxBody) + `"}`, nil, 413},
	} {
		change := c.change
		if change == nil {
			change = func(*http.Request) {}
		}
		w := g.ask("POST", "/api/v1/phone/session", c.body, nil, change)
		if w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
	}
	w := g.ask("DELETE", "/api/v1/phone/session", `{}`, nil, header("Origin", "https://evil.example"))
	if w.Code != 403 {
		t.Errorf("foreign DELETE = %d, want 403", w.Code)
	}
}

func TestAUserWhoIsGoneIsSignedOut(t *testing.T) {
	known := true
	g := newGateway(t, func(c *Config) { c.Lookup = func(string) (string, bool) { return "Ann", known } })
	jar := map[string]string{}
	if _, status, _ := g.session(`{"user":"1001","password":"right"}`, jar); status != 200 {
		t.Fatal("no session")
	}
	known = false
	if _, status, code := g.session(`{}`, jar); status != 401 || code != "signed-out" {
		t.Errorf("a user who is gone got %d %s", status, code)
	}
}

func FuzzCookie(f *testing.F) {
	s, err := NewSessions(SessionsConfig{Key: []byte(strings.Repeat("k", 32))})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	f.Add(s.sign(s.newCookie(now, "1001", "")))
	f.Add(s.sign(s.newCookie(now, "a.b.c", "")))
	f.Add("..")
	f.Add("eA.eA")
	f.Fuzz(func(t *testing.T, value string) {
		c, ok := s.verify(now, value)
		if ok && s.sign(c) != value {
			t.Errorf("cookie %q was accepted but is not what would be signed", value)
		}
	})
}

func TestTheSessionNamesTheRelaysAsTheBrowserReachesUs(t *testing.T) {
	g := newGateway(t, func(c *Config) {
		c.Relays = func(host, user string) []Relay {
			return []Relay{{URLs: []string{"turn:" + host + ":3478?transport=udp"}, Username: user, Credential: "secret"}}
		}
	})
	for host, want := range map[string]string{
		"localhost:8080": "turn:localhost:3478?transport=udp", "pbx.example.com": "turn:pbx.example.com:3478?transport=udp",
		"[::1]:8443": "turn:[::1]:3478?transport=udp", "[fd00::1]": "turn:[fd00::1]:3478?transport=udp",
	} {
		a, status, _ := g.session(`{"user":"1001","password":"right"}`, nil, func(r *http.Request) { r.Host = host })
		if status != 200 || len(a.ICEServers) != 1 || a.ICEServers[0].URLs[0] != want || a.ICEServers[0].Username != "1001" {
			t.Errorf("at %s: %d %+v, want %s", host, status, a.ICEServers, want)
		}
	}
	if a, _, _ := newGateway(t, nil).session(`{"user":"1001","password":"right"}`, nil); a.ICEServers != nil {
		t.Errorf("without a relay: %+v", a.ICEServers)
	}
}
