package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/store/sql"
)

func TestUsersOfTheStoreAreChangedByAdmins(t *testing.T) {
	a, w := newAPI(t)
	for _, tt := range []struct {
		name               string
		method, path, body string
		want               int
		did, answer        string
	}{
		{"add", "POST", "/users", `{"name":"203","password":"long enough","displayName":"Cat"}`, 201, "add 203 long enough Cat", `"source":"store"`},
		{"add somebody who is there", "POST", "/users", `{"name":"201","password":"long enough"}`, 409, "add 201 long enough ", `"there is a user 201 already"`},
		{"a short password", "POST", "/users", `{"name":"204","password":"short"}`, 400, "", `"bad_request"`},
		{"no password", "POST", "/users", `{"name":"204"}`, 400, "", `"bad_request"`},
		{"another password", "PATCH", "/users/203", `{"password":"as long as before"}`, 200, "password 203 as long as before", `"name":"203"`},
		{"lock out", "PATCH", "/users/203", `{"disabled":true}`, 200, "lock out 203 true", `"disabled":true`},
		{"remove", "DELETE", "/users/203", "", 204, "remove 203", ""},
		{"remove nobody", "DELETE", "/users/299", "", 404, "remove 299", `"the store has no user 299"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.done = nil
			res := as(Admin, a, tt.method, prefix+tt.path, tt.body)
			if res.Code != tt.want || !strings.Contains(res.Body.String(), tt.answer) {
				t.Errorf("it answered %d %s, want %d with %s", res.Code, res.Body, tt.want, tt.answer)
			}
			if tt.did != "" && !slices.Equal(w.done, []string{tt.did}) || tt.did == "" && len(w.done) > 0 {
				t.Errorf("done was %q, want %q", w.done, tt.did)
			}
			if res := as(Operator, a, tt.method, prefix+tt.path, tt.body); res.Code != http.StatusForbidden {
				t.Errorf("for an operator it answered %d", res.Code)
			}
		})
	}
	all, _, err := a.config.Store.Audit(t.Context(), "ann", 10, "")
	if err != nil || len(all) == 0 || strings.Contains(all[len(all)-1].Detail, "long enough") {
		t.Errorf("the audit log has %+v (%v)", all, err)
	}
}

// What the database does not do is no conflict: whoever asked may try again.
func TestADatabaseThatIsAwayMakesRequestsUnavailable(t *testing.T) {
	a, w := newAPI(t)
	db := a.config.Store.(*sql.DB)
	w.fault = func(ctx context.Context) error { return db.RemoveUser(ctx, "203") }
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/users", `{"name":"203","password":"long enough"}`},
		{"PATCH", "/users/203", `{"password":"as long as before"}`},
		{"DELETE", "/users/203", ""},
		{"GET", "/cdrs", ""},
		{"GET", "/cdrs/one", ""},
		{"GET", "/tokens", ""},
		{"POST", "/tokens", `{"name":"wallboard","role":"viewer"}`},
		{"DELETE", "/tokens/one", ""},
		{"GET", "/audit", ""},
	} {
		res := as(Admin, a, tt.method, prefix+tt.path, tt.body)
		if res.Code != http.StatusServiceUnavailable || !strings.Contains(res.Body.String(), `"code":"unavailable","error":"the database cannot be asked now"`) {
			t.Errorf("%s %s answered %d %s, want 503", tt.method, tt.path, res.Code, res.Body)
		}
	}
}

func TestACursorThatNobodyGaveIsABadRequest(t *testing.T) {
	a, _ := newAPI(t)
	for _, path := range []string{"/cdrs?after=nonsense", "/audit?after=-."} {
		if res := as(Admin, a, "GET", prefix+path, ""); res.Code != http.StatusBadRequest {
			t.Errorf("%s answered %d %s, want 400", path, res.Code, res.Body)
		}
	}
}

func TestTheLogOfACallIsShown(t *testing.T) {
	a, _ := newAPI(t)
	if w := as(Viewer, a, "GET", prefix+"/calls/one/logs", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `{"lines":[{"at":"2026-11-21T10:00:00Z","level":"info","text":"answered","attrs":{"leg":"one-b"}}]}`) {
		t.Errorf("it answered %d %s", w.Code, w.Body)
	}
	if w := as(Viewer, a, "GET", prefix+"/calls/none/logs", ""); w.Code != 404 {
		t.Errorf("of no call it answered %d", w.Code)
	}
}
