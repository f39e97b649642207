package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/tandemgw/tandem/admin"
)

type (
	// Rooms are all rooms.
	Rooms struct {
		Rooms []admin.Room `json:"rooms"`
	}
	// Queues are all queues.
	Queues struct {
		Queues []admin.Queue `json:"queues"`
	}
)

func (a *API) roomRoutes() {
	c := a.config.Control
	add(a, route{method: http.MethodGet, path: "/rooms", id: "list-rooms", tag: "rooms", summary: "The rooms, and who is in them", role: Viewer},
		func(context.Context, *nothing) (*body[Rooms], error) { return answer(Rooms{notNil(c.Rooms())}) })
	add(a, route{method: http.MethodGet, path: "/rooms/{name}", id: "get-room", tag: "rooms", summary: "One room", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *ByName) (*body[admin.Room], error) {
			all := c.Rooms()
			if i := slices.IndexFunc(all, func(r admin.Room) bool { return r.Name == in.Name }); i >= 0 {
				return answer(all[i])
			}
			return nil, notFound("there is no room %s", in.Name)
		})
	add(a, route{method: http.MethodPost, path: "/rooms/{name}/{act}", id: "act-on-room", tag: "rooms", summary: "Lock or unlock a room", role: Operator, errors: []int{404}},
		func(_ context.Context, in *struct {
			ByName
			Act string `path:"act" maxLength:"32" doc:"lock or unlock"`
		},
		) (*nothing, error) {
			if !c.ActOnRoom(in.Name, "", in.Act) {
				return nil, notFound("nobody can %s room %s, which is locked or unlocked while somebody is in it", in.Act, in.Name)
			}
			return nil, nil
		})
	add(a, route{method: http.MethodPost, path: "/rooms/{name}/members/{id}/{act}", id: "act-on-member", tag: "rooms", summary: "Mute, unmute or kick a member of a room", role: Operator, errors: []int{404}},
		func(_ context.Context, in *struct {
			ByName
			ByID
			Act string `path:"act" maxLength:"32" doc:"mute, unmute or kick"`
		},
		) (*nothing, error) {
			if !c.ActOnRoom(in.Name, in.ID, in.Act) {
				return nil, notFound("nobody can %s member %s of room %s", in.Act, in.ID, in.Name)
			}
			return nil, nil
		})
	add(a, route{method: http.MethodGet, path: "/queues", id: "list-queues", tag: "queues", summary: "The queues, who waits and who answers", role: Viewer},
		func(context.Context, *nothing) (*body[Queues], error) { return answer(Queues{notNil(c.Queues())}) })
	add(a, route{method: http.MethodGet, path: "/queues/{name}", id: "get-queue", tag: "queues", summary: "One queue", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *ByName) (*body[admin.Queue], error) {
			all := c.Queues()
			if i := slices.IndexFunc(all, func(q admin.Queue) bool { return q.Name == in.Name }); i >= 0 {
				q := all[i]
				q.Waiting, q.Members = notNil(q.Waiting), notNil(q.Members)
				return answer(q)
			}
			return nil, notFound("there is no queue %s", in.Name)
		})
}
