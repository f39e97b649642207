package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin"
)

func (a *API) statusRoutes() {
	c := a.config.Control
	add(a, route{method: http.MethodGet, path: "/status", id: "get-status", tag: "gateway", summary: "The gateway as a whole", role: Viewer},
		func(context.Context, *nothing) (*body[admin.Status], error) { return answer(c.Status()) })
	add(a, route{
		method: http.MethodPost, path: "/reload", id: "reload", tag: "gateway", summary: "Read the configuration again", role: Admin, errors: []int{409},
		more: "Also a reload that was refused is an answer, which says why; 409 where it could not begin.",
	},
		func(ctx context.Context, _ *nothing) (*body[admin.Reload], error) {
			result, err := c.Reload(ctx)
			if err != nil {
				return nil, err
			}
			result.Changes = notNil(result.Changes)
			return answer(result)
		})
	add(a, route{method: http.MethodPost, path: "/drain", id: "drain", tag: "gateway", summary: "Take no more calls, and end once there is none", role: Admin, status: http.StatusAccepted, errors: []int{400}, ends: true},
		func(_ context.Context, in *struct {
			Wait string `query:"wait" doc:"how long calls may go on, such as 10m" maxLength:"32"`
		},
		) (*body[admin.Status], error) {
			wait, err := time.ParseDuration(in.Wait)
			if err != nil || wait < 0 {
				return nil, refuse(http.StatusBadRequest, "bad_request", "wait is a time such as 10m")
			}
			c.Drain(wait)
			return answer(c.Status())
		})
}

// Trunks, Registrations and so on are the lists as they are in JSON.
type (
	// Trunks are all trunks.
	Trunks struct {
		Trunks []admin.Trunk `json:"trunks"`
	}
	// Users are all users.
	Users struct {
		Users []admin.User `json:"users"`
	}
	// Registrations are devices.
	Registrations struct {
		Registrations []admin.Registration `json:"registrations"`
		Total         int                  `json:"total"` // that there are, also on other pages
	}
)

func (a *API) trunkRoutes() {
	c := a.config.Control
	add(a, route{method: http.MethodGet, path: "/trunks", id: "list-trunks", tag: "trunks", summary: "All trunks, and how they stand", role: Viewer},
		func(context.Context, *nothing) (*body[Trunks], error) { return answer(Trunks{notNil(c.Trunks())}) })
	add(a, route{method: http.MethodGet, path: "/trunks/{name}", id: "get-trunk", tag: "trunks", summary: "One trunk", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *ByName) (*body[admin.Trunk], error) {
			all := c.Trunks()
			if i := slices.IndexFunc(all, func(t admin.Trunk) bool { return t.Name == in.Name }); i >= 0 {
				return answer(all[i])
			}
			return nil, notFound("the configuration has no trunk %s", in.Name)
		})
	if probe := a.config.Sources.Probe; probe != nil {
		add(a, route{method: http.MethodPost, path: "/trunks/{name}/probe", id: "probe-trunk", tag: "trunks", summary: "Ask a trunk now whether it is there", role: Operator, errors: []int{404, 409}, more: "By OPTIONS; it takes up to 7.5 s. The answer is how the trunk then stands, with lastError where it was not reached."},
			func(ctx context.Context, in *ByName) (*body[admin.Trunk], error) {
				t, err := probe(ctx, in.Name)
				if err != nil {
					return nil, err
				}
				return answer(t)
			})
	}
}

// maxPage bounds a page of a list that has pages.
const maxPage = 1000

func (a *API) peopleRoutes() {
	c := a.config.Control
	add(a, route{method: http.MethodGet, path: "/registrations", id: "list-registrations", tag: "registrations", summary: "The devices that are registered", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *struct {
			User   string `query:"user" maxLength:"256" doc:"only devices of this user"`
			Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"rows of a page; 0 means all"`
			Offset int    `query:"offset" minimum:"0" doc:"rows to leave out"`
		},
		) (*body[Registrations], error) {
			all := c.Registrations()
			if in.User != "" {
				if !slices.ContainsFunc(c.Users(), func(u admin.User) bool { return strings.EqualFold(u.Name, in.User) }) {
					return nil, notFound("the configuration has no user %s", in.User)
				}
				all = slices.DeleteFunc(all, func(b admin.Registration) bool { return !strings.EqualFold(b.User, in.User) })
			}
			return answer(Registrations{page(all, in.Offset, in.Limit), len(all)})
		})
	a.userRoutes()
	if kick := a.config.Sources.Kick; kick != nil {
		add(a, route{method: http.MethodDelete, path: "/registrations/{id}", id: "kick-registration", tag: "registrations", summary: "End a registration; the device may come again", role: Operator, errors: []int{404}},
			func(_ context.Context, in *ByID) (*nothing, error) {
				if !kick(in.ID) {
					return nil, notFound("there is no registration %s", in.ID)
				}
				return nil, nil
			})
	}
}

// page is a part of a list; limit 0 means the rest of it.
func page[T any](all []T, offset, limit int) []T {
	all = all[min(offset, len(all)):]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return notNil(all)
}
