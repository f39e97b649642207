package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/dialplan"
)

// serveControl serves an API on a socket until the test ends, and returns what
// closes it before.
func serveControl(t *testing.T, path string, c admin.Control) (end func()) {
	t.Helper()
	a, err := api.New(api.Config{Control: c})
	if err != nil {
		t.Fatal(err)
	}
	h := api.Local(a)
	l, err := admin.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	server := admin.Server(h, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ErrServerClosed
	}()
	end = func() {
		_ = server.Close()
		<-done
	}
	t.Cleanup(end)
	return end
}

// someBoxes are a box with one message.
type someBoxes struct{}

func (someBoxes) Boxes() []admin.Box {
	return []admin.Box{{Name: "202", Users: []string{"202"}, New: 1, Max: 100}}
}

func (b someBoxes) Messages(box string) (admin.BoxMessages, error) {
	if box != "202" {
		return admin.BoxMessages{}, admin.NotFound("there is no box %s", box)
	}
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	return admin.BoxMessages{Box: b.Boxes()[0], Messages: []admin.VoiceMessage{{ID: "7", From: "201", At: at, Seconds: 2.5, Folder: "new"}}}, nil
}

func (someBoxes) Delete(box, id string) error {
	switch {
	case box != "202" || id != "7":
		return admin.NotFound("box %s has no message %s", box, id)
	}
	return errors.New("the disk says no")
}

func (b someBoxes) Sound(box, id string) (io.ReadCloser, error) {
	if box != "202" || id != "7" {
		return nil, admin.NotFound("box %s has no message %s", box, id)
	}
	return io.NopCloser(strings.NewReader("RIFF")), nil
}

func someControl() admin.Control {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	calls := map[string]bool{"k3v9x2mqa7": true}
	return admin.Control{
		Status: func() admin.Status {
			return admin.Status{Version: "1.2.3", PID: 812, Since: at, Domain: "pbx.example.com", Ready: true}
		},
		Trunks: func() []admin.Trunk {
			return []admin.Trunk{{
				Name: "alpha", Kind: "registration", Calls: 3, MaxCalls: 30,
				Stand: admin.Stand{State: "failing", Since: at, LastError: "403 Forbidden", NextTry: at.Add(time.Minute), RoundTripMS: 12.5},
			}}
		},
		Registrations: func() []admin.Registration {
			return []admin.Registration{{User: "201", Transport: "udp", Address: "192.0.2.1:5060", Contact: "sip:201@10.0.0.1", Since: at, Expires: at, LastSeen: at}}
		},
		Users: func() []admin.User { return []admin.User{{Name: "201"}, {Name: "202"}} },
		Calls: func() []admin.Call { return nil },
		Rooms: func() []admin.Room {
			return []admin.Room{{Name: "608", Max: 100, Rate: 16000, Members: []admin.Member{{ID: "2", Call: "k3v9x2mqa7", Party: "201", Muted: true, Since: at}}}}
		},
		Mailboxes: someBoxes{},
		Queues: func() []admin.Queue {
			return []admin.Queue{{Name: "support", Max: 50, Waiting: []admin.Waiting{{Call: "k3v9x2mqa7", Party: "201", Since: at}}, Members: []admin.QueueMember{{Target: "user:202", State: "idle"}}}}
		},
		ActOnRoom: func(name, member, act string) bool {
			return name == "608" && (member == "2" && act == "mute" || member == "" && act == "lock")
		},
		Route: func(q admin.RouteQuery) (dialplan.Explanation, error) {
			if q.From != "user:201" {
				return dialplan.Explanation{}, fmt.Errorf("%w: the configuration has no %s", admin.ErrNotFound, q.From)
			}
			return dialplan.Explanation{From: q.From, To: q.To, Caller: q.Caller, CallerName: q.CallerName, Reason: q.At, Status: 404}, nil
		},
		Why: func(id string) ([]dialplan.Explanation, bool) {
			return []dialplan.Explanation{{From: "user:201", To: "202", At: at}}, id == "k3v9x2mqa7"
		},
		Hangup: func(id string) bool {
			had := calls[id]
			delete(calls, id)
			return had
		},
		Reload: func(context.Context) (admin.Reload, error) {
			return admin.Reload{Outcome: admin.ReloadRefused, Reason: "1 error", Restart: []string{"domain"}}, nil
		},
		Drain: func(time.Duration) {},
		Record: func(id, state string) error {
			switch {
			case !calls[id]:
				return admin.ErrNotFound
			case state == "pause":
				return errors.New("the call is not recorded")
			}
			return nil
		},
	}
}

func TestControlSocketIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "tandem.sock")
	end := serveControl(t, path, someControl())
	socket, err := os.Lstat(path)
	if err != nil || socket.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket is %v, %v; want rw for its owner", socket.Mode(), err)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", folder.Mode(), err)
	}
	if s, err := admin.NewClient(path).Status(t.Context()); err != nil || s.PID != 812 {
		t.Errorf("Status() = %v, %v", s, err)
	}
	end()
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestStaleControlSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as after a crash
	_ = l.Close()
	serveControl(t, path, someControl())
	if s, err := admin.NewClient(path).Status(t.Context()); err != nil || s.PID != 812 {
		t.Errorf("Status() = %v, %v", s, err)
	}
}

func TestLiveControlSocketIsRefusedAndItsHolderNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	serveControl(t, path, someControl())
	l, err := admin.ListenControl(t.Context(), path)
	if l != nil || !errors.Is(err, admin.ErrHeld) || !strings.Contains(err.Error(), "tandem 1.2.3 (pid 812)") {
		t.Errorf("ListenControl() = %v, %v", l, err)
	}
	if _, err := admin.NewClient(path).Status(t.Context()); err != nil {
		t.Errorf("the first no longer answers: %v", err)
	}
}

func TestControlSocketDoesNotTakeAPlainFilesPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := admin.ListenControl(t.Context(), path); l != nil || err == nil || errors.Is(err, admin.ErrHeld) {
		t.Errorf("ListenControl() = %v, %v", l, err)
	}
}

func TestControlSocketOfALaterGatewayStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	l, err := admin.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	serveControl(t, path, someControl())
	_ = l.Close()
	if _, err := admin.NewClient(path).Status(t.Context()); err != nil {
		t.Errorf("the later one was taken away: %v", err)
	}
}

func TestControlSocketMayHaveALongPath(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("long paths need Linux's /proc")
	}
	path := filepath.Join(t.TempDir(), strings.Repeat("long", 20), strings.Repeat("path", 20), "tandem.sock")
	serveControl(t, path, someControl())
	if s, err := admin.NewClient(path).Status(t.Context()); err != nil || s.PID != 812 {
		t.Errorf("Status() = %v, %v", s, err)
	}
	if _, err := admin.ListenControl(t.Context(), path); !errors.Is(err, admin.ErrHeld) {
		t.Errorf("a second one: %v", err)
	}
}

func TestControlAnswersInJSON(t *testing.T) {
	a, err := api.New(api.Config{Control: someControl()})
	if err != nil {
		t.Fatal(err)
	}
	h := api.Local(a)
	for _, c := range []struct {
		ask, want string
		status    int
	}{
		{"GET /api/v1/trunks", `{"trunks":[{"name":"alpha","kind":"registration","state":"failing","since":"2026-11-21T10:00:00Z","roundTripMs":12.5,"lastError":"403 Forbidden","nextTry":"2026-11-21T10:01:00Z","calls":3,"maxCalls":30}]}`, 200},
		{"GET /api/v1/trunks/alpha", `{"name":"alpha"`, 200},
		{"GET /api/v1/trunks/beta", `{"code":"not_found","error":"the configuration has no trunk beta"}`, 404},
		{"GET /api/v1/registrations", `{"registrations":[{"user":"201","transport":"udp","address":"192.0.2.1:5060","contact":"sip:201@10.0.0.1","since":`, 200},
		{"GET /api/v1/registrations?user=202", `{"registrations":[],"total":0}`, 200},
		{"GET /api/v1/registrations?user=203", `{"code":"not_found","error":"the configuration has no user 203"}`, 404},
		{"GET /api/v1/calls", `{"calls":[],"total":0}`, 200},
		{"GET /api/v1/users", `{"users":[{"name":"201","devices":0}`, 200},
		{"GET /api/v1/status", `{"version":"1.2.3","pid":812,`, 200},
		{"DELETE /api/v1/calls/k3v9x2mqa7", "", 204},
		{"DELETE /api/v1/calls/k3v9x2mqa7", `{"code":"not_found","error":"there is no call k3v9x2mqa7"}`, 404},
		{"GET /api/v1/rooms", `{"rooms":[{"name":"608","known":false,"max":100,"rate":16000,"members":[{"id":"2","call":"k3v9x2mqa7","party":"201","muted":true,`, 200},
		{"GET /api/v1/rooms/608", `{"name":"608"`, 200},
		{"GET /api/v1/rooms/609", `{"code":"not_found","error":"there is no room 609"}`, 404},
		{"POST /api/v1/rooms/608/lock", "", 204},
		{"GET /api/v1/voicemail", `{"boxes":[{"name":"202","users":["202"],"new":1,"saved":0,"max":100}]}`, 200},
		{"GET /api/v1/voicemail/202", `{"name":"202","users":["202"],"new":1,"saved":0,"max":100,"messages":[{"id":"7","from":"201","at":"2026-11-21T10:00:00Z","seconds":2.5,"folder":"new"}]}`, 200},
		{"GET /api/v1/voicemail/203", `{"code":"not_found","error":"there is no box 203"}`, 404},
		{"GET /api/v1/voicemail/202/7/sound", "RIFF", 200},
		{"GET /api/v1/voicemail/202/8/sound", `{"code":"not_found","error":"box 202 has no message 8"}`, 404},
		{"DELETE /api/v1/voicemail/202/7", `{"code":"conflict","error":"the disk says no"}`, 409},
		{"DELETE /api/v1/voicemail/202/8", `{"code":"not_found"`, 404},
		{"POST /api/v1/rooms/608/members/2/mute", "", 204},
		{"POST /api/v1/rooms/608/members/3/mute", `{"code":"not_found","error":"nobody can mute member 3 of room 608"}`, 404},
		{"POST /api/v1/rooms/609/lock", `{"code":"not_found"`, 404},
		{"GET /api/v1/else", `{"code":"not_found","error":"there is nothing at /api/v1/else"}`, 404},
	} {
		method, path, _ := strings.Cut(c.ask, " ")
		w := answer(h, method, path)
		if w.status != c.status || !strings.HasPrefix(w.body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.ask, w.status, w.body, c.status, c.want)
		}
	}
	if _, err := api.New(api.Config{}); err == nil {
		t.Error("a Control without views is taken")
	}
}

