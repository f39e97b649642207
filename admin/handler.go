package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/web"
)

// Number is a number that the phone offers as a button.
type Number struct {
	Number string `json:"number"`
	Label  string `json:"label"`
}

// Person is a user as other users' phones name him.
type Person struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// Features are numbers that the phone dials by itself; those that lead nowhere are
// empty.
type Features struct {
	// Merge leads to a room of the caller's own, where calls are brought together.
	Merge string `json:"merge,omitempty"`
	// Mailbox is where voice messages are listened to.
	Mailbox string `json:"mailbox,omitempty"`
	// Echo gives back what it hears: the phone's test call.
	Echo string `json:"echo,omitempty"`
}

// Config is what the HTTP side needs of the gateway.
type Config struct {
	// Domain is the SIP domain of the users, as in `sip:1001@domain`.
	Domain string
	// WebSocket serves SIP over WebSocket (RFC 7118) at /ws. Nil answers 503.
	WebSocket http.Handler
	// Ready reports why calls cannot be made; nil, or a nil error, is ready.
	Ready func() error
	// CA is the certificate authority offered at /trust, PEM or DER; nil where
	// the certificate comes from elsewhere.
	CA []byte
	// SecurePort is the port of the https listener, 0 for none. A page that came
	// over plain http from another machine sends its reader there.
	SecurePort int
	// Sessions are the phones' links and cookies; required.
	Sessions *Sessions
	// Lookup returns the display name of a user that exists; required.
	Lookup func(user string) (displayName string, ok bool)
	// Login reports whether user and password belong together. It is called at
	// most ten times in a row for wrong tries from one address, then once in 30
	// seconds, and takes equally long whether or not the user exists. Nil refuses.
	Login func(user, password string, from netip.Addr) bool
	// Relays gives the relays of a user whose browser reaches the gateway as host
	// (an IPv6 address in brackets), with credentials. Nil gives none.
	Relays func(host, user string) []Relay
	// PhoneStats keeps what the phone of a signed-in user says of its call; ErrNotFound
	// where he has no such call, any other error where it makes no sense. Nil: the
	// address is not there.
	PhoneStats func(user string, p verdict.Phone) error
	// PhoneHistory are the last calls of a signed-in user, the newest first; nil: the
	// address is not there.
	PhoneHistory func(ctx context.Context, user string, limit int) ([]PastCall, error)
	// Numbers are offered as buttons, in this order.
	Numbers []Number
	// Console serves the page of the console at /console; what it asks is the API.
	Console bool
	// People are the users whose lamps each phone shows, and Features the numbers
	// that are of use to the phone itself.
	People   []Person
	Features Features
	// Embed are the origins of pages that may hold the phone in a frame, such as
	// https://crm.example.com; none where it is empty.
	Embed []string
	// Schema is the JSON Schema of the configuration, at /schema.json; nil answers 404.
	Schema []byte
	// API answers below /api/v1 whatever the phone's own paths do not; nil answers 404.
	API http.Handler
	// Metrics serves /metrics, and decides by itself to whom; nil answers 404.
	Metrics http.Handler
	// Log is handed down; nil discards.
	Log *slog.Logger
}

// Validate reports what is missing.
func (c Config) Validate() error {
	switch {
	case c.Sessions == nil:
		return errors.New("web config lacks Sessions")
	case c.Lookup == nil:
		return errors.New("web config lacks Lookup")
	}
	return nil
}

// handler is the state shared by the requests; immutable but for sessions and
// throttle, which lock by themselves.
type handler struct {
	config   Config
	sessions *Sessions
	log      *slog.Logger
	files    map[string]web.File
	ca       *authority
	origin   *http.CrossOriginProtection
	throttle throttle
	pages    *pages
}

// Handler returns everything that is served over HTTP. It errs on a Config that
// lacks something, on a CA that is no certificate, and on a damaged web build.
func Handler(c Config) (http.Handler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	h := &handler{config: c, sessions: c.Sessions, log: c.Log, files: web.Files(), origin: http.NewCrossOriginProtection()}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	build, err := web.ReadBuild()
	if err != nil {
		return nil, err
	}
	if h.pages, err = newPages(build); err != nil {
		return nil, err
	}
	if len(c.CA) > 0 {
		if h.ca, err = readAuthority(c.CA); err != nil {
			return nil, fmt.Errorf("offer the certificate authority: %w", err)
		}
	}
	return h.secured(h.routes()), nil
}

