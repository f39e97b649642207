package gateway

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
)

// board shows the calls that there are. It implements bridge.Observer and
// bridge.Watcher; the bridge bounds the calls.
type board struct {
	mu    sync.Mutex // a leaf: guards calls
	calls map[tandem.CallID]*boardCall
}

// boardCall is a call as its events have told it.
type boardCall struct {
	admin.Call
	held map[tandem.LegID]bool
}

func newBoard() *board { return &board{calls: make(map[tandem.CallID]*boardCall)} }

// Observe implements bridge.Observer.
func (b *board) Observe(e bridge.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[e.Call]
	if c == nil {
		if e.Kind == bridge.Ended {
			return
		}
		c = &boardCall{Call: admin.Call{ID: string(e.Call), From: e.Party.String(), State: "routing", Since: e.At, Direction: "internal"}, held: make(map[tandem.LegID]bool)}
		b.calls[e.Call] = c
	}
	c.way(&e)
	switch e.Kind {
	case bridge.Incoming, bridge.Originated:
		c.To = strings.TrimPrefix(e.Text, "to ")
	case bridge.Ringing:
		if c.Talked.IsZero() {
			c.State = "ringing"
		}
	case bridge.Answered:
		if c.State = "talking"; c.Talked.IsZero() {
			c.Talked = e.At
		}
		if e.Leg != "" && e.Leg != e.Call.Leg(0) { // the gateway itself answers on the caller's
			c.With = e.Party.String()
		}
	case bridge.Held, bridge.Resumed:
		delete(c.held, e.Leg)
		if e.Kind == bridge.Held {
			c.held[e.Leg] = true
		}
		if c.State = "talking"; len(c.held) > 0 {
			c.State = "held"
		}
	case bridge.Detached:
		c.State = "away"
	case bridge.Back:
		c.State = "talking"
	case bridge.Ended:
		delete(b.calls, e.Call)
	}
}

// way notes which way a call goes, and whether it is recorded.
func (c *boardCall) way(e *bridge.Event) {
	switch e.Kind {
	case bridge.Incoming:
		if e.From.Kind == dialplan.FromTrunk {
			c.Direction, c.Trunk = "in", e.From.Name
		}
	case bridge.Routed:
		if e.Row != "" {
			c.Row = filepath.Base(e.Row)
		}
	case bridge.Calling:
		if e.Target.Kind == dialplan.TargetTrunk {
			c.Direction, c.Trunk = "out", e.Target.Name
		}
	case bridge.Recording:
		c.Recording = e.File != "" || e.Text == "goes on"
	}
}

// Watch implements bridge.Watcher: after a transfer others talk than those who
// began.
func (b *board) Watch(call tandem.CallID, legs []bridge.Standing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[call]
	if c == nil {
		return
	}
	var calling, called []bridge.Standing
	for _, l := range legs {
		switch {
		case l.Stage != bridge.Confirmed || l.Other.User == "":
		case l.Called:
			called = append(called, l)
		default:
			calling = append(calling, l)
		}
	}
	switch {
	case len(calling) > 0:
		if other := calling[0].Other.String(); other != c.To { // what was dialed is not who answered
			c.With = other
		}
		if len(called) > 0 {
			c.From = called[0].Other.String()
		}
	case len(called) == 1:
		c.From = called[0].Other.String()
	case len(called) > 1: // who began has left
		c.From, c.With = called[0].Other.String(), called[1].Other.String()
	}
}

// list returns the calls, the oldest first.
func (b *board) list() []admin.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []admin.Call
	for c := range maps.Values(b.calls) {
		all = append(all, c.Call)
	}
	slices.SortFunc(all, func(x, y admin.Call) int { return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.ID, y.ID)) })
	return all
}

// find returns one call; false where there is none.
func (b *board) find(id string) (admin.Call, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.calls[tandem.CallID(id)]; c != nil {
		return c.Call, true
	}
	return admin.Call{}, false
}

// count returns how many calls there are.
func (b *board) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}
