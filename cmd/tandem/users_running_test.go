package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// asker asks a gateway.
type asker struct {
	t    *testing.T
	http *http.Client
	at   string
}

// overSocket asks over the control socket of a demo.
func overSocket(t *testing.T, d *demoGateway) *asker {
	t.Helper()
	socket := controlSocketOf(t, d)
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return admin.DialControl(ctx, socket)
	}}
	return &asker{t, &http.Client{Transport: tr, Timeout: 20 * time.Second}, "http://tandem"}
}

func controlSocketOf(t *testing.T, d *demoGateway) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(d.state, "*.sock"))
	if err != nil || len(all) != 1 {
		t.Fatalf("control sockets: %v %v", all, err)
	}
	return all[0]
}

// ask returns the status and the body of an answer.
func (a *asker) ask(method, path, body string) (int, string) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.at+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := a.http.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, res.Body); err != nil {
		a.t.Fatal(err)
	}
	return res.StatusCode, b.String()
}

// Users of the store are added, locked out and removed while the gateway runs, and that
// counts at once; what the log and the records say of a call is there after it.
func TestUsersLogsAndHistoryOfARunningGateway(t *testing.T) {
	state := t.TempDir()
	d := launchDemo(t, state)
	owner := overSocket(t, d)
	jar, _ := cookiejar.New(nil) // errs never
	phone := &asker{t, client(t), d.web}
	phone.http.Jar = jar
	signIn := func(password string) int {
		code, _ := phone.ask("POST", "phone/session", `{"user":"203","password":"`+password+`"}`)
		return code
	}
	for _, step := range []struct {
		name               string
		method, path, body string
		want               int
		says               string
		signIn             string
		signed             int
	}{
		{"add", "POST", "users", `{"name":"203","password":"hush hush","displayName":"Cat"}`, 201, `"source":"store"`, "hush hush", 200},
		{"add again", "POST", "users", `{"name":"203","password":"hush hush"}`, 409, "already", "hush hush", 200},
		{"one of the file", "PATCH", "users/1001", `{"disabled":true}`, 409, "configuration", "hush hush", 200},
		{"a bad name", "POST", "users", `{"name":"2 3","password":"hush hush"}`, 400, "a name has", "hush hush", 200},
		{"may call", "GET", "route?from=user:203&to=1001", "", 200, `"fires":true`, "hush hush", 200},
		{"no trunk", "POST", "trunks/alpha/probe", "", 404, "no trunk alpha", "hush hush", 200},
		{"another password", "PATCH", "users/203", `{"password":"hush again"}`, 200, `"name":"203"`, "hush hush", 403},
		{"the new one", "GET", "users", "", 200, `"displayName":"Cat"`, "hush again", 200},
		{"lock out", "PATCH", "users/203", `{"disabled":true}`, 200, `"disabled":true`, "hush again", 403},
		{"let in", "PATCH", "users/203", `{"disabled":false}`, 200, `"source":"store"`, "hush again", 200},
		{"remove", "DELETE", "users/203", "", 204, "", "hush again", 403},
		{"remove again", "DELETE", "users/203", "", 404, "the store has no user 203", "hush again", 403},
	} {
		if step.name == "lock out" {
			register(t, d.sipAddr(t), "203", "hush again")
		}
		code, said := owner.ask(step.method, step.path, step.body)
		if code != step.want || !strings.Contains(said, step.says) {
			t.Errorf("%s: %d %s, want %d with %q", step.name, code, said, step.want, step.says)
		}
		if got := signIn(step.signIn); got != step.signed {
			t.Errorf("%s: then signing in gives %d, want %d", step.name, got, step.signed)
		}
		if step.name == "lock out" {
			if _, said := owner.ask("GET", "registrations", ""); !strings.Contains(said, `"total":0`) {
				t.Errorf("his device is still registered: %s", said)
			}
			if code, _ := phone.ask("POST", "phone/session", `{"as":"203"}`); code != 401 {
				t.Errorf("his browser goes on: %d", code)
			}
		}
	}
	pastOfADemo(t, d, owner, phone)
}

// pastOfADemo calls as a user and looks what is known of the call afterwards.
func pastOfADemo(t *testing.T, d *demoGateway, owner, phone *asker) {
	t.Helper()
	args := []string{"call", "600", "--server", "udp:" + d.sipAddr(t), "--user", "1002", "--password", d.password(t, "1002"), "--duration", "200ms"}
	if code, out, errs := doWith(t, filepath.Dir(filepath.Dir(d.state)), args...); code != exitOK {
		t.Fatalf("the call: exit code %d\n%s%s", code, out, errs)
	}
	if code, _ := phone.ask("POST", "phone/session", `{"user":"1002","password":"`+d.password(t, "1002")+`"}`); code != 200 {
		t.Fatalf("signing in gives %d", code)
	}
	var past struct{ Calls []admin.PastCall }
	tandemtest.Await(t, "the call in the history", func() bool {
		_, said := phone.ask("GET", "phone/history?as=1002&limit=100", "")
		return json.Unmarshal([]byte(said), &past) == nil && len(past.Calls) == 1
	})
	if p := past.Calls[0]; p.Number != "600" || p.Direction != "out" || !p.Answered || p.At.IsZero() {
		t.Errorf("the history has %+v", p)
	}
	var records struct {
		CDRs []cdr.Record `json:"cdrs"`
	}
	_, said := owner.ask("GET", "cdrs", "")
	if err := json.Unmarshal([]byte(said), &records); err != nil || len(records.CDRs) != 1 || !slices.Contains(records.CDRs[0].Problems, verdict.ChipShort) {
		t.Errorf("the records are %s (%v)", said, err)
	}
	db, err := sql.Open(t.Context(), filepath.Join(d.state, "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tandemtest.Await(t, "its trace, which is kept since it was short, in the index of the store", func() bool {
		found, err := db.TracesOf(t.Context(), "1002", 10)
		return err == nil && len(found) == 1 && strings.Contains(found[0].Reason, "short")
	})
	code, said := owner.ask("GET", "calls/last/logs", "")
	for _, want := range []string{`"level":"info"`, `"text":"answered"`, `"text":"ended"`, `"sip_call_id":`} {
		if code != 200 || !strings.Contains(said, want) {
			t.Errorf("the log of the call: %d, without %s: %s", code, want, said)
		}
	}
}
