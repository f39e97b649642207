package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	cookiePath = "/api/v1/phone"
	// maxCookies bounds how many cookies of one request are looked at.
	maxCookies = 32
)

// cookie is the statement "this browser is signed in as user until expires",
// signed, so that nothing need be remembered of it but that it was signed out.
//
// Its value is base64url(id "." expires "." user) "." base64url(HMAC-SHA-256).
type cookie struct {
	user    string
	id      string
	expires time.Time
}

// cookieName keeps apart what one browser may hold at once: several users in
// several tabs, several gateways on several ports (cookies do not tell ports
// apart), and http from https (a Secure cookie cannot be replaced over http,
// RFC 6265bis §5.7).
func cookieName(r *http.Request, user string) string {
	sum := sha256.Sum256([]byte(r.Host + "\x00" + user))
	return cookiePrefix(r) + hex.EncodeToString(sum[:8])
}

func cookiePrefix(r *http.Request) string {
	if r.TLS != nil {
		return "tandem-s-"
	}
	return "tandem-h-"
}

func (s *Sessions) newCookie(now time.Time, user, id string) cookie {
	if id == "" {
		id = rand.Text()
	}
	return cookie{user: user, id: id, expires: now.Add(CookieLife).Truncate(time.Second)}
}

func (s *Sessions) sign(c cookie) string {
	payload := c.id + "." + strconv.FormatInt(c.expires.Unix(), 10) + "." + c.user
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(payload)) + "." + encode(s.mac(payload))
}

func (s *Sessions) mac(payload string) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte("phone cookie\x00" + payload))
	return m.Sum(nil)
}

// verify reads a cookie's value; false for one that is forged, over or signed
// out. It accepts only what sign would write, octet by octet.
func (s *Sessions) verify(now time.Time, value string) (cookie, bool) {
	head, _, found := strings.Cut(value, ".")
	if !found || len(value) > 1024 {
		return cookie{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return cookie{}, false
	}
	parts := strings.SplitN(string(payload), ".", 3)
	if len(parts) != 3 {
		return cookie{}, false
	}
	unix, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return cookie{}, false
	}
	c := cookie{id: parts[0], user: parts[2], expires: time.Unix(unix, 0)}
	if !hmac.Equal([]byte(s.sign(c)), []byte(value)) {
		return cookie{}, false
	}
	return c, now.Before(c.expires) && !s.isRevoked(c.id)
}

// cookies returns the valid cookies of a request, those that end last first.
func (s *Sessions) cookies(now time.Time, r *http.Request) []cookie {
	var out []cookie
	prefix := cookiePrefix(r)
	looked := 0
	for _, h := range r.Cookies() {
		if !strings.HasPrefix(h.Name, prefix) {
			continue
		}
		if looked++; looked > maxCookies {
			break
		}
		c, ok := s.verify(now, h.Value)
		if !ok || h.Name != cookieName(r, c.user) {
			continue
		}
		at := 0
		for at < len(out) && !c.expires.After(out[at].expires) {
			at++
		}
		out = append(out[:at], append([]cookie{c}, out[at:]...)...)
	}
	return out
}

// cookieOf returns the cookie for user, or the newest one where user is "".
func (s *Sessions) cookieOf(now time.Time, r *http.Request, user string) (cookie, bool) {
	for _, c := range s.cookies(now, r) {
		if user == "" || c.user == user {
			return c, true
		}
	}
	return cookie{}, false
}

func (s *Sessions) setCookie(w http.ResponseWriter, r *http.Request, c cookie, now time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name:     cookieName(r, c.user),
		Value:    s.sign(c),
		Path:     cookiePath,
		MaxAge:   int(c.expires.Sub(now).Seconds()),
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteStrictMode,
	})
}

func clearCookie(w http.ResponseWriter, r *http.Request, user string) {
	http.SetCookie(w, &http.Cookie{
		Name:     cookieName(r, user),
		Path:     cookiePath,
		MaxAge:   -1,
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteStrictMode,
	})
}
