package gateway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
)

func TestBoardFollowsACall(t *testing.T) {
	id, at := tandem.CallID("k3v9x2mqa7"), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	ann, bob, carol := tandem.Address{Name: "Ann", User: "201"}, tandem.Address{User: "202"}, tandem.Address{User: "203"}
	b := newBoard()
	event := func(kind bridge.EventKind, leg int, party tandem.Address, text string) {
		at = at.Add(time.Second)
		b.Observe(bridge.Event{At: at, Kind: kind, Call: id, Leg: id.Leg(leg), Party: party, Text: text})
	}
	want := func(what string, c admin.Call) {
		t.Helper()
		c.ID, c.To, c.Since, c.Direction = string(id), "202", time.Date(2026, 11, 21, 10, 0, 1, 0, time.UTC), "internal"
		got := b.list()
		for i := range got {
			got[i].Talked = time.Time{}
		}
		if diff := cmp.Diff([]admin.Call{c}, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", what, diff)
		}
	}
	event(bridge.Incoming, 0, ann, "to 202")
	want("incoming", admin.Call{From: "Ann <201>", State: "routing"})
	event(bridge.Ringing, 1, bob, "rings on udp")
	want("ringing", admin.Call{From: "Ann <201>", State: "ringing"})
	event(bridge.Answered, 1, bob, "")
	b.Watch(id, []bridge.Standing{
		{Leg: id.Leg(0), User: "201", Stage: bridge.Confirmed, Other: bob}, {Leg: id.Leg(1), User: "202", Called: true, Stage: bridge.Confirmed, Other: ann},
	})
	want("answered", admin.Call{From: "Ann <201>", With: "202", State: "talking"})
	event(bridge.Held, 1, bob, "on hold")
	want("held", admin.Call{From: "Ann <201>", With: "202", State: "held"})
	event(bridge.Resumed, 1, bob, "resumed")
	event(bridge.Detached, 1, bob, "")
	want("away", admin.Call{From: "Ann <201>", With: "202", State: "away"})
	event(bridge.Back, 1, bob, "")
	event(bridge.Transferred, 0, ann, "by 202 to 203")
	b.Watch(id, []bridge.Standing{
		{Leg: id.Leg(0), User: "201", Stage: bridge.Confirmed, Other: carol}, {Leg: id.Leg(2), User: "203", Called: true, Stage: bridge.Confirmed, Other: ann},
	})
	want("Bob has sent Ann on", admin.Call{From: "Ann <201>", With: "203", State: "talking"})
	b.Watch(id, []bridge.Standing{
		{Leg: id.Leg(2), User: "203", Called: true, Stage: bridge.Confirmed, Other: bob}, {Leg: id.Leg(3), User: "202", Called: true, Stage: bridge.Confirmed, Other: carol},
	})
	want("Ann has left", admin.Call{From: "202", With: "203", State: "talking"})
	event(bridge.Ended, 0, ann, "")
	if len(b.list()) > 0 || b.count() > 0 {
		t.Errorf("left: %v", b.list())
	}
	event(bridge.Ended, 0, ann, "")
	if b.count() > 0 {
		t.Error("an end began a call")
	}
}

func TestBoardSaysWhichWayACallGoesAndWhetherItIsRecorded(t *testing.T) {
	id, b := tandem.CallID("k3v9x2mqa7"), newBoard()
	for _, e := range []bridge.Event{
		{Kind: bridge.Incoming, Facts: bridge.Facts{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}}},
		{Kind: bridge.Routed, Facts: bridge.Facts{Row: "/etc/tandem/tandem.hcl:54"}},
		{Kind: bridge.Calling, Facts: bridge.Facts{Target: dialplan.Target{Kind: dialplan.TargetTrunk, Name: "alpha"}}},
		{Kind: bridge.Recording, Facts: bridge.Facts{File: "a.wav"}},
	} {
		e.Call = id
		b.Observe(e)
	}
	c, _ := b.find(string(id))
	if c.Direction != "out" || c.Trunk != "alpha" || c.Row != "tandem.hcl:54" || !c.Recording {
		t.Errorf("%+v", c)
	}
	b.Observe(bridge.Event{Call: id, Kind: bridge.Recording, Text: "paused"})
	if c, _ := b.find(string(id)); c.Recording {
		t.Error("a recording that pauses goes on")
	}
}
