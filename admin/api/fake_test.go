package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// aDay is when everything of these tests happens.
func aDay() time.Time { return time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC) }

// whole is a gateway that has every source.
type whole struct {
	done []string
	// fault is what the store says to a change of a user; nil for nothing.
	fault func(context.Context) error
}

func (w *whole) did(what ...string) { w.done = append(w.done, strings.Join(what, " ")) }

func (w *whole) calls() []admin.Call {
	return []admin.Call{
		{ID: "one", From: "Ann <201>", To: "202", With: "Bob <202>", State: "talking", Since: aDay()},
		{ID: "two", From: "203", To: "9441", State: "ringing", Since: aDay().Add(time.Second)},
		{ID: "three", From: "204", To: "600", State: "talking", Since: aDay().Add(2 * time.Second)},
	}
}

func (w *whole) control() admin.Control {
	return admin.Control{
		Status: func() admin.Status { return admin.Status{Version: "1", Domain: "pbx.example.com", Since: aDay()} },
		Trunks: func() []admin.Trunk { return []admin.Trunk{{Name: "alpha"}} },
		Registrations: func() []admin.Registration {
			return []admin.Registration{{User: "201", Contact: "sip:201@192.0.2.1"}, {User: "202", Contact: "sip:202@192.0.2.2"}}
		},
		Users:     func() []admin.User { return []admin.User{{Name: "201"}, {Name: "202"}} },
		Calls:     w.calls,
		Rooms:     func() []admin.Room { return nil },
		Queues:    func() []admin.Queue { return nil },
		ActOnRoom: func(name, member, act string) bool { w.did("room", name, member, act); return true },
		Mailboxes: noBoxes{},
		Hangup:    func(id string) bool { w.did("hang up", id); return id == "one" },
		Record:    func(id, state string) error { w.did("record", id, state); return nil },
		Route:     func(admin.RouteQuery) (dialplan.Explanation, error) { return dialplan.Explanation{}, nil },
		Why:       func(id string) ([]dialplan.Explanation, bool) { return nil, id == "one" },
		Reload: func(context.Context) (admin.Reload, error) {
			w.did("reload")
			return admin.Reload{Outcome: admin.ReloadDone}, nil
		},
		Drain: func(time.Duration) { w.did("drain") },
	}
}

func (w *whole) sources() Sources {
	return Sources{
		Operator: w, Tracer: w, Judge: w, Guard: w,
		Overview: func() metrics.Overview { return metrics.Overview{Calls: 3} },
		Kick:     func(id string) bool { w.did("kick", id); return true },
		Probe: func(_ context.Context, name string) (admin.Trunk, error) {
			w.did("probe", name)
			return admin.Trunk{Name: name}, nil
		},
		Certificates: func() []Certificate { return nil },
		Doctor:       func(context.Context, bool) (admin.Checkup, error) { return admin.Checkup{OK: true}, nil },
		Config:       func() ConfigView { return ConfigView{Text: "domain = \"pbx.example.com\""} },
		CheckConfig:  func(context.Context) (ConfigCheck, error) { return ConfigCheck{OK: true}, nil },
		Logs: func(call string) ([]LogLine, bool) {
			return []LogLine{{At: aDay(), Level: "info", Text: "answered", Attrs: map[string]string{"leg": "one-b"}}}, call == "one"
		},
		People: w,
	}
}

func (w *whole) Originate(_ context.Context, from, to string, _ bridge.Origination) (tandem.CallID, error) {
	w.did("call", from, to)
	return "four", nil
}

func (w *whole) Transfer(call tandem.CallID, leg tandem.LegID, to string) error {
	w.did("transfer", string(call), string(leg), to)
	return nil
}

func (w *whole) Hold(call tandem.CallID, leg tandem.LegID, on bool) error {
	w.did("hold", string(call), string(leg), map[bool]string{true: "on", false: "off"}[on])
	return nil
}

func (w *whole) Press(call tandem.CallID, leg tandem.LegID, digits string) error {
	w.did("press", string(call), string(leg), digits)
	return nil
}

func (w *whole) Play(call tandem.CallID, leg tandem.LegID, sound string) error {
	w.did("play", string(call), string(leg), sound)
	return nil
}

