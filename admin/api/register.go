package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tandemgw/tandem/store/sql"
)

// maxBody bounds the body of every request, in octets.
const maxBody = 64 << 10

// route is an operation before it has a handler.
type route struct {
	method, path string
	id           string // of the operation, such as "list-calls"
	tag          string
	summary      string
	more         string // a description, where the summary does not say enough
	role         Role
	status       int // of success; zero means 200, or 204 where there is no body
	errors       []int
	quiet        bool // a change that the audit log does not want
	ends         bool // it ends the gateway, which does not wait for the audit log
}

const (
	metaRole  = "role"
	metaQuiet = "quiet"
	metaEnds  = "ends"
)

// add registers an operation.
func add[I, O any](a *API, r route, f func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: prefix + r.path, Summary: r.summary, Description: r.more, Tags: []string{r.tag},
		DefaultStatus: r.status, MaxBodyBytes: maxBody, Errors: r.errors,
		Metadata:   map[string]any{metaRole: r.role, metaQuiet: r.quiet, metaEnds: r.ends},
		Extensions: map[string]any{"x-role": r.role.String()},
	}
	if r.role > Nobody {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
		op.Errors = append([]int{http.StatusUnauthorized, http.StatusForbidden}, op.Errors...)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			if errors.Is(err, sql.ErrAway) {
				a.log.Warn("the database did not answer the API", "operation", r.id, "reason", err)
			}
			return nil, refused(err)
		}
		return out, nil
	})
}

// body is an answer of JSON.
type body[T any] struct{ Body T }

func answer[T any](v T) (*body[T], error) { return &body[T]{v}, nil }

// nothing is an answer, or a question, without anything in it.
type nothing struct{}

// ByID is a question about one thing.
type ByID struct {
	ID string `path:"id" maxLength:"256"`
}

// ByName is a question about one thing that has a name.
type ByName struct {
	Name string `path:"name" maxLength:"256"`
}

// notNil makes an empty list of none: null is no list.
func notNil[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
