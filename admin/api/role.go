package api

import (
	"context"
	"net/http"
)

// Role is what somebody may do. Each includes those below it.
type Role uint8

// The roles, the least first. The zero Role is nobody's.
const (
	// Nobody may sign in and read the description of the API.
	Nobody Role = iota
	// Viewer reads, but no secrets.
	Viewer
	// Operator also acts on calls, registrations and trunks.
	Operator
	// Admin does everything.
	Admin
)

// String is the role's name in files and JSON; "" for Nobody.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Operator:
		return "operator"
	case Admin:
		return "admin"
	}
	return ""
}

// ParseRole reads a role's name; false where it is none.
func ParseRole(name string) (Role, bool) {
	for _, r := range []Role{Viewer, Operator, Admin} {
		if r.String() == name {
			return r, true
		}
	}
	return Nobody, false
}

// Principal is who asks.
type Principal struct {
	Name string
	Role Role
	// Via is how that was proved: "socket", "token" or "cookie"; empty for nobody.
	Via string
	// From is the address that the request came from; empty on the socket.
	From string
}

type principalKey struct{}

// PrincipalOf says who has made a request; the zero Principal is nobody.
func PrincipalOf(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

func withPrincipal(r *http.Request, p Principal) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), principalKey{}, p))
}

// Local has everybody who reaches next be the owner of the gateway: for the control
// socket, which only he can open.
func Local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, withPrincipal(r, Principal{Name: "owner", Role: Admin, Via: "socket"}))
	})
}
