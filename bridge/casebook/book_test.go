package casebook

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/media"
)

// tell tells a book of a call of 1001 to a trunk that refuses and another that answers.
func tell(b *Book, id tandem.CallID, at time.Time) {
	a, dead, live := id.Leg(0), id.Leg(1), id.Leg(2)
	for i, e := range []bridge.Event{
		{Kind: bridge.Incoming, Leg: a, Ref: "a" + string(id), Party: tandem.Address{User: "1001"}, Text: "to 5550100"},
		{Kind: bridge.Calling, Leg: dead, Ref: "b" + string(id), Text: "trunk:alpha on udp 192.0.2.1:5060"},
		{Kind: bridge.Declined, Leg: dead, Ref: "b" + string(id), Cause: tandem.FromStatus(403, "")},
		{Kind: bridge.Calling, Leg: live, Ref: "c" + string(id), Text: "trunk:beta on udp 192.0.2.2:5060"},
		{Kind: bridge.Ringing, Leg: live, Ref: "c" + string(id)},
		{Kind: bridge.Answered, Leg: live, Ref: "c" + string(id), Party: tandem.Address{User: "5550100"}},
	} {
		e.Call, e.At = id, at.Add(time.Duration(i)*time.Second)
		b.Observe(e)
	}
	b.Meter(id, []bridge.Measure{
		{Leg: live, Ref: "c" + string(id), Talks: true, Called: true},
		{Leg: dead, Ref: "b" + string(id)},
		{Leg: a, Ref: "a" + string(id), User: "1001", Talks: true, First: true, Stats: media.Stats{Chain: "caller's"}},
	})
	b.Observe(bridge.Event{Kind: bridge.Ended, Call: id, At: at.Add(time.Minute), Cause: tandem.CauseNormal})
}

func TestACallIsKnownAfterItsEnd(t *testing.T) {
	b, at := New(), time.Now()
	tell(b, "one", at)
	tell(b, "two", at.Add(time.Hour))
	if c, ok := b.Find("last"); !ok || c.ID != "two" {
		t.Errorf("the last is %q", c.ID)
	}
	c, ok := b.Find("one")
	if !ok || c.To != "5550100" || c.With == "" || len(c.Attempts) != 1 || c.Attempts[0].Party != "trunk alpha" || c.Attempts[0].Cause.Status != 403 {
		t.Fatalf("of it is known %+v", c)
	}
	e := c.Evidence(at.Add(2*time.Hour), nil, nil)
	if len(e.Legs) != 2 || e.Legs[0].Stats.Chain != "caller's" || e.Alerted.Sub(e.Began) != 4*time.Second || e.Ended.IsZero() {
		t.Errorf("its evidence is %+v", e)
	}
	if _, ok := b.Find("three"); ok {
		t.Error("a call is known that there never was")
	}
	if all := b.Recent(5); len(all) != 2 || all[0].ID != "two" {
		t.Errorf("the recent ones are %v", all)
	}
}

func TestTheBookIsBounded(t *testing.T) {
	b, at := New(), time.Now()
	for i := range maxOver + 50 {
		tell(b, tandem.CallID(fmt.Sprint(i)), at.Add(time.Duration(i)*time.Second))
	}
	if len(b.cases) != maxOver || len(b.over) != maxOver || len(b.refs) != 3*maxOver {
		t.Errorf("%d cases, %d over, %d names are kept", len(b.cases), len(b.over), len(b.refs))
	}
	if _, ok := b.Find("49"); ok {
		t.Error("the oldest is kept")
	}
}

func TestAPhoneReportsOnItsOwnLegOnly(t *testing.T) {
	b, at := New(), time.Now()
	tell(b, "one", at)
	owns := func(_ tandem.CallID, leg tandem.LegID, user string) bool {
		c, _ := b.Find("one")
		return Owner(c.Measures, leg, user)
	}
	now := at.Add(70 * time.Second)
	report := verdict.Phone{CallID: "aone", Hears: verdict.PhoneSound{Packets: 7}}
	if err := b.Report("1001", report, now, owns); err != nil {
		t.Fatal(err)
	}
	c, _ := b.Find("one")
	if p := c.Phone(tandem.CallID("one").Leg(0)); p == nil || p.Hears.Packets != 7 || !p.At.Equal(now) {
		t.Errorf("kept is %+v", p)
	}
	if e := c.Evidence(now, nil, nil); e.Legs[0].Phone == nil || e.Legs[1].Phone != nil {
		t.Error("the evidence has it on another leg")
	}
	if err := b.Report("1002", report, now, owns); !errors.Is(err, ErrOtherUser) {
		t.Errorf("another user's report: %v", err)
	}
	if err := b.Report("1001", verdict.Phone{CallID: "nobody"}, now, owns); !errors.Is(err, ErrNoLeg) {
		t.Errorf("a report on no call: %v", err)
	}
	if err := b.Report("1001", report, now.Add(time.Hour), owns); !errors.Is(err, ErrNoLeg) {
		t.Errorf("a report long after the end: %v", err)
	}
	if err := b.Report("1001", verdict.Phone{}, now, owns); err == nil {
		t.Error("a report of nothing is taken")
	}
}
