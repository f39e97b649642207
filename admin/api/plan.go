package api

import (
	"context"
	"net/http"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/dialplan"
)

// planRoutes explain the dialplan.
func (a *API) planRoutes() {
	add(a, route{method: http.MethodGet, path: "/route", id: "explain-route", tag: "dialplan", summary: "What would become of a call now, and why", role: Viewer, errors: []int{404, 409}},
		func(_ context.Context, in *struct {
			From       string `query:"from" maxLength:"256" doc:"user:201 or trunk:alpha"`
			To         string `query:"to" maxLength:"256" doc:"what is dialed"`
			At         string `query:"at" maxLength:"64" doc:"when, such as 2026-11-21 10:00 or monday 8:30; now where it is left out"`
			Caller     string `query:"caller" maxLength:"256" doc:"the caller's number"`
			CallerName string `query:"caller_name" maxLength:"256"`
		},
		) (*body[dialplan.Explanation], error) {
			e, err := a.config.Control.Route(admin.RouteQuery{From: in.From, To: in.To, At: in.At, Caller: in.Caller, CallerName: in.CallerName})
			if err != nil {
				return nil, err
			}
			return answer(e)
		})
}
