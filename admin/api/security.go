package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// sourceRoutes are those of parts that have an interface of their own.
func (a *API) sourceRoutes() {
	a.guardRoutes()
	a.traceRoutes()
}

func (a *API) guardRoutes() {
	g := a.config.Sources.Guard
	if g == nil {
		return
	}
	add(a, route{method: http.MethodGet, path: "/security", id: "get-security", tag: "security", summary: "Who is kept out, and what was refused", role: Viewer},
		func(context.Context, *nothing) (*body[Security], error) {
			v := g.Security()
			v.Bans = notNil(v.Bans)
			return answer(v)
		})
	add(a, route{method: http.MethodPost, path: "/security/bans", id: "ban", tag: "security", summary: "Take nothing from an address for a while", role: Admin, errors: []int{400, 409}},
		func(_ context.Context, in *struct {
			Body struct {
				Address string `json:"address" maxLength:"64"`
				Minutes int    `json:"minutes" minimum:"1" maximum:"525600"`
			}
		},
		) (*nothing, error) {
			addr, err := netip.ParseAddr(in.Body.Address)
			if err != nil {
				return nil, refuse(http.StatusBadRequest, "bad_request", "%s is no address", in.Body.Address)
			}
			if !g.Ban(addr, time.Duration(in.Body.Minutes)*time.Minute) {
				return nil, refuse(http.StatusConflict, "conflict", "a device or trunk of ours is at %s: remove that first", addr)
			}
			return nil, nil
		})
	add(a, route{method: http.MethodDelete, path: "/security/bans/{address}", id: "unban", tag: "security", summary: "Take from an address again", role: Admin, errors: []int{400, 404}},
		func(_ context.Context, in *struct {
			Address string `path:"address" maxLength:"64"`
		},
		) (*nothing, error) {
			addr, err := netip.ParseAddr(in.Address)
			if err != nil {
				return nil, refuse(http.StatusBadRequest, "bad_request", "%s is no address", in.Address)
			}
			if !g.Unban(addr) {
				return nil, notFound("%s is not banned", addr)
			}
			return nil, nil
		})
}
