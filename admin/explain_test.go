package admin_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/tandemgw/tandem/admin"
)

// TestExplanationsComeOverTheSocket asks what would become of a call, and why one is as it is.
func TestExplanationsComeOverTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	serveControl(t, path, someControl())
	c := admin.NewClient(path)
	q := admin.RouteQuery{From: "user:201", To: "+44 20/7", At: "2026-08-19T11:00", Caller: "030 & 1", CallerName: "Ann Bü?"}
	e, err := c.Route(t.Context(), q)
	if got := (admin.RouteQuery{From: e.From, To: e.To, At: e.Reason, Caller: e.Caller, CallerName: e.CallerName}); err != nil || got != q {
		t.Errorf("Route() = %+v, %v, want %+v", got, err, q)
	}
	q.From = "user:209"
	if _, err := c.Route(t.Context(), q); !errors.Is(err, admin.ErrNotFound) || err.Error() != "not found: the configuration has no user:209" {
		t.Errorf("Route() of nobody: %v", err)
	}
	if why, err := c.Why(t.Context(), "k3v9x2mqa7"); err != nil || len(why.Explanations) != 1 || why.Explanations[0].To != "202" {
		t.Errorf("Why() = %+v, %v", why, err)
	}
	if _, err := c.Why(t.Context(), "x"); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("Why() of no call: %v", err)
	}
}
