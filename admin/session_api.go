package admin

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const maxBody = 4 << 10

// sessionRequest is the body of POST and DELETE /api/v1/phone/session: a token,
// or user and password, or neither for the browser that has a cookie, which may
// name one of several users by as.
type sessionRequest struct {
	Token    string `json:"token"`
	User     string `json:"user"`
	Password string `json:"password"`
	As       string `json:"as"`
}

// sessionAnswer is what a phone needs to register.
type sessionAnswer struct {
	User        string    `json:"user"`
	DisplayName string    `json:"displayName"`
	Domain      string    `json:"domain"`
	WS          string    `json:"ws"`
	Password    string    `json:"password"`
	Numbers     []Number  `json:"numbers"`
	Expires     time.Time `json:"expires"`
	ICEServers  []Relay   `json:"iceServers,omitempty"`
	People      []Person  `json:"people,omitempty"`
	Features    Features  `json:"features"`
}

// Relay is a TURN server (RFC 8656) with short-lived credentials, as browsers take
// it (RTCIceServer of WebRTC 1.0 §4.2.4).
type Relay struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// refusal is an answer in words with a code that the page acts on.
type refusal struct {
	status int
	Code   string `json:"code"`
	Words  string `json:"error"`
}

func (r *refusal) Error() string { return r.Words }

var (
	refuseLink = &refusal{
		http.StatusForbidden, "link",
		"This link has been used or is too old. Sign in, or ask for a new link.",
	}
	refuseCredentials = &refusal{
		http.StatusForbidden, "credentials",
		"User or password are wrong.",
	}
	refuseSignedOut = &refusal{
		http.StatusUnauthorized, "signed-out",
		"This browser is not signed in.",
	}
	refuseTooMany = &refusal{
		http.StatusTooManyRequests, "too-many",
		"Too many wrong tries from your address. Wait a little, then try again.",
	}
	refuseForeign = &refusal{
		http.StatusForbidden, "foreign",
		"Another site asked for this. Open the phone itself.",
	}
	refuseBody = &refusal{
		http.StatusBadRequest, "body",
		"The request is not the JSON object that belongs here.",
	}
	refuseTooLong = &refusal{
		http.StatusRequestEntityTooLarge, "body",
		"The request is too long.",
	}
	refuseType = &refusal{
		http.StatusUnsupportedMediaType, "body",
		"The request must be application/json.",
	}
)

// openSession is POST /api/v1/phone/session.
func (h *handler) openSession(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	req, err := h.readSessionRequest(w, r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	c, fresh, err := h.identify(w, r, req, now)
	if err != nil {
		h.refuse(w, err)
		return
	}
	name, ok := h.config.Lookup(c.user)
	if !ok {
		// The user is gone since; say what an unknown one hears.
		h.refuse(w, refuseSignedOut)
		return
	}
	if fresh {
		h.sessions.setCookie(w, r, c, now)
	}
	password, until := h.sessions.password(now, c.user, c.id)
	writeJSON(w, http.StatusOK, sessionAnswer{
		User: c.user, DisplayName: name, Domain: h.config.Domain, WS: "/ws",
		Password: password, Numbers: h.numbers(), Expires: until.UTC(),
		ICEServers: h.relays(r, c.user), People: h.config.People, Features: h.config.Features,
	})
}

// relays are the gateway's, under the name that the browser knows it by.
func (h *handler) relays(r *http.Request, user string) []Relay {
	if h.config.Relays == nil {
		return nil
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	if host == "" || len(host) > 253 || strings.ContainsAny(host, "/?#@ ") {
		return nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return h.config.Relays(host, user)
}

// identify finds out who asks; fresh says that the cookie is new to the browser.
func (h *handler) identify(w http.ResponseWriter, r *http.Request, req sessionRequest, now time.Time) (c cookie, fresh bool, err error) {
	if req.Token == "" && req.User == "" {
		c, ok := h.sessions.cookieOf(now, r, req.As)
		if !ok {
			return c, false, refuseSignedOut
		}
		return c, false, nil
	}
	from := remoteAddr(r)
	if wait := h.throttle.wait(now, from); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return c, false, refuseTooMany
	}
	if req.Token != "" {
		user, id, ok := h.sessions.redeem(now, req.Token, h.sessions.cookies(now, r))
		if !ok {
			h.wrong(now, from, "link")
			return c, false, refuseLink
		}
		return h.sessions.newCookie(now, user, id), true, nil
	}
	if h.config.Login == nil || !h.config.Login(req.User, req.Password, from) {
		h.wrong(now, from, "password")
		return c, false, refuseCredentials
	}
	return h.sessions.newCookie(now, req.User, ""), true, nil
}

func (h *handler) wrong(now time.Time, from netip.Addr, what string) {
	h.throttle.wrong(now, from)
	h.log.Info("sign-in refused", "by", what, "from", from)
}

// closeSession is DELETE /api/v1/phone/session. It is well whoever asks.
func (h *handler) closeSession(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	req, err := h.readSessionRequest(w, r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	if c, ok := h.sessions.cookieOf(now, r, req.As); ok {
		h.sessions.signOut(now, c)
		clearCookie(w, r, c.user)
	}
	w.WriteHeader(http.StatusNoContent)
}

// readSessionRequest checks origin, type, size and form before anything is done.
func (h *handler) readSessionRequest(w http.ResponseWriter, r *http.Request) (sessionRequest, error) {
	var req sessionRequest
	if h.origin.Check(r) != nil {
		return req, refuseForeign
	}
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(strings.ToLower(t)) != "application/json" {
		return req, refuseType
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&req); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return req, refuseTooLong
		}
		return req, refuseBody
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return req, refuseBody
	}
	if !plain(req.Token, 64) || !plain(req.User, 128) || !plain(req.As, 128) || len(req.Password) > 256 {
		return req, refuseBody
	}
	return req, nil
}

// plain reports whether s is short and free of control characters.
func plain(s string, limit int) bool {
	return len(s) <= limit && !strings.ContainsFunc(s, unicode.IsControl)
}

func (h *handler) refuse(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{http.StatusInternalServerError, "internal", "Something went wrong here."}
		h.log.Error("session failed", "error", err)
	}
	writeJSON(w, r.status, r)
}

// aboutAnswer is what an unsigned page may know: where the secure one is.
type aboutAnswer struct {
	Domain     string `json:"domain"`
	SecurePort int    `json:"securePort"`
	Trust      bool   `json:"trust"`
	// Offers are what else there is for a phone below /api/v1/phone/: "history", "stats".
	Offers []string `json:"offers,omitempty"`
}

// about is GET /api/v1/phone/about.
func (h *handler) about(w http.ResponseWriter, _ *http.Request) {
	a := aboutAnswer{Domain: h.config.Domain, SecurePort: h.config.SecurePort, Trust: h.ca != nil}
	if h.config.PhoneHistory != nil {
		a.Offers = append(a.Offers, "history")
	}
	if h.config.PhoneStats != nil {
		a.Offers = append(a.Offers, "stats")
	}
	writeJSON(w, http.StatusOK, a)
}

func (h *handler) numbers() []Number {
	if h.config.Numbers == nil {
		return []Number{}
	}
	return h.config.Numbers
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The browser went away; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(v)
}

// remoteAddr is the far end of the connection. What a proxy claims in a header
// field is not believed.
func remoteAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
