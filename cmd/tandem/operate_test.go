package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// A call that stands is found by completion, pressed at, played to and ended from the
// command line; what is played is heard at the far end.
func TestOperatorAtTheCommandLine(t *testing.T) {
	state := t.TempDir()
	launchDemo(t, state)
	type ended struct {
		code int
		out  string
	}
	over := make(chan ended, 1)
	go func() {
		code, out, errs := doWith(t, state, "call", "600", "--duration", "5m", "--record", filepath.Join(state, "heard.wav"), "--json")
		over <- ended{code, out + errs}
	}()
	var calls []admin.Call
	tandemtest.Await(t, "a call", func() bool {
		_, out, _ := doWith(t, state, "calls", "-o", "json")
		return json.Unmarshal([]byte(out), &calls) == nil && len(calls) == 1 && calls[0].State == "talking" && len(calls[0].Legs) == 1
	})
	id := calls[0].ID
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"__complete hangup ", exitOK, id + "\t"},
		{"__complete calls hold ", exitOK, id + "\t"},
		{"__complete calls hold " + id + " ", exitOK, "a\t"},
		{"__complete registrations 100", exitOK, "1002"},
		{"calls show " + id, exitOK, id},
		{"calls show last", exitOK, id},
		{"calls last", exitOK, id},
		{"calls k3v9x2mqa7", exitNotFound, "there is no call k3v9x2mqa7"},
		{"calls last " + id, exitUsage, `there is no verb "last"`},
		{"calls press last a 12,#", exitOK, ""},
		{"capture last", exitOK, "No sound"},
		{"trace last", exitOK, "INVITE"},
		{"trace none --follow", exitNotFound, "there is no call none"},
		{"calls -o wide", exitOK, id},
		{"calls press " + id + " a 12,#", exitOK, ""},
		{"calls play " + id + " all 1", exitOK, ""},
		{"calls play " + id + " a none.wav", exitNotFound, "no sound"},
		{"calls hold " + id + " a", exitFailed, "talks with nobody"},
		{"calls resume " + id + " b", exitNotFound, "no leg"},
		{"calls transfer " + id + " a 600", exitFailed, "talks with nobody"},
		{"calls press " + id + " a 12x", exitUsage, ""},
		{"capture " + id, exitOK, "No sound"},
		{"capture " + id + " on", exitOK, "is kept"},
		{"capture " + id + " maybe", exitUsage, "maybe"},
		{"capture none on", exitNotFound, "no call"},
		{"calls press none a 1", exitNotFound, "no call"},
		{"calls originate 1001 600", exitFailed, "no device of user 1001 is registered"},
		{"calls originate nobody 600", exitNotFound, "nobody"},
		{"calls -o yaml", exitUsage, `"yaml" cannot be the value of -o`},
	} {
		args := strings.Split(c.args, " ") // the last may be empty
		code, out, errs := doWith(t, state, args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("tandem %s: exit code %d, want %d and %q\n%s%s", c.args, code, c.code, c.says, out, errs)
		}
		if found := tandemtest.GoType.FindString(errs); found != "" {
			t.Errorf("tandem %s says %q", c.args, found)
		}
	}
	var played time.Time
	tandemtest.Await(t, "the sound that is played, at the far end", func() bool {
		if time.Since(played) > 2*time.Second { // it may be over; begun anew at each look it never came to its loud part
			played = time.Now()
			if code, _, errs := doWith(t, state, "calls", "play", id, "all", "1"); code != exitOK {
				t.Fatal(errs)
			}
		}
		_, out, _ := doWith(t, state, "calls", "show", id, "--json")
		var call admin.Call
		return json.Unmarshal([]byte(out), &call) == nil && len(call.Legs) == 1 && call.Legs[0].Hears.Loudest < 0 && call.Legs[0].Hears.Loudest > -40
	})
	captured := func(more ...string) int {
		_, out, _ := doWith(t, state, append([]string{"pcap", id}, more...)...)
		return len(out)
	}
	tandemtest.Await(t, "sound in the capture", func() bool { return captured("--secrets") > captured()+20000 })
	if code, out, _ := doWith(t, state, "capture", id, "drop"); code != exitOK || captured("--secrets") > captured()+20000 {
		t.Errorf("drop: exit code %d, %s", code, out)
	}
	if code, _, errs := doWith(t, state, "hangup", id); code != exitOK {
		t.Errorf("hangup: exit code %d\n%s", code, errs)
	}
	end := <-over
	var v callView
	if err := json.Unmarshal([]byte(end.out), &v); err != nil || end.code != exitOK || v.Heard == nil || v.Heard.LoudestDBFS < -40 {
		t.Errorf("the call: exit code %d, %v\n%s", end.code, err, end.out)
	}
	if !v.Left {
		t.Errorf("the call was ended before its time was over, and does not say so:\n%s", end.out)
	}
	for _, verb := range []string{"hangup", "calls", "trace", "why"} { // also of one that is over
		want := map[string]int{"hangup": exitNotFound}[verb]
		if code, out, errs := doWith(t, state, verb, id); code != want || !strings.Contains(out+errs, id) {
			t.Errorf("tandem %s ID: exit code %d, want %d and %s\n%s%s", verb, code, want, id, out, errs)
		}
	}
}
