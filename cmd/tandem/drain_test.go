package main

import (
	db "database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

func TestDrainLetsCallsEndAndThenStops(t *testing.T) {
	o := newOffice(t, rows)
	far := call600(t, o.p, true)
	id := o.callID()
	drained, says := make(chan int, 1), new(tandemtest.Output)
	go func() {
		env := environment{in: strings.NewReader(""), out: says, err: says, getenv: tandemtest.Home(o.dir)}
		drained <- run(t.Context(), []string{"drain", "--wait", "1h", "-c", o.file}, env)
	}()
	tandemtest.Await(t, "draining", func() bool { return o.status().Draining })
	tandemtest.Await(t, "whoever asked is told of the call", func() bool { return strings.Contains(says.String(), "1 call under way") })
	if got := statusOf(t, o.at(o.p.http)+"/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d", got)
	}
	if got := o.answers("1"); got != 503 {
		t.Errorf("a call is answered %d", got)
	}
	if _, out, _ := o.do("status"); !strings.Contains(out, "draining until") {
		t.Errorf("status says %s", out)
	}
	select {
	case <-far.bye:
		t.Fatal("the call was ended")
	default:
	}
	if code, _, errs := o.do("hangup", id); code != exitOK {
		t.Fatal(errs)
	}
	select {
	case code := <-drained:
		if code != exitOK || !strings.Contains(says.String(), "has stopped") {
			t.Errorf("drain: %d %s", code, says)
		}
	case <-time.After(tandemtest.Patience):
		t.Fatal("drain does not end")
	}
	if code := o.stop(); code != exitOK {
		t.Errorf("serve: exit code %d\n%s", code, o.err)
	}
}

func TestDrainEndsTheCallsThatAreLeft(t *testing.T) {
	o := newOffice(t, rows)
	far := call600(t, o.p, true)
	if code, out, errs := o.do("drain", "--wait", "0s"); code != exitOK {
		t.Errorf("drain: %d %s%s", code, out, errs)
	}
	select {
	case <-far.bye:
	case <-time.After(tandemtest.Patience):
		t.Error("no BYE")
	}
	if code, _, _ := o.do("drain"); code != exitUnreachable {
		t.Errorf("again: %d", code)
	}
}

func TestServeWaitsForCallsWhenItIsToldTo(t *testing.T) {
	o := newOffice(t, rows, "--drain-timeout", "1h")
	far := call600(t, o.p, true)
	id := o.callID()
	o.cancel()
	tandemtest.Await(t, "draining", func() bool { return o.status().Draining })
	if got := o.answers("1"); got != 503 {
		t.Errorf("a call is answered %d", got)
	}
	select {
	case <-far.bye:
		t.Fatal("the call was ended")
	default:
	}
	if code, _, errs := o.do("hangup", id); code != exitOK {
		t.Fatal(errs)
	}
	if code := o.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// locked has another program write the database for the rest of the test.
func (o *office) locked() {
	t := o.t
	t.Helper()
	if code, _, errs := o.do("tokens", "create", "x"); code != exitOK { // the tables are there
		t.Fatal(errs)
	}
	other, err := db.Open("sqlite", filepath.Join(o.dir, "state", "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	c, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.ExecContext(t.Context(), "PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
}

// Who asked for the end is told of it also where the audit log takes its time: here another
// program writes the database.
func TestDrainIsAnsweredWhereTheAuditLogIsSlow(t *testing.T) {
	o := newOffice(t, rows)
	o.locked()
	if code, out, errs := o.do("drain", "--wait", "0s"); code != exitOK || !strings.Contains(out, "has stopped") {
		t.Errorf("drain: %d %s%s", code, out, errs)
	}
}

// Nor is who ends the last call that is waited for left without an answer.
func TestTheEndOfTheLastCallIsAnsweredWhereTheAuditLogIsSlow(t *testing.T) {
	o := newOffice(t, rows)
	call600(t, o.p, true)
	id := o.callID()
	o.locked()
	drained := make(chan int, 1)
	go func() {
		env := environment{in: strings.NewReader(""), out: new(tandemtest.Output), err: new(tandemtest.Output), getenv: tandemtest.Home(o.dir)}
		drained <- run(t.Context(), []string{"drain", "--wait", "1h", "-c", o.file}, env)
	}()
	tandemtest.Await(t, "draining", func() bool { return o.status().Draining })
	if code, out, errs := o.do("hangup", id); code != exitOK {
		t.Errorf("hangup: %d %s%s", code, out, errs)
	}
	if code := <-drained; code != exitOK {
		t.Errorf("drain: exit code %d", code)
	}
}
