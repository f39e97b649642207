package api

import (
	"context"
	"net/http"

	"github.com/tandemgw/tandem/admin"
)

// NewUser is who is to be added to the store.
type NewUser struct {
	Name        string `json:"name" minLength:"1" maxLength:"64" doc:"what others dial, such as 204"`
	Password    string `json:"password" minLength:"8" maxLength:"1024" doc:"only digests of it are kept"`
	DisplayName string `json:"displayName,omitempty" maxLength:"128" doc:"what others see"`
}

// userRoutes are about users; those of the store may be changed.
func (a *API) userRoutes() {
	c, people := a.config.Control, a.config.Sources.People
	add(a, route{method: http.MethodGet, path: "/users", id: "list-users", tag: "users", summary: "The users, and how many devices they have registered", role: Viewer},
		func(context.Context, *nothing) (*body[Users], error) { return answer(Users{notNil(c.Users())}) })
	if people == nil {
		return
	}
	add(a, route{method: http.MethodPost, path: "/users", id: "add-user", tag: "users", summary: "Add a user to the store", role: Admin, status: http.StatusCreated, errors: []int{400, 409, 503}},
		func(ctx context.Context, in *struct{ Body NewUser }) (*body[admin.User], error) {
			b := in.Body
			return user(people.AddUser(ctx, b.Name, UserChange{Password: &b.Password, DisplayName: &b.DisplayName}))
		})
	add(a, route{
		method: http.MethodPatch, path: "/users/{name}", id: "change-user", tag: "users", summary: "Give a user of the store another password or name, or lock him out", role: Admin, errors: []int{400, 404, 409, 503},
		more: "What is left out stays as it is. Users of the configuration are changed there.",
	},
		func(ctx context.Context, in *struct {
			ByName
			Body UserChange
		},
		) (*body[admin.User], error) {
			return user(people.ChangeUser(ctx, in.Name, in.Body))
		})
	add(a, route{method: http.MethodDelete, path: "/users/{name}", id: "remove-user", tag: "users", summary: "Remove a user from the store; his devices are let go, his calls go on", role: Admin, errors: []int{404, 409, 503}},
		func(ctx context.Context, in *ByName) (*nothing, error) { return nil, people.RemoveUser(ctx, in.Name) })
}

func user(u admin.User, err error) (*body[admin.User], error) {
	if err != nil {
		return nil, err
	}
	return answer(u)
}
