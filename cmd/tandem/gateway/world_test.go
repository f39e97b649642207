package gateway

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/registrar"
)

// bindings are who can be reached, by user.
type bindings map[string]int

func (b bindings) Lookup(_ time.Time, user string) []registrar.Binding {
	return make([]registrar.Binding, b[user])
}

// TestTheWorldKnowsWhoIsBusy follows users through two calls.
func TestTheWorldKnowsWhoIsBusy(t *testing.T) {
	w := newWorld()
	w.Watch("a", []bridge.Standing{{User: "201"}, {User: "202", Called: true}})
	w.Watch("b", []bridge.Standing{{User: "202"}})
	if !w.Busy("201") || !w.Busy("202") || w.Busy("203") {
		t.Errorf("busy are %v, want 201 and 202", w.busy)
	}
	w.Watch("a", nil)
	if w.Busy("201") || !w.Busy("202") {
		t.Errorf("busy are %v once the first call is over, want 202", w.busy)
	}
	w.Watch("b", nil)
	if len(w.busy) != 0 || len(w.calls) != 0 {
		t.Errorf("what is left after all calls is %v and %v", w.busy, w.calls)
	}
}

// TestAUserIsAsleepWhileNoDeviceIsConnected takes connections away and gives them back.
func TestAUserIsAsleepWhileNoDeviceIsConnected(t *testing.T) {
	w, there := newWorld(), bindings{}
	w.reg = there
	now := time.Now()
	change := func(k registrar.ChangeKind, device string, until time.Time) {
		w.changed(registrar.Change{At: now, Kind: k, Binding: registrar.Binding{
			User: "201", Instance: device, Contact: sip.Uri{User: "x", Host: "192.0.2.1"}, Expires: until,
		}})
	}
	if w.Asleep("201") || w.Registered("201") {
		t.Error("a user who never registered is asleep or registered")
	}
	there["201"] = 1
	change(registrar.Registered, "a", now.Add(time.Hour))
	if w.Asleep("201") || !w.Registered("201") {
		t.Error("a user whose device is connected is asleep or not registered")
	}
	there["201"] = 0
	change(registrar.Disconnected, "a", now.Add(time.Hour))
	if !w.Asleep("201") || w.Registered("201") {
		t.Error("a user whose device has lost its connection is not asleep")
	}
	change(registrar.Disconnected, "b", now.Add(-time.Second))
	there["201"] = 1
	if w.Asleep("201") {
		t.Error("a user is asleep while a device is connected")
	}
	there["201"] = 0
	change(registrar.Unregistered, "a", now)
	if w.Asleep("201") {
		t.Error("a user whose device has signed off, and whose other one has lapsed, is asleep")
	}
	for i := range 3 * maxAsleep {
		change(registrar.Disconnected, string(rune('A'+i)), now.Add(time.Hour))
	}
	if n := len(w.asleep["201"]); n != maxAsleep {
		t.Errorf("%d devices are remembered, want %d", n, maxAsleep)
	}
}