type answered struct {
	status int
	body   string
}

func answer(h http.Handler, method, path string) answered {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))

	return answered{w.Code, w.Body.String()}
}

func TestClientTellsWhatThereIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.sock")
	serveControl(t, path, someControl())
	c := admin.NewClient(path)
	if trunk, err := c.Trunk(t.Context(), "alpha"); err != nil || trunk.LastError != "403 Forbidden" || trunk.NextTry.IsZero() {
		t.Errorf("Trunk(alpha) = %+v, %v", trunk, err)
	}
	if _, err := c.Trunk(t.Context(), "a/../b"); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("Trunk(a/../b): %v", err)
	}
	if r, err := c.Room(t.Context(), "608"); err != nil || len(r.Members) != 1 || !r.Members[0].Muted {
		t.Errorf("Room(608) = %+v, %v", r, err)
	}
	if all, err := c.Rooms(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("Rooms() = %+v, %v", all, err)
	}
	if q, err := c.Queue(t.Context(), "support"); err != nil || len(q.Waiting) != 1 || q.Members[0].State != "idle" {
		t.Errorf("Queue(support) = %+v, %v", q, err)
	}
	if all, err := c.Queues(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("Queues() = %+v, %v", all, err)
	}
	if _, err := c.Queue(t.Context(), "none"); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("Queue(none): %v", err)
	}
	if err := c.ActOnRoom(t.Context(), "608", "2", "mute"); err != nil {
		t.Errorf("ActOnRoom: %v", err)
	}
	if err := c.ActOnRoom(t.Context(), "608", "", "mute"); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("ActOnRoom without a member: %v", err)
	}
	if err := c.Record(t.Context(), "k3v9x2mqa7", "on"); err != nil {
		t.Errorf("Record: %v", err)
	}
	if err := c.Record(t.Context(), "k3v9x2mqa7", "pause"); !errors.Is(err, admin.ErrConflict) || !strings.Contains(err.Error(), "is not recorded") {
		t.Errorf("Record(pause): %v", err)
	}
	for _, path := range [][2]string{{"k3v9x2mqa7", "loud"}, {"none", "on"}} {
		if err := c.Record(t.Context(), path[0], path[1]); !errors.Is(err, admin.ErrNotFound) {
			t.Errorf("Record(%v): %v", path, err)
		}
	}
	if err := c.Hangup(t.Context(), "k3v9x2mqa7"); err != nil {
		t.Errorf("Hangup: %v", err)
	}
	if err := c.Hangup(t.Context(), "k3v9x2mqa7"); !errors.Is(err, admin.ErrNotFound) || !strings.Contains(err.Error(), "there is no call") {
		t.Errorf("Hangup again: %v", err)
	}
	if all, err := c.Registrations(t.Context(), "201"); err != nil || len(all) != 1 {
		t.Errorf("Registrations(201) = %v, %v", all, err)
	}
	if _, err := admin.NewClient(path + "x").Trunks(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nobody there: %v", err)
	}
}
