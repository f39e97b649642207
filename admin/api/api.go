package api

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// prefix is what all paths begin with.
const prefix = "/api/v1"

// Config is what an API is made of. It must not be changed afterwards.
type Config struct {
	// Version of the gateway, for the description; empty means "dev".
	Version string
	// Control are the views that every gateway has; required.
	Control admin.Control
	// Sources are the further parts that there are.
	Sources Sources
	// Hub tells what changes; nil for no events. It belongs to this API alone.
	Hub *Hub
	// Store keeps tokens, logins, the audit log and records; nil where there is none:
	// what needs it is not there then.
	Store Store
	// CDRsAsCSV writes records as lines of CSV, with a head where head is true, in the
	// columns "tandem" or "asterisk"; nil where nobody can.
	CDRsAsCSV func(records []cdr.Record, columns string, head bool) ([]byte, error)
	// Admins are the people of the configuration who may sign in; they come before
	// those of the store. Nil means that it has none. The Hash is a PHC string.
	Admins func() []sql.Login
	// Service is the sign-in service elsewhere as it is now, nil for none.
	Service func() *Service
	// Key signs the cookies; at least 32 octets. Nil makes a random one.
	Key []byte
	// Refused is told of each wrong password or token; nil is fine.
	Refused func()
	// Log hears of faults of our own; nil discards.
	Log *slog.Logger
}

// API is the HTTP API.
type API struct {
	config Config
	huma   huma.API
	mux    *http.ServeMux
	log    *slog.Logger
	spec   []byte

	origin  *http.CrossOriginProtection
	cookies cookies
	links   links
	tries   admin.Tries
	limits  limits
	used    minutes       // tokens whose use was noted
	hashing chan struct{} // holds one while a password is checked
	streams chan struct{} // holds one for each reader of events
	noting  chan struct{} // holds one for each line of the audit log that is being written
	nobody  hash          // fits no password; immutable
}

// New makes the API. It errs where the configuration lacks something.
func New(c Config) (*API, error) {
	if err := c.Control.Validate(); err != nil {
		return nil, err
	}
	if n := len(c.Key); n != 0 && n < 32 {
		return nil, fmt.Errorf("the key of cookies has %d octets, want at least 32", n)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	useOurShape()
	a := &API{config: c, mux: http.NewServeMux(), log: c.Log, origin: http.NewCrossOriginProtection(), hashing: make(chan struct{}, 1), noting: make(chan struct{}, maxNotes)}
	a.cookies = cookies{key: append([]byte(nil), c.Key...), revoked: map[string]int64{}}
	if len(c.Key) == 0 {
		a.cookies.key = []byte(rand.Text() + rand.Text())
	}
	a.nobody = hash{memory: hashMemory, passes: hashPasses, threads: hashThreads, salt: make([]byte, hashSalt), sum: make([]byte, hashLength)}
	rand.Read(a.nobody.salt)
	a.huma = humago.New(a.mux, describe(c.Version))
	a.huma.UseMiddleware(a.audit, a.authorize)
	a.routes()
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeRefusal(w, refuse(http.StatusNotFound, "not_found", "there is nothing at %s", r.URL.Path))
	})
	return a, a.describeSelf()
}

// Handler is New for those who want nothing but to serve it.
func Handler(c Config) (http.Handler, error) { return New(c) }

func (a *API) routes() {
	a.signInRoutes()
	a.oidcRoutes()
	a.tokenRoutes()
	a.auditRoutes()
	a.statusRoutes()
	a.callRoutes()
	a.trunkRoutes()
	a.peopleRoutes()
	a.roomRoutes()
	a.voicemailRoutes()
	a.planRoutes()
	a.gatewayRoutes()
	a.cdrRoutes()
	a.eventRoutes()
	a.sourceRoutes()
}

// ServeHTTP implements http.Handler. Who asks is known from Local already, or else
// from what the request carries.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer a.survive(w, r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if PrincipalOf(r.Context()).Via == "" {
		now := time.Now()
		p, no := a.identify(now, r)
		if no == nil {
			no = a.limit(now, p)
		}
		if no != nil {
			if no.status == http.StatusTooManyRequests {
				w.Header().Set("Retry-After", "1")
			}
			writeRefusal(w, no)
			return
		}
		r = withPrincipal(r, p)
	}
	r, no := a.namesLast(r)
	if no != nil {
		writeRefusal(w, no)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// lastCall begins the paths of the call that began last.
const lastCall = prefix + "/calls/last"

// namesLast puts the name of the call that began last in the place of "last".
func (a *API) namesLast(r *http.Request) (*http.Request, *Refusal) {
	rest, is := strings.CutPrefix(r.URL.Path, lastCall)
	if !is || rest != "" && rest[0] != '/' || a.config.Sources.Last == nil || PrincipalOf(r.Context()).Role < Viewer {
		return r, nil
	}
	id, ok := a.config.Sources.Last()
	if !ok {
		return r, refuse(http.StatusNotFound, "not_found", "there was no call since the gateway began")
	}
	named, at := *r, *r.URL
	at.Path, at.RawPath = prefix+"/calls/"+id+rest, ""
	named.URL = &at
	return &named, nil
}

// survive answers for a handler that has panicked, which is a fault of ours; a client
// that went away while it was answered is none.
func (a *API) survive(w http.ResponseWriter, r *http.Request) {
	what := recover()
	if what == nil || r.Context().Err() != nil {
		return
	}
	a.log.Error("the API has failed", "path", r.URL.Path, "reason", what, "stack", string(debug.Stack()))
	writeRefusal(w, refuse(http.StatusInternalServerError, "internal", "something went wrong here"))
}

// authorize lets those through who may use an operation.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	p := PrincipalOf(ctx.Context())
	need, _ := ctx.Operation().Metadata[metaRole].(Role)
	if p.Role >= need {
		next(ctx)
		return
	}
	if p.Role == Nobody {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="tandem"`)
		_ = huma.WriteErr(a.huma, ctx, http.StatusUnauthorized, fmt.Sprintf("sign in first, or send a token: this is for the role %s", need))
		return
	}
	_ = huma.WriteErr(a.huma, ctx, http.StatusForbidden, fmt.Sprintf("this is for the role %s; %s is %s", need, p.Name, p.Role))
}
