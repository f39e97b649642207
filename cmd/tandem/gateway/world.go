package gateway

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/registrar"
)

// world is what the conditions of the dialplan ask about: who is registered, in a
// call, or asleep. It implements dialplan.State, dialplan.Census and bridge.Watcher.
type world struct {
	reg interface {
		Lookup(now time.Time, user string) []registrar.Binding
	}

	people interface {
		Known(name string) (registrar.User, bool)
	}

	mu    sync.Mutex                 // a leaf: guards what follows
	calls map[tandem.CallID][]string // the users in each call; the bridge bounds the calls
	busy  map[string]int             // how many legs each user has in calls
	// asleep is until when devices are registered whose connection has gone, by user
	// and device. Users are those of the file; of one, maxAsleep.
	asleep map[string]map[string]time.Time
}

// maxAsleep bounds the devices of a user that are remembered.
const maxAsleep = 20

func newWorld() *world {
	return &world{calls: map[tandem.CallID][]string{}, busy: map[string]int{}, asleep: map[string]map[string]time.Time{}}
}

// Registered implements dialplan.State.
func (w *world) Registered(user string) bool { return len(w.reg.Lookup(time.Now(), user)) > 0 }

// Known implements dialplan.Census: users of the store are there as well.
func (w *world) Known(user string) bool {
	_, ok := w.people.Known(user)
	return ok
}

// Busy implements dialplan.State.
func (w *world) Busy(user string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy[strings.ToLower(user)] > 0
}

// Asleep implements dialplan.State: no device of the user can be reached, and one
// whose connection has gone has not let its registration lapse yet. A device over
// UDP has no connection: it counts as registered until it lapses.
func (w *world) Asleep(user string) bool {
	now := time.Now()
	return w.sleeps(strings.ToLower(user), now) && len(w.reg.Lookup(now, user)) == 0
}

func (w *world) sleeps(user string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, until := range w.asleep[user] {
		if now.Before(until) {
			return true
		}
	}
	return false
}

// Watch implements bridge.Watcher.
func (w *world) Watch(call tandem.CallID, legs []bridge.Standing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, user := range w.calls[call] {
		if w.busy[user]--; w.busy[user] <= 0 {
			delete(w.busy, user)
		}
	}
	delete(w.calls, call)
	for _, l := range legs {
		user := strings.ToLower(l.User)
		w.busy[user]++
		w.calls[call] = append(w.calls[call], user)
	}
}

// changed takes note of what becomes of a registration.
func (w *world) changed(c registrar.Change) {
	user, device := strings.ToLower(c.Binding.User), c.Binding.Instance
	if device == "" {
		device = c.Binding.Contact.String()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	devices := w.asleep[user]
	delete(devices, device)
	if c.Kind == registrar.Disconnected {
		maps.DeleteFunc(devices, func(_ string, until time.Time) bool { return !c.At.Before(until) })
		if devices == nil {
			devices = map[string]time.Time{}
			w.asleep[user] = devices
		}
		if len(devices) < maxAsleep {
			devices[device] = c.Binding.Expires
		}
	}
	if len(devices) == 0 {
		delete(w.asleep, user)
	}
}
