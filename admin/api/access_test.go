package api

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

// browser asks as a browser does: with the cookies it was given, and of its own page.
type browser struct {
	t       *testing.T
	h       http.Handler
	cookies map[string]string
	fields  map[string]string
	from    string
	secure  bool
}

func newBrowser(t *testing.T, h http.Handler) *browser {
	return &browser{t, h, map[string]string{}, map[string]string{"Sec-Fetch-Site": "same-origin"}, "192.0.2.7:5000", false}
}

func (b *browser) ask(method, path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = b.from
	if b.secure {
		r.TLS = &tls.ConnectionState{}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range b.fields {
		r.Header.Set(k, v)
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return w
}

func (b *browser) want(status int, method, path, body string) string {
	b.t.Helper()
	w := b.ask(method, path, body)
	if w.Code != status {
		b.t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	return w.Body.String()
}

// withAnn is an API where Ann, an operator, may sign in by password.
func withAnn(t *testing.T) (*API, *whole, *sql.DB, func(sql.Login)) {
	t.Helper()
	hash, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	ann := sql.Login{Name: "ann", Hash: hash, Role: "operator"}
	w, db := &whole{}, newStore(t)
	c := w.config()
	c.Store, c.Admins = db, func() []sql.Login { return []sql.Login{ann} }
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a, w, db, func(l sql.Login) { ann = l }
}

func TestPeopleSignInByPassword(t *testing.T) {
	a, w, _, _ := withAnn(t)
	b := newBrowser(t, a)
	b.want(401, "GET", "/api/v1/calls", "")
	b.want(400, "POST", "/api/v1/login", `{"name":"ann"}`)
	if got := b.want(403, "POST", "/api/v1/login", `{"name":"ann","password":"wrong horse"}`); got != b.want(403, "POST", "/api/v1/login", `{"name":"nobody","password":"wrong horse"}`) {
		t.Error("the answer says whether there is somebody of that name")
	}
	if got := b.want(200, "POST", "/api/v1/login", `{"name":"Ann","password":"correct horse"}`); !strings.Contains(got, `{"name":"ann","role":"operator","via":"cookie"}`) {
		t.Errorf("login says %s", got)
	}
	b.want(200, "GET", "/api/v1/me", "")
	b.want(204, "DELETE", "/api/v1/calls/one", "")
	b.want(403, "POST", "/api/v1/reload", "")
	if len(w.done) != 1 {
		t.Errorf("done: %v", w.done)
	}
	kept := b.cookies["tandem-console"]
	b.want(204, "POST", "/api/v1/logout", "")
	b.want(401, "GET", "/api/v1/me", "")
	b.cookies["tandem-console"] = kept
	b.want(401, "GET", "/api/v1/me", "") // signed out is signed out, whoever kept the cookie
}

func TestCookieIsOfThisHostAndOfNoScript(t *testing.T) {
	a, _, _, _ := withAnn(t)
	b := newBrowser(t, a)
	b.secure = true
	field := b.ask("POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`).Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-tandem-console=", "Path=/", "HttpOnly", "Secure", "SameSite=Strict", "Max-Age=43200"} {
		if !strings.Contains(field, want) {
			t.Errorf("Set-Cookie: %s lacks %s", field, want)
		}
	}
	if strings.Contains(field, "Domain") {
		t.Errorf("Set-Cookie: %s names a domain", field)
	}
}

func TestACookieAloneChangesNothing(t *testing.T) {
	a, w, _, _ := withAnn(t)
	b := newBrowser(t, a)
	b.want(200, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`)
	for name, fields := range map[string]map[string]string{
		"another site":              {"Sec-Fetch-Site": "cross-site"},
		"a neighbor of our host":    {"Sec-Fetch-Site": "same-site"},
		"another origin":            {"Origin": "https://evil.example"},
		"an old browser":            {},
		"a foreign page with field": {"Origin": "null", "X-Tandem-Request": "1"},
	} {
		b.fields = fields
		if w := b.ask("DELETE", "/api/v1/calls/one", ""); w.Code != 403 || !strings.Contains(w.Body.String(), `"code":"foreign"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(w.done) > 0 {
		t.Errorf("done: %v", w.done)
	}
	for _, fields := range []map[string]string{{"X-Tandem-Request": "1"}, {"Origin": "http://example.com"}} {
		b.fields = fields
		b.want(204, "DELETE", "/api/v1/calls/one", "")
	}
	b.fields = map[string]string{"Sec-Fetch-Site": "cross-site"}
	b.want(403, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`) // nor signs another site us in
}

func TestAnotherPasswordOrRoleEndsOrChangesASession(t *testing.T) {
	a, _, db, set := withAnn(t)
	b := newBrowser(t, a)
	b.want(200, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`)
	ann, _ := a.login(t.Context(), "ann")
	ann.Role = "viewer"
	set(ann)
	b.want(403, "DELETE", "/api/v1/calls/one", "")
	ann.Hash, _ = HashPassword("battery staple")
	set(ann)
	b.want(401, "GET", "/api/v1/me", "")
	set(sql.Login{Name: "nobody"})
	if err := db.PutLogin(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	b.want(200, "POST", "/api/v1/login", `{"name":"ann","password":"battery staple"}`) // one of the store
	if err := db.RemoveLogin(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	b.want(401, "GET", "/api/v1/me", "")
}

func TestWrongTriesAreThrottledByAddress(t *testing.T) {
	a, _, _, _ := withAnn(t)
	b := newBrowser(t, a)
	for range 10 {
		b.fields = map[string]string{"Authorization": "Bearer tandem_guess"}
		b.want(401, "GET", "/api/v1/me", "")
	}
	b.fields = map[string]string{"Sec-Fetch-Site": "same-origin"}
	b.want(429, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`)
	b.from = "192.0.2.8:5000"
	b.want(200, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`)
}

func TestALinkSignsInOnce(t *testing.T) {
	a, _, _, _ := withAnn(t)
	token := a.Link("demo", Admin)
	b := newBrowser(t, a)
	b.want(200, "POST", "/api/v1/login", `{"token":"`+token+`"}`)
	if got := b.want(200, "GET", "/api/v1/me", ""); !strings.Contains(got, `"role":"admin"`) {
		t.Errorf("me: %s", got)
	}
	newBrowser(t, a).want(403, "POST", "/api/v1/login", `{"token":"`+token+`"}`)
	if _, ok := a.links.redeem(time.Now().Add(LinkLife+time.Second), a.Link("demo", Admin)); ok {
		t.Error("a link that is too old signs in")
	}
	for range 10 * maxLinks {
		a.Link("demo", Admin)
	}
	if len(a.links.all) > maxLinks {
		t.Errorf("%d links are kept", len(a.links.all))
	}
}

func TestTokensAreForPrograms(t *testing.T) {
	a, w, db, _ := withAnn(t)
	made := as(Admin, a, "POST", "/api/v1/tokens", `{"name":"wallboard","role":"viewer","days":1}`)
	var token MadeToken
	if err := json.Unmarshal(made.Body.Bytes(), &token); made.Code != 201 || err != nil || !strings.HasPrefix(token.Secret, "tandem_") || len(token.Secret) < 33 {
		t.Fatalf("made: %d %s", made.Code, made.Body)
	}
	if all, err := db.Tokens(t.Context()); err != nil || len(all) != 1 || strings.Contains(all[0].Hash, token.Secret[7:]) || all[0].Owner != "ann" {
		t.Errorf("kept: %+v, %v", all, err)
	}
	if list := as(Admin, a, "GET", "/api/v1/tokens", "").Body.String(); strings.Contains(list, token.Secret) || !strings.Contains(list, "wallboard") {
		t.Errorf("listed: %s", list)
	}
	b := newBrowser(t, a)
	b.fields = map[string]string{"Authorization": "Bearer " + token.Secret}
	if got := b.want(200, "GET", "/api/v1/me", ""); !strings.Contains(got, `{"name":"wallboard","role":"viewer","via":"token"}`) {
		t.Errorf("me: %s", got)
	}
	b.want(403, "DELETE", "/api/v1/calls/one", "")
	if all, _ := db.Tokens(t.Context()); all[0].Used.IsZero() {
		t.Error("its use was not noted")
	}
	as(Admin, a, "DELETE", "/api/v1/tokens/"+token.ID, "")
	b.want(401, "GET", "/api/v1/me", "")
	if len(w.done) > 0 {
		t.Errorf("done: %v", w.done)
	}
	if w := as(Admin, a, "POST", "/api/v1/tokens", `{"name":"x","role":"root"}`); w.Code != 400 {
		t.Errorf("a role that there is none of: %d %s", w.Code, w.Body)
	}
	if err := db.AddToken(context.Background(), sql.Token{ID: "old", Name: "old", Role: "admin", Hash: HashOf("tandem_old"), Expires: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	b.fields = map[string]string{"Authorization": "Bearer tandem_old"}
	b.want(401, "GET", "/api/v1/me", "")
}

func TestEveryChangeIsInTheAuditLog(t *testing.T) {
	a, _, _, _ := withAnn(t)
	b := newBrowser(t, a)
	b.want(200, "POST", "/api/v1/login", `{"name":"ann","password":"correct horse"}`)
	b.want(204, "DELETE", "/api/v1/calls/one", "")
	b.want(404, "DELETE", "/api/v1/calls/two", "")
	b.want(403, "POST", "/api/v1/reload", "")
	b.want(200, "GET", "/api/v1/calls", "")
	newBrowser(t, a).want(401, "POST", "/api/v1/reload", "")
	var log Entries
	if err := json.Unmarshal(as(Admin, a, "GET", "/api/v1/audit", "").Body.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ann operator 192.0.2.7 reload /reload Forbidden", "ann operator 192.0.2.7 hang-up /calls/two Not Found",
		"ann operator 192.0.2.7 hang-up /calls/one ok", "ann operator 192.0.2.7 login ann ok",
	}
	var got []string
	for _, e := range log.Entries {
		got = append(got, strings.Join([]string{e.Who, e.Role, e.Address, e.Action, e.Object, e.Outcome}, " "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the audit log says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhoAsksTooMuchIsToldSo(t *testing.T) {
	var l limits
	now := aDay()
	for i := range requestBurst {
		if !l.take(now, "ann") {
			t.Fatalf("refused after %d", i)
		}
	}
	if l.take(now, "ann") {
		t.Error("one more is taken")
	}
	if !l.take(now, "bob") || !l.take(now.Add(time.Second), "ann") {
		t.Error("others, or later ones, are refused too")
	}
	for i := range maxLimited + 50 {
		l.take(now.Add(time.Duration(i)), strings.Repeat("x", 1+i%7)+time.Duration(i).String())
	}
	if len(l.all) > maxLimited {
		t.Errorf("%d are remembered", len(l.all))
	}
}

func TestAPIBoundsWhatItReads(t *testing.T) {
	a, _ := newAPI(t)
	long := strings.Repeat("x", maxBody)
	for ask, want := range map[string]int{
		"POST /api/v1/login " + `{"name":"` + long + `"}`:                     413,
		"POST /api/v1/login " + `{"name":`:                                    400,
		"POST /api/v1/login " + `{"name":"a","admin":true}`:                   400,
		"GET /api/v1/cdrs?limit=100000 ":                                      400,
		"GET /api/v1/calls?limit=-1 ":                                         400,
		"GET /api/v1/registrations?limit=1001 ":                               400,
		"GET /api/v1/calls/" + strings.Repeat("x", 300) + " ":                 400,
		"POST /api/v1/calls/one/legs/a/dtmf " + `{"digits":"9; rm"}`:          400,
		"GET /api/v1/calls/one/trace?format=exe ":                             400,
		"DELETE /api/v1/security/bans/nobody ":                                400,
		"POST /api/v1/security/bans " + `{"address":"nobody","minutes":5}`:    400,
		"POST /api/v1/security/bans " + `{"address":"192.0.2.9","minutes":0}`: 400,
		"POST /api/v1/security/bans " + `{"address":"192.0.2.1","minutes":5}`: 409,
		"GET /api/v1/calls/one/trace?since=yesterday ":                        400,
		"GET /api/v1/cdrs?from=yesterday ":                                    400,
		"GET /api/v1/nothing ":                                                404,
	} {
		method, rest, _ := strings.Cut(ask, " ")
		path, body, _ := strings.Cut(rest, " ")
		w := as(Admin, a, method, path, body)
		var no Refusal
		if err := json.Unmarshal(w.Body.Bytes(), &no); w.Code != want || err != nil || no.Code == "" || no.Words == "" {
			t.Errorf("%.60s: %d %.200s, want %d", ask, w.Code, w.Body, want)
		}
	}
}