func (w *whole) Hangup(tandem.CallID, tandem.Cause) bool        { return false }
func (w *whole) Record(tandem.CallID, bridge.RecordState) error { return nil }

func (w *whole) WriteTrace(to io.Writer, call string, q TraceQuery) error {
	if call != "one" {
		return admin.ErrNotFound
	}
	secret := "masked"
	if q.Full {
		secret = "full"
	}
	_, err := io.WriteString(to, q.Format+" "+secret)
	return err
}

func (w *whole) Traces(admin.TracesQuery) []admin.TraceSummary {
	return []admin.TraceSummary{{Call: "one"}}
}

func (w *whole) Capture(call, state string) (admin.Capture, error) {
	w.did("capture", call, state)
	if call != "one" {
		return admin.Capture{}, admin.ErrNotFound
	}
	return admin.Capture{Call: call, On: state == "on"}, nil
}

func (w *whole) Verdict(_ context.Context, call string) (verdict.Verdict, bool) {
	return verdict.Verdict{Sentence: "all is well"}, call == "one"
}

func (w *whole) Detail(_ context.Context, call string) (admin.CallDetail, bool) {
	return admin.CallDetail{Call: w.calls()[0]}, call == "one"
}

func (w *whole) Chips() map[string][]string { return map[string][]string{"one": {"low-mos"}} }

func (w *whole) Security() Security {
	return Security{Bans: []Ban{{Address: netip.MustParseAddr("192.0.2.9")}}}
}

func (w *whole) Ban(a netip.Addr, lasting time.Duration) bool {
	w.did("ban", a.String(), lasting.String())
	return a != netip.MustParseAddr("192.0.2.1")
}

func (w *whole) Unban(a netip.Addr) bool {
	w.did("unban", a.String())
	return a == netip.MustParseAddr("192.0.2.9")
}

type noBoxes struct{}

func (noBoxes) Boxes() []admin.Box { return nil }
func (noBoxes) Messages(box string) (admin.BoxMessages, error) {
	return admin.BoxMessages{Box: admin.Box{Name: box}}, nil
}
func (noBoxes) Delete(string, string) error { return nil }
func (noBoxes) Sound(string, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("RIFF")), nil
}

// newAPI is an API that has everything.
func newAPI(t testing.TB) (*API, *whole) {
	t.Helper()
	w := &whole{}
	c := w.config()
	c.Store = newStore(t)
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a, w
}

func (w *whole) config() Config {
	return Config{
		Version: "0.0.0", Control: w.control(), Sources: w.sources(), Hub: NewHub(),
		CDRsAsCSV: func(all []cdr.Record, columns string, head bool) ([]byte, error) {
			return fmt.Appendf(nil, "%s %t %d\n", columns, head, len(all)), nil
		},
	}
}

// newStore is an empty database.
func newStore(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(t.Context(), filepath.Join(t.TempDir(), "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// as asks with a role.
func as(role Role, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if role > Nobody {
		r = withPrincipal(r, Principal{Name: "ann", Role: role, Via: "test"})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (w *whole) AddUser(ctx context.Context, name string, c UserChange) (admin.User, error) {
	if w.fault != nil {
		return admin.User{}, w.fault(ctx)
	}
	w.did("add", name, *c.Password, *c.DisplayName)
	if name == "201" {
		return admin.User{}, fmt.Errorf("%w: there is a user 201 already", admin.ErrConflict)
	}
	return admin.User{Name: name, DisplayName: *c.DisplayName, Source: "store"}, nil
}

func (w *whole) ChangeUser(ctx context.Context, name string, c UserChange) (admin.User, error) {
	if w.fault != nil {
		return admin.User{}, w.fault(ctx)
	}
	if c.Password != nil {
		w.did("password", name, *c.Password)
	}
	if c.Disabled != nil {
		w.did("lock out", name, fmt.Sprint(*c.Disabled))
	}
	return admin.User{Name: name, Source: "store", Disabled: c.Disabled != nil && *c.Disabled}, nil
}

func (w *whole) RemoveUser(ctx context.Context, name string) error {
	if w.fault != nil {
		return w.fault(ctx)
	}
	w.did("remove", name)
	if name != "203" {
		return admin.NotFound("the store has no user %s", name)
	}
	return nil
}