// methods are the handlers of one path by HTTP method; HEAD goes with GET.
type methods map[string]http.HandlerFunc

func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, m methods) { mux.Handle(pattern, h.byMethod(m)) }
	on("/{$}", methods{"GET": h.phone})
	on("/p/{token}", methods{"GET": h.phone})
	if h.config.Console {
		on("/console", methods{"GET": h.console})
		on("/console/{path...}", methods{"GET": h.console})
	}
	on("/assets/{name}", methods{"GET": h.asset})
	on("/favicon.ico", methods{"GET": h.favicon})
	on("/sw.js", methods{"GET": h.worker})
	on("/phone.webmanifest", methods{"GET": h.manifest})
	on("/embed.js", methods{"GET": h.embed})
	on("/licenses.txt", methods{"GET": h.licenses})
	on("/trust", methods{"GET": h.trust})
	on("/ca.crt", methods{"GET": h.caFile})
	on("/schema.json", methods{"GET": h.schema})
	if h.config.Metrics != nil {
		on("/metrics", methods{"GET": h.config.Metrics.ServeHTTP})
	}
	on("/healthz", methods{"GET": h.health})
	on("/readyz", methods{"GET": h.ready})
	on("/api/v1/phone/about", methods{"GET": h.about})
	if h.config.PhoneStats != nil {
		on("/api/v1/phone/stats", methods{"POST": h.phoneStats})
	}
	if h.config.PhoneHistory != nil {
		on("/api/v1/phone/history", methods{"GET": h.phoneHistory})
	}
	on("/api/v1/phone/session", methods{"POST": h.openSession, "DELETE": h.closeSession})
	if h.config.API != nil {
		mux.Handle("/api/v1/", h.config.API)
	}
	mux.HandleFunc("/ws", h.webSocket)
	mux.HandleFunc("/", h.notFound)
	return mux
}

// byMethod answers 405 in words, naming what is possible (RFC 9110 §15.5.6).
func (h *handler) byMethod(m methods) http.Handler {
	allowed := []string{"OPTIONS"}
	for name := range m {
		allowed = append(allowed, name)
		if name == "GET" {
			allowed = append(allowed, "HEAD")
		}
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.Method
		if name == http.MethodHead {
			name = http.MethodGet
		}
		if f, ok := m[name]; ok {
			f(w, r)
			return
		}
		w.Header().Set("Allow", allow)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.say(w, r, http.StatusMethodNotAllowed, "That cannot be done here",
			"This address answers "+allow+".")
	})
}

func (h *handler) notFound(w http.ResponseWriter, r *http.Request) {
	h.say(w, r, http.StatusNotFound, "There is nothing here",
		"The phone is at the top of this address.")
}

// webSocket hands upgrades on. Anything else gets a page: people open this
// address by hand to see whether their browser trusts the certificate.
func (h *handler) webSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		h.say(w, r, http.StatusUpgradeRequired, "The connection works",
			"This is where phones connect: SIP over WebSocket. For people, the phone is at the top of this address.")
		return
	}
	if h.config.WebSocket == nil {
		h.say(w, r, http.StatusServiceUnavailable, "Not now", "The gateway takes no phones at the moment.")
		return
	}
	h.config.WebSocket.ServeHTTP(w, r)
}

// schema serves the JSON Schema of the configuration to editors.
func (h *handler) schema(w http.ResponseWriter, r *http.Request) {
	if h.config.Schema == nil {
		h.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/schema+json")
	w.Header().Set("Cache-Control", "no-cache")
	// The client went away; there is nobody to tell.
	_, _ = w.Write(h.config.Schema)
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request) {
	plainText(w, http.StatusOK, "ok\n")
}

func (h *handler) ready(w http.ResponseWriter, _ *http.Request) {
	if h.config.Ready != nil {
		if err := h.config.Ready(); err != nil {
			plainText(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
			return
		}
	}
	plainText(w, http.StatusOK, "ready\n")
}

func plainText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The client went away; there is nobody to tell.
	_, _ = w.Write([]byte(text))
}
