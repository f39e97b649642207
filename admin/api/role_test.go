package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// operation is one of the description, as a request can be made of it.
type operation struct {
	method, path, id string
	need             Role
}

// operations are all of an API.
func operations(t testing.TB, a *API) []operation {
	t.Helper()
	var all []operation
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if op == nil {
				continue
			}
			name, ok := op.Extensions["x-role"].(string)
			need, known := ParseRole(name)
			if !ok || name != "" && !known {
				t.Errorf("%s names no role", op.OperationID)
			}
			all = append(all, operation{method, strings.NewReplacer("{", "", "}", "").Replace(path), op.OperationID, need})
		}
	}
	return all
}

// TestEachOperationTakesItsRoleAndThoseAbove walks every operation with every role.
func TestEachOperationTakesItsRoleAndThoseAbove(t *testing.T) {
	a, _ := newAPI(t)
	all := operations(t, a)
	if len(all) < 30 {
		t.Fatalf("only %d operations", len(all))
	}
	for _, op := range all {
		if op.id == "events" || op.id == "events-socket" {
			continue // they do not end; their own tests look at roles
		}
		for _, role := range []Role{Nobody, Viewer, Operator, Admin} {
			w := as(role, a, op.method, op.path, "")
			refused := w.Code == http.StatusUnauthorized && role == Nobody || w.Code == http.StatusForbidden
			if want := role < op.need; refused != want {
				t.Errorf("%s (%s %s) for %q: %d %s", op.id, op.method, op.path, role, w.Code, w.Body)
			}
		}
		if op.method != http.MethodGet && op.need == Viewer {
			t.Errorf("%s changes something, and viewers may", op.id)
		}
	}
}
