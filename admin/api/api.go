package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tandemgw/tandem/admin"
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
}

// New makes the API. It errs where the configuration lacks something.
func New(c Config) (*API, error) {
	if err := c.Control.Validate(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	useOurShape()
	a := &API{config: c, mux: http.NewServeMux(), log: c.Log}
	a.huma = humago.New(a.mux, describe(c.Version))
	a.huma.UseMiddleware(a.authorize)
	a.routes()
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeRefusal(w, refuse(http.StatusNotFound, "not_found", "there is nothing at %s", r.URL.Path))
	})
	return a, a.describeSelf()
}

// Handler is New for those who want nothing but to serve it.
func Handler(c Config) (http.Handler, error) { return New(c) }

func (a *API) routes() {
	a.statusRoutes()
	a.callRoutes()
	a.trunkRoutes()
	a.peopleRoutes()
	a.roomRoutes()
	a.voicemailRoutes()
	a.planRoutes()
	a.gatewayRoutes()
	a.sourceRoutes()
}

// ServeHTTP implements http.Handler. Who asks is known from Local already, or else
// from what the request carries.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer a.survive(w, r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	a.mux.ServeHTTP(w, r)
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
	_, w := humago.Unwrap(ctx)
	if p.Role == Nobody {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tandem"`)
		writeRefusal(w, refuse(http.StatusUnauthorized, "signed_out", "sign in first, or send a token: this is for the role %s", need))
		return
	}
	writeRefusal(w, refuse(http.StatusForbidden, "forbidden", "this is for the role %s; %s is %s", need, p.Name, p.Role))
}
