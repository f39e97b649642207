package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin/oidc"
)

const (
	// visitLife is how long somebody may take to sign in elsewhere.
	visitLife    = 10 * time.Minute
	callbackPath = "/login/oidc/callback"
)

// Service is a sign-in service elsewhere.
type Service struct {
	Provider *oidc.Provider
	Name     string // on the button of the sign-in page
	// RedirectURL is where it sends people back to; empty means the address that they
	// asked.
	RedirectURL string
	// Mark is of its configuration: sessions that came by another one end.
	Mark string
}

type (
	// Ways are how one may sign in.
	Ways struct {
		Service string `json:"service,omitempty" doc:"what the sign-in service is called; without one there is only name and password"`
	}
	// Visit is a browser on its way to the sign-in service, or back from it.
	Visit struct {
		requestOf
		Code   string `query:"code" maxLength:"4096"`
		State  string `query:"state" maxLength:"128"`
		Error  string `query:"error" maxLength:"128"`
		Issuer string `query:"iss" maxLength:"512"`
	}
	sentOn struct {
		Location string   `header:"Location"`
		Cookies  []string `header:"Set-Cookie"`
	}
)

func (a *API) oidcRoutes() {
	add(a, route{method: http.MethodGet, path: "/login", id: "login-ways", tag: "access", summary: "How one may sign in", role: Nobody},
		func(context.Context, *nothing) (*body[Ways], error) {
			if s := a.service(); s != nil {
				return answer(Ways{s.Name})
			}
			return answer(Ways{})
		})
	add(a, route{method: http.MethodGet, path: "/login/oidc", id: "login-oidc", tag: "access", summary: "Go to the sign-in service; for browsers", role: Nobody, status: http.StatusSeeOther}, a.sendAway)
	add(a, route{method: http.MethodGet, path: callbackPath, id: "login-oidc-callback", tag: "access", summary: "Come back from the sign-in service; for browsers", role: Nobody, status: http.StatusSeeOther}, a.takeBack)
}

// service is the sign-in service; nil where there is none.
func (a *API) service() *Service {
	if a.config.Service == nil {
		return nil
	}
	return a.config.Service()
}

// toConsole sends a browser to the console, which says what has gone wrong, if
// anything: "expired", "refused", "role", "unreachable", "busy" or "none".
func (a *API) toConsole(r *http.Request, problem string) (*sentOn, error) {
	out := &sentOn{Location: "/console", Cookies: []string{visitCookie(r, "", -1)}}
	if problem != "" {
		out.Location += "?sso=" + problem
	}
	return out, nil
}

// sendAway sends a browser to the sign-in service.
func (a *API) sendAway(ctx context.Context, in *Visit) (*sentOn, error) {
	s := a.service()
	if s == nil {
		return a.toConsole(in.r, "none")
	}
	id, until := rand.Text(), time.Now().Add(visitLife).Unix()
	to, err := s.Provider.Begin(ctx, s.redirect(in.r), a.cookies.secretsOf(id))
	if err != nil {
		a.log.Warn("nobody can sign in by the sign-in service", "reason", err)
		return a.toConsole(in.r, "unreachable")
	}
	payload := id + "." + strconv.FormatInt(until, 10)
	return &sentOn{Location: to, Cookies: []string{visitCookie(in.r, payload+"."+a.cookies.derive("visit", payload), int(visitLife.Seconds()))}}, nil
}

// redirect is where the service is to send a browser back to.
func (s *Service) redirect(r *http.Request) string {
	if s.RedirectURL != "" {
		return s.RedirectURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + prefix + callbackPath
}

// takeBack signs somebody in whom the sign-in service vouches for.
func (a *API) takeBack(ctx context.Context, in *Visit) (*sentOn, error) {
	now, from, s := time.Now(), remoteAddr(in.r), a.service()
	if s == nil {
		return a.toConsole(in.r, "none")
	}
	if a.mayTry(now, from) != nil {
		return a.toConsole(in.r, "busy")
	}
	id, ok := a.visitOf(now, in.r)
	secrets := a.cookies.secretsOf(id)
	switch {
	case !ok || !hmac.Equal([]byte(secrets.State), []byte(in.State)), in.Issuer != "" && in.Issuer != s.Provider.Issuer():
		return a.toConsole(in.r, "expired")
	case in.Error != "" || in.Code == "":
		a.log.Info("the sign-in service has let somebody not in", "from", from, "reason", plain(in.Error))
		return a.toConsole(in.r, "refused")
	}
	who, err := s.Provider.Finish(ctx, s.redirect(in.r), in.Code, secrets)
	p := Principal{Name: who.Name, Via: "cookie", From: from.String()}
	if err != nil {
		return a.turnAway(ctx, in.r, p, err)
	}
	role, known := ParseRole(who.Role)
	if p.Role = role; !known {
		return a.turnAway(ctx, in.r, p, oidc.ErrNoRole)
	}
	a.note(ctx, p, noted{action: "login", object: p.Name, detail: "by " + s.Provider.Issuer() + " as " + who.Subject, outcome: "ok"})
	out, err := a.toConsole(in.r, "")
	out.Cookies = append(out.Cookies, a.cookies.set(in.r, session{ID: rand.Text(), Name: p.Name, Expires: now.Add(CookieLife).Unix(), Role: who.Role, Service: s.Mark}, now))
	return out, err
}

// turnAway sends somebody back to the console who may not come in.
func (a *API) turnAway(ctx context.Context, r *http.Request, p Principal, err error) (*sentOn, error) {
	switch {
	case errors.Is(err, oidc.ErrNoRole):
		a.note(ctx, p, noted{action: "login", object: p.Name, outcome: err.Error()})
		return a.toConsole(r, "role")
	case errors.Is(err, oidc.ErrBusy):
		return a.toConsole(r, "busy")
	case errors.Is(err, oidc.ErrProof):
		a.wrong(time.Now(), remoteAddr(r), "the sign-in service")
		a.log.Warn("somebody cannot sign in by the sign-in service", "from", p.From, "reason", err)
		return a.toConsole(r, "refused")
	}
	a.log.Warn("nobody can sign in by the sign-in service", "reason", err)
	return a.toConsole(r, "unreachable")
}

// visitOf reads which visit a browser comes back from; false for one that is forged or
// over.
func (a *API) visitOf(now time.Time, r *http.Request) (id string, ok bool) {
	h, err := r.Cookie(visitName(r))
	if err != nil || len(h.Value) > 256 {
		return "", false
	}
	parts := strings.Split(h.Value, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(a.cookies.derive("visit", parts[0]+"."+parts[1]))) {
		return "", false
	}
	until, err := strconv.ParseInt(parts[1], 10, 64)
	return parts[0], err == nil && now.Unix() < until
}

// visitName is that of the cookie, as cookieName.
func visitName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-tandem-visit"
	}
	return "tandem-visit"
}

// visitCookie is the header field that a browser has its visit from. It must come
// along when another site sends the browser back: that is Lax (RFC 6265bis §5.2).
func visitCookie(r *http.Request, value string, seconds int) string {
	h := http.Cookie{Name: visitName(r), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode}
	return h.String()
}

// derive makes a word of 43 characters that nobody else can make.
func (c *cookies) derive(use, of string) string {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte("oidc " + use + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// secretsOf are those of a visit; the browser has none of them, and nothing is
// remembered of it here.
func (c *cookies) secretsOf(id string) oidc.Secrets {
	return oidc.Secrets{State: c.derive("state", id), Nonce: c.derive("nonce", id), Verifier: c.derive("verifier", id)}
}
