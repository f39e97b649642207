package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

// tokenPrefix begins every token, so that one that has leaked is recognized.
const tokenPrefix = "tandem_"

// HashOf is what is kept of a token.
func HashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// identify says who asks, from what the request carries. Nobody is no refusal: there
// are operations for him.
func (a *API) identify(now time.Time, r *http.Request) (Principal, *Refusal) {
	from := remoteAddr(r)
	if field := r.Header.Get("Authorization"); field != "" {
		p, no := a.byToken(r.Context(), now, from, field)
		p.From = from.String()
		return p, no
	}
	s, ok := a.cookies.of(now, r)
	if !ok {
		return Principal{From: from.String()}, nil
	}
	p, ok := a.bySession(r.Context(), s)
	p.From = from.String()
	if ok && changes(r.Method) {
		if no := a.ownPage(r); no != nil {
			return p, no
		}
	}
	return p, nil
}

// changes says whether a method may change something (RFC 9110 §9.2.1).
func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// ownPage refuses what another site has our user's browser send: browsers say from
// where a request comes, by Sec-Fetch-Site or at least by Origin. One that says
// neither is no browser that we let use a cookie for a change.
func (a *API) ownPage(r *http.Request) *Refusal {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" && r.Header.Get("X-Tandem-Request") == "" {
		return refuse(http.StatusForbidden, "foreign", "with a cookie, the header field X-Tandem-Request: 1 is needed where the browser sends no Origin")
	}
	if a.origin.Check(r) != nil {
		return refuse(http.StatusForbidden, "foreign", "another site asked for this; open the console itself")
	}
	return nil
}

// byToken is who a bearer token belongs to (RFC 6750 §2.1).
func (a *API) byToken(ctx context.Context, now time.Time, from netip.Addr, field string) (Principal, *Refusal) {
	scheme, token, _ := strings.Cut(field, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, tokenPrefix) || len(token) > 128 || a.config.Store == nil {
		return Principal{}, refuse(http.StatusUnauthorized, "credentials", "Authorization is to be: Bearer %s...", tokenPrefix)
	}
	if no := a.mayTry(now, from); no != nil {
		return Principal{}, no
	}
	t, err := a.config.Store.TokenOf(ctx, HashOf(token))
	switch {
	case errors.Is(err, sql.ErrNotFound), err == nil && !t.Expires.IsZero() && !now.Before(t.Expires):
		a.wrong(now, from, "token")
		return Principal{}, refuse(http.StatusUnauthorized, "credentials", "the token is not known, or no longer good")
	case err != nil:
		a.log.Error("tokens cannot be read", "reason", err)
		return Principal{}, refuse(http.StatusServiceUnavailable, "unavailable", "tokens cannot be checked now")
	}
	role, ok := ParseRole(t.Role)
	if !ok {
		return Principal{}, refuse(http.StatusForbidden, "forbidden", "the token has no role")
	}
	if a.used.first(now, t.ID) {
		if err := a.config.Store.TokenUsed(ctx, t.ID, now); err != nil {
			a.log.Debug("the use of a token could not be noted", "reason", err)
		}
	}
	return Principal{Name: t.Name, Role: role, Via: "token"}, nil
}

// bySession is who a cookie belongs to; false where that has ended meanwhile.
func (a *API) bySession(ctx context.Context, s session) (Principal, bool) {
	p := Principal{Name: s.Name, Via: "cookie"}
	if s.Service != "" {
		if now := a.service(); now == nil || now.Mark != s.Service {
			return Principal{}, false
		}
	}
	if s.Mark == "" {
		role, ok := ParseRole(s.Role)
		p.Role = role
		return p, ok
	}
	l, ok := a.login(ctx, s.Name)
	if !ok || mark(l.Hash) != s.Mark {
		return Principal{}, false
	}
	p.Role, ok = ParseRole(l.Role)
	return p, ok
}

// mark tells one hash from another and gives away nothing of it.
func mark(passwordHash string) string { return HashOf("mark\x00" + passwordHash)[:12] }

// login finds a person: the file's come before the store's.
func (a *API) login(ctx context.Context, name string) (sql.Login, bool) {
	if a.config.Admins != nil {
		for _, l := range a.config.Admins() {
			if strings.EqualFold(l.Name, name) {
				return l, true
			}
		}
	}
	if a.config.Store == nil {
		return sql.Login{}, false
	}
	l, err := a.config.Store.Login(ctx, strings.ToLower(name))
	if err != nil && !errors.Is(err, sql.ErrNotFound) {
		a.log.Error("logins cannot be read", "reason", err)
	}
	return l, err == nil
}

// mayTry refuses an address that has tried wrongly too often.
func (a *API) mayTry(now time.Time, from netip.Addr) *Refusal {
	if wait := a.tries.Wait(now, from); wait > 0 {
		return refuse(http.StatusTooManyRequests, "too_many", "too many wrong tries from your address; try again in %d s", int(wait/time.Second)+1)
	}
	return nil
}

func (a *API) wrong(now time.Time, from netip.Addr, what string) {
	a.tries.Wrong(now, from)
	a.log.Info("sign-in to the API refused", "by", what, "from", from)
	if a.config.Refused != nil {
		a.config.Refused()
	}
}

// remoteAddr is the far end of the connection. What a proxy claims in a header field is
// not believed.
func remoteAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// minutes says of each name once a minute that it is the first time.
type minutes struct {
	mu   sync.Mutex
	last map[string]time.Time // guarded by mu, at most maxMinutes
}

const maxMinutes = 1024

func (m *minutes) first(now time.Time, name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.last[name]; ok && now.Sub(at) < time.Minute {
		return false
	}
	if m.last == nil || len(m.last) >= maxMinutes {
		m.last = map[string]time.Time{}
	}
	m.last[name] = now
	return true
}
