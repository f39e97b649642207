package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// Control is what the control socket answers from: views of the gateway that
// runs. Every function is required, is called for each request, and must be quick.
type Control struct {
	Status        func() Status
	Trunks        func() []Trunk
	Registrations func() []Registration
	Users         func() []User
	Calls         func() []Call
	Rooms         func() []Room
	Queues        func() []Queue
	// ActOnRoom does something to a room, or to a member of it where that is not
	// empty, and says whether there was one.
	ActOnRoom func(name, member, act string) bool
	// Mailboxes are the boxes of voicemail.
	Mailboxes Mailboxes
	// Hangup ends a call, and says whether there was one of that ID.
	Hangup func(id string) bool
	// Record begins ("on"), pauses ("pause") or ends ("off") the recording of a call.
	// The error is ErrNotFound for a call that there is none of, or says why not.
	Record func(id, state string) error
	// Route says what would become of a call now; an error says why it cannot be
	// told: ErrNotFound where there is no such user or trunk.
	Route func(RouteQuery) (dialplan.Explanation, error)
	// Why says how a call came to be what it is: what the dialplan decided at its
	// beginning and whenever it was asked later; false where nothing is known of it.
	Why func(id string) ([]dialplan.Explanation, bool)
	// Reload reads the configuration again, and says what became of that. The error
	// says why it could not begin; ctx ends with the request.
	Reload func(ctx context.Context) (Reload, error)
	// Drain has the gateway take no more calls, wait for those that there are, and
	// then end: after wait at the latest. It does not wait itself.
	Drain func(wait time.Duration)
}

// Validate reports what is missing.
func (c Control) Validate() error {
	if c.Status == nil || c.Trunks == nil || c.Registrations == nil || c.Users == nil || c.Calls == nil || c.Hangup == nil || c.Rooms == nil || c.ActOnRoom == nil || c.Record == nil ||
		c.Queues == nil || c.Route == nil || c.Why == nil || c.Reload == nil || c.Drain == nil || c.Mailboxes == nil {
		return errors.New("control lacks a view")
	}
	return nil
}

// ControlHandler serves the control API: whoever reaches it may do everything, so
// that it stands behind a Unix socket, never behind a port.
//
//	GET    /api/v1/status                      Status
//	GET    /api/v1/trunks                      {"trunks": [Trunk...]}
//	GET    /api/v1/trunks/{name}               Trunk
//	GET    /api/v1/registrations[?user=NAME]   {"registrations": [Registration...]}
//	GET    /api/v1/users                       {"users": [User...]}
//	GET    /api/v1/calls                       {"calls": [Call...]}
//	DELETE /api/v1/calls/{id}                  204
//	GET    /api/v1/rooms                       {"rooms": [Room...]}
//	GET    /api/v1/rooms/{name}                Room
//	GET    /api/v1/queues                      {"queues": [Queue...]}
//	GET    /api/v1/queues/{name}               Queue
//	POST   /api/v1/rooms/{name}/{act}          204: lock, unlock
//	POST   /api/v1/rooms/{name}/members/{id}/{act}  204: mute, unmute, kick
//	GET    /api/v1/calls/{id}/why              {"explanations": [dialplan.Explanation...]}
//	GET    /api/v1/route?from=&to=[&at=&caller=&caller_name=]  dialplan.Explanation
//	PUT    /api/v1/calls/{id}/recording/{on|pause|off}   204
//	POST   /api/v1/reload                      Reload, also where it was refused; 409 where it could not begin
//	POST   /api/v1/drain?wait=10m              Status; 202
//
// and what serveMailboxes lists.
//
// What there is none of is 404 with {"code": "not_found", "error": "words"}.
func ControlHandler(c Control) (http.Handler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/status", func(w http.ResponseWriter, _ *http.Request) { writeView(w, c.Status()) })
	mux.HandleFunc("GET /api/v1/trunks", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"trunks": notNil(c.Trunks())})
	})
	mux.HandleFunc("GET /api/v1/trunks/{name}", c.trunk)
	mux.HandleFunc("GET /api/v1/registrations", c.registrations)
	mux.HandleFunc("GET /api/v1/users", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"users": notNil(c.Users())})
	})
	mux.HandleFunc("GET /api/v1/calls", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"calls": notNil(c.Calls())})
	})
	mux.HandleFunc("DELETE /api/v1/calls/{id}", func(w http.ResponseWriter, r *http.Request) {
		if id := r.PathValue("id"); !c.Hangup(id) {
			writeNotFound(w, "there is no call "+id)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /api/v1/rooms", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"rooms": notNil(c.Rooms())})
	})
	mux.HandleFunc("GET /api/v1/rooms/{name}", c.room)
	mux.HandleFunc("GET /api/v1/queues", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"queues": notNil(c.Queues())})
	})
	mux.HandleFunc("GET /api/v1/queues/{name}", c.queue)
	mux.HandleFunc("POST /api/v1/rooms/{name}/{act}", c.actOnRoom)
	mux.HandleFunc("POST /api/v1/rooms/{name}/members/{id}/{act}", c.actOnRoom)
	mux.HandleFunc("PUT /api/v1/calls/{id}/recording/{state}", c.record)
	mux.HandleFunc("GET /api/v1/calls/{id}/why", c.why)
	mux.HandleFunc("GET /api/v1/route", c.route)
	mux.HandleFunc("POST /api/v1/reload", c.reload)
	mux.HandleFunc("POST /api/v1/drain", c.drain)
	serveMailboxes(mux, c.Mailboxes)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeNotFound(w, "there is nothing at "+r.URL.Path) })
	return mux, nil
}

