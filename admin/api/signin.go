package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// hashPatience bounds how long a sign-in waits for the others: one hash at a time is
// computed, since each takes memory.
const hashPatience = 5 * time.Second

type (
	// Me is who asks.
	Me struct {
		Name string `json:"name"`
		Role string `json:"role" enum:"viewer,operator,admin"`
		Via  string `json:"via" doc:"how that was proved: socket, token or cookie"`
	}
	// SignIn is the body of POST /login: a name and a password, or the token of a link.
	SignIn struct {
		Name     string `json:"name,omitempty" maxLength:"128"`
		Password string `json:"password,omitempty" maxLength:"256"`
		Token    string `json:"token,omitempty" maxLength:"64"`
	}
	signedIn struct {
		Cookie string `header:"Set-Cookie"`
		Body   Me
	}
	signedOut struct {
		Cookie string `header:"Set-Cookie"`
	}
)

// requestOf gives a handler the request itself, for its cookies.
type requestOf struct{ r *http.Request }

// Resolve implements huma.Resolver.
func (q *requestOf) Resolve(ctx huma.Context) []error {
	q.r, _ = humago.Unwrap(ctx)
	return nil
}

// SignInRequest is a sign-in with its request.
type SignInRequest struct {
	requestOf
	Body SignIn
}

func (a *API) signInRoutes() {
	add(a, route{method: http.MethodPost, path: "/login", id: "login", tag: "access", summary: "Sign in, with name and password or the token of a link", role: Nobody, quiet: true, errors: []int{400, 403, 429}},
		func(ctx context.Context, in *SignInRequest) (*signedIn, error) { return a.signIn(ctx, in.r, in.Body) })
	add(a, route{method: http.MethodPost, path: "/logout", id: "logout", tag: "access", summary: "Sign out; it is well whoever asks", role: Nobody, quiet: true},
		func(_ context.Context, in *struct{ SignOutRequest }) (*signedOut, error) {
			now := time.Now()
			if s, ok := a.cookies.of(now, in.r); ok {
				a.cookies.revoke(now, s)
			}
			return &signedOut{a.cookies.unset(in.r)}, nil
		})
	add(a, route{method: http.MethodGet, path: "/me", id: "get-me", tag: "access", summary: "Who asks, and what he may do", role: Viewer},
		func(ctx context.Context, _ *nothing) (*body[Me], error) { return answer(meOf(PrincipalOf(ctx))) })
}

// SignOutRequest is the request of a sign-out.
type SignOutRequest struct{ requestOf }

func meOf(p Principal) Me { return Me{p.Name, p.Role.String(), p.Via} }

func (a *API) signIn(ctx context.Context, r *http.Request, in SignIn) (*signedIn, error) {
	now, from := time.Now(), remoteAddr(r)
	if a.origin.Check(r) != nil {
		return nil, refuse(http.StatusForbidden, "foreign", "another site asked for this; open the console itself")
	}
	if no := a.mayTry(now, from); no != nil {
		return nil, no
	}
	s := session{ID: rand.Text(), Expires: now.Add(CookieLife).Unix()}
	switch {
	case in.Token != "":
		l, ok := a.links.redeem(now, in.Token)
		if !ok {
			a.wrong(now, from, "link")
			return nil, refuse(http.StatusForbidden, "link", "this link has been used or is too old")
		}
		s.Name, s.Role = l.name, l.role.String()
	default:
		if err := a.checkPassword(ctx, &s, in, from); err != nil {
			return nil, err
		}
	}
	p, ok := a.bySession(ctx, s)
	if !ok {
		return nil, refuse(http.StatusForbidden, "credentials", "name or password are wrong")
	}
	p.From = from.String()
	a.note(ctx, p, noted{action: "login", object: p.Name, outcome: "ok"})
	return &signedIn{a.cookies.set(r, s, now), meOf(p)}, nil
}

// checkPassword takes equally long whether or not there is somebody of that name.
func (a *API) checkPassword(ctx context.Context, s *session, in SignIn, from netip.Addr) error {
	if in.Name == "" || in.Password == "" {
		return refuse(http.StatusBadRequest, "bad_request", "name and password are needed, or a token")
	}
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-time.After(hashPatience):
		return refuse(http.StatusServiceUnavailable, "unavailable", "too many people sign in at once; try again")
	case <-ctx.Done():
		return ctx.Err()
	}
	l, known := a.login(ctx, in.Name)
	h, err := parseHash(l.Hash)
	if err != nil {
		h, known = a.nobody, false
	}
	if !h.fits(in.Password) || !known {
		a.wrong(time.Now(), from, "password")
		a.note(ctx, Principal{Name: strings.ToLower(in.Name), From: from.String()}, noted{action: "login", object: in.Name, outcome: "name or password are wrong"})
		return refuse(http.StatusForbidden, "credentials", "name or password are wrong")
	}
	s.Name, s.Mark = l.Name, mark(l.Hash)
	return nil
}

// Link makes a token that signs in once within LinkLife: /console?token=TOKEN.
func (a *API) Link(name string, role Role) string { return a.links.issue(time.Now(), name, role) }
