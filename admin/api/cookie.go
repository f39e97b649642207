package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// CookieLife is how long a browser stays signed in.
	CookieLife = 12 * time.Hour
	maxCookie  = 2048
	maxRevoked = 4096
)

// session is the statement "this browser is signed in", signed, so that nothing need be
// remembered of it but that it was signed out.
type session struct {
	ID      string `json:"i"`
	Name    string `json:"n"`
	Expires int64  `json:"e"` // Unix seconds
	// Role is that of somebody whom a link or another sign-in service vouched for; one
	// with a password has the role that his login has now.
	Role string `json:"r,omitempty"`
	// Service is the Mark of the sign-in service that vouched for him: another one ends
	// the session.
	Service string `json:"s,omitempty"`
	// Mark is of the hash of his password: a new one ends the session.
	Mark string `json:"m,omitempty"`
}

// cookies signs and reads sessions.
type cookies struct {
	key []byte // immutable

	mu      sync.Mutex
	revoked map[string]int64 // IDs signed out, until they would end; guarded by mu, at most maxRevoked
}

// cookieName keeps http and https apart: a __Host- cookie is of this host alone, and
// secure (RFC 6265bis §4.1.3.2).
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-tandem-console"
	}
	return "tandem-console"
}

func (c *cookies) mac(payload string) []byte {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte("console cookie\x00" + payload))
	return m.Sum(nil)
}

func (c *cookies) sign(s session) string {
	text, err := json.Marshal(s)
	if err != nil {
		return "" // of strings and numbers: it has none
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	return payload + "." + c.signature(payload)
}

func (c *cookies) signature(payload string) string {
	return base64.RawURLEncoding.EncodeToString(c.mac(payload))
}

// read reads a cookie's value; false for one that is forged, over or signed out. Signatures
// are compared as they are written: decoding passes over ends of lines.
func (c *cookies) read(now time.Time, value string) (s session, ok bool) {
	payload, signature, found := strings.Cut(value, ".")
	if !found || len(value) > maxCookie {
		return s, false
	}
	if !hmac.Equal([]byte(signature), []byte(c.signature(payload))) {
		return s, false
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil || json.Unmarshal(text, &s) != nil {
		return s, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, out := c.revoked[s.ID]
	return s, !out && now.Unix() < s.Expires
}

// of is the session of a request.
func (c *cookies) of(now time.Time, r *http.Request) (session, bool) {
	h, err := r.Cookie(cookieName(r))
	if err != nil {
		return session{}, false
	}
	return c.read(now, h.Value)
}

// revoke ends a session before its time.
func (c *cookies) revoke(now time.Time, s session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, until := range c.revoked {
		if until <= now.Unix() {
			delete(c.revoked, id)
		}
	}
	if len(c.revoked) >= maxRevoked { // whoever ends first was signed in longest ago
		first, at := "", int64(0)
		for id, until := range c.revoked {
			if first == "" || until < at {
				first, at = id, until
			}
		}
		delete(c.revoked, first)
	}
	c.revoked[s.ID] = s.Expires
}

// set is the header field that gives a browser its session.
func (c *cookies) set(r *http.Request, s session, now time.Time) string {
	h := http.Cookie{
		Name: cookieName(r), Value: c.sign(s), Path: "/", MaxAge: int(s.Expires - now.Unix()),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
	return h.String()
}

// unset is the header field that takes it away.
func (c *cookies) unset(r *http.Request) string {
	h := http.Cookie{Name: cookieName(r), Path: "/", MaxAge: -1, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	return h.String()
}