func (c Control) trunk(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	all := c.Trunks()
	i := slices.IndexFunc(all, func(t Trunk) bool { return t.Name == name })
	if i < 0 {
		writeNotFound(w, "the configuration has no trunk "+name)
		return
	}
	writeView(w, all[i])
}

func (c Control) room(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	all := c.Rooms()
	i := slices.IndexFunc(all, func(r Room) bool { return r.Name == name })
	if i < 0 {
		writeNotFound(w, "there is no room "+name)
		return
	}
	writeView(w, all[i])
}

func (c Control) actOnRoom(w http.ResponseWriter, r *http.Request) {
	name, member, act := r.PathValue("name"), r.PathValue("id"), r.PathValue("act")
	if c.ActOnRoom(name, member, act) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if member != "" {
		writeNotFound(w, "nobody can "+act+" member "+member+" of room "+name)
		return
	}
	writeNotFound(w, "nobody can "+act+" room "+name+", which is locked or unlocked while somebody is in it")
}

func (c Control) record(w http.ResponseWriter, r *http.Request) {
	id, state := r.PathValue("id"), r.PathValue("state")
	switch state {
	case "on", "pause", "off":
	default:
		writeNotFound(w, "a recording is on, off or pause, not "+state)
		return
	}
	switch err := c.Record(id, state); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrNotFound):
		writeNotFound(w, "there is no call "+id)
	default:
		writeJSON(w, http.StatusConflict, controlError{"conflict", err.Error()})
	}
}

func (c Control) reload(w http.ResponseWriter, r *http.Request) {
	result, err := c.Reload(r.Context())
	if err != nil {
		writeJSON(w, http.StatusConflict, controlError{"conflict", err.Error()})
		return
	}
	result.Changes = notNil(result.Changes)
	writeView(w, result)
}

func (c Control) drain(w http.ResponseWriter, r *http.Request) {
	wait, err := time.ParseDuration(r.URL.Query().Get("wait"))
	if err != nil || wait < 0 {
		writeJSON(w, http.StatusBadRequest, controlError{"bad_request", "wait is a time such as 10m"})
		return
	}
	c.Drain(wait)
	writeJSON(w, http.StatusAccepted, c.Status())
}

func (c Control) registrations(w http.ResponseWriter, r *http.Request) {
	all := c.Registrations()
	if user := r.URL.Query().Get("user"); user != "" {
		if !slices.ContainsFunc(c.Users(), func(u User) bool { return strings.EqualFold(u.Name, user) }) {
			writeNotFound(w, "the configuration has no user "+user)
			return
		}
		all = slices.DeleteFunc(all, func(b Registration) bool { return !strings.EqualFold(b.User, user) })
	}
	writeView(w, map[string]any{"registrations": notNil(all)})
}

// notNil makes an empty list of none: null is no list.
func notNil[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func writeNotFound(w http.ResponseWriter, words string) {
	writeJSON(w, http.StatusNotFound, controlError{"not_found", words})
}

// controlError is what a refusal says.
type controlError struct {
	Code  string `json:"code"`
	Words string `json:"error"`
}

func writeView(w http.ResponseWriter, v any) { writeJSON(w, http.StatusOK, v) }
