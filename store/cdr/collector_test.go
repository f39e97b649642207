package cdr

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

var at0 = time.Date(2026, 11, 21, 10, 15, 3, 0, time.UTC)

func after(ms int) time.Time { return at0.Add(time.Duration(ms) * time.Millisecond) }

// call is the events of a call to a user who is busy at one telephone and answers at
// another.
func call(id tandem.CallID) []bridge.Event {
	alpha := dialplan.Target{Kind: dialplan.TargetTrunk, Name: "alpha", Number: "+442079460000"}
	bob := dialplan.Target{Kind: dialplan.TargetUser, Name: "202"}
	a, b, c := id.Leg(0), id.Leg(1), id.Leg(2)
	heard := func(first int, mos float64, lost int64) *media.Stats {
		s := &media.Stats{Way: media.Way{Keys: "DTLS", Profile: "AEAD_AES_128_GCM"}}
		s.Received = media.Received{Codec: "opus/48000", Packets: 100, Lost: lost, Jitter: 3 * time.Millisecond, First: after(first)}
		s.Received.MOS, s.Sent.Packets = mos, 100
		return s
	}
	return []bridge.Event{
		{At: after(0), Kind: bridge.Incoming, Call: id, Leg: a, Ref: "x@y", Party: tandem.Address{Name: "Ann", User: "201"}, Path: "wss", User: "201", Facts: bridge.Facts{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: "02079460000"}},
		{At: after(1), Kind: bridge.Routed, Call: id, Facts: bridge.Facts{Row: "tandem.hcl:54", Number: "+442079460000"}},
		{At: after(10), Kind: bridge.Calling, Call: id, Leg: b, Called: true, Path: "wss", Facts: bridge.Facts{Target: bob}},
		{At: after(20), Kind: bridge.Declined, Call: id, Leg: b, Called: true, Cause: tandem.FromStatus(486, "")},
		{At: after(30), Kind: bridge.Calling, Call: id, Leg: c, Called: true, Path: "udp", Facts: bridge.Facts{Target: alpha}},
		{At: after(530), Kind: bridge.Ringing, Call: id, Leg: c, Called: true},
		{At: after(2000), Kind: bridge.Answered, Call: id, Leg: c, Called: true},
		{At: after(32000), Kind: bridge.Measured, Call: id, Leg: a, Party: tandem.Address{User: "201"}, User: "201", Path: "wss", Facts: bridge.Facts{Stats: heard(1900, 4.31, 0)}},
		{At: after(32000), Kind: bridge.Measured, Call: id, Leg: c, Called: true, Party: tandem.Address{User: "+442079460000"}, Path: "udp", Facts: bridge.Facts{Stats: heard(2120, 3.9, 25)}},
		{At: after(32000), Kind: bridge.Ended, Call: id, Cause: tandem.CauseNormal, Talked: 30 * time.Second, Facts: bridge.Facts{By: c}},
	}
}

func TestACallBecomesOneRecordWithItsLegsInside(t *testing.T) {
	const id = "k3v9x2mqa7"
	events := call(id)
	g := newGathering(&events[0])
	for i := range events[:len(events)-1] {
		g.take(&events[i])
	}
	got := g.end(&events[len(events)-1])
	legs := got.Legs
	got.Legs = nil
	want := Record{
		CallID: id, Direction: Outbound, FromUser: "201", FromNumber: "201", FromName: "Ann", Dialed: "02079460000", Normalized: "+442079460000",
		To: "trunk:alpha +442079460000", Trunk: "alpha", RouteRow: "tandem.hcl:54", Start: at0, Answer: after(2000), End: after(32000),
		Duration: 32, BillSec: 30, RingMS: 1470, PDDMS: 530, SetupMS: 2000, FirstMediaMS: 120, Result: ResultAnswered, HangupBy: ByCallee,
		SIPCode: 200, Q850: 16, Reason: "ended normally", MOS: 3.9,
		Attempts: []Attempt{
			{Target: "user:202", Leg: id + "-b", Transport: "wss", Start: after(10), SIPCode: 486, Q850: 17, Reason: "busy"},
			{Target: "trunk:alpha +442079460000", Leg: id + "-c", Transport: "udp", Start: after(30), RingMS: 500, Answered: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record differs (-want +got):\n%s", diff)
	}
	if len(legs) != 2 || legs[0].Side != "a" || legs[1].Side != "b" || legs[1].Loss != 20 || legs[0].DTLS != "AEAD_AES_128_GCM" || legs[1].JitterMS != 3 {
		t.Errorf("the legs are %+v", legs)
	}
}

// TestACallThatTheGatewayMakesSaysBetweenWhom: an operator's call is of whom it rings first, a
// call back of the number that was called.
func TestACallThatTheGatewayMakesSaysBetweenWhom(t *testing.T) {
	for _, from := range []dialplan.Source{{Kind: dialplan.FromUser, Name: "201"}, {}} {
		begun := bridge.Event{At: after(0), Kind: bridge.Originated, Call: "k", Party: tandem.Address{Name: "Ann", User: "201"}, Text: "to 600", Facts: bridge.Facts{From: from, To: "600"}}
		g := newGathering(&begun)
		g.take(&begun)
		got := g.end(&bridge.Event{At: after(10), Kind: bridge.Ended, Call: "k", Cause: tandem.CauseCanceled})
		if got.FromNumber != "201" || got.FromName != "Ann" || got.FromUser != from.Name || got.Dialed != "600" || got.Direction != Own {
			t.Errorf("from %v: %+v", from, got)
		}
	}
}

func TestWhatACallCameToAndWhoEndedIt(t *testing.T) {
	id := tandem.CallID("k3v9x2mqa7")
	incoming := bridge.Event{At: at0, Kind: bridge.Incoming, Call: id, Leg: id.Leg(0)}
	calling := bridge.Event{At: after(5), Kind: bridge.Calling, Call: id, Leg: id.Leg(1), Called: true}
	rings := bridge.Event{At: after(9), Kind: bridge.Ringing, Call: id, Leg: id.Leg(1), Called: true}
	declined := func(status int) bridge.Event {
		return bridge.Event{At: after(20), Kind: bridge.Declined, Call: id, Leg: id.Leg(1), Called: true, Cause: tandem.FromStatus(status, "")}
	}
	ended := func(status int, by tandem.LegID) bridge.Event {
		return bridge.Event{At: after(30), Kind: bridge.Ended, Call: id, Cause: tandem.FromStatus(status, ""), Facts: bridge.Facts{By: by}}
	}
	for _, test := range []struct {
		name   string
		events []bridge.Event
		result Result
		by     string
		code   int
	}{
		{"no row takes the number", []bridge.Event{incoming, ended(404, "")}, ResultFailed, ByGateway, 404},
		{"the called one is busy", []bridge.Event{incoming, calling, declined(486), ended(486, "")}, ResultBusy, ByCallee, 486},
		{"nobody answers in time", []bridge.Event{incoming, calling, rings, ended(408, "")}, ResultNoAnswer, ByGateway, 408},
		{"not available after it rang", []bridge.Event{incoming, calling, rings, declined(480), ended(480, "")}, ResultNoAnswer, ByCallee, 480},
		{"the caller gives up", []bridge.Event{incoming, calling, rings, ended(487, id.Leg(0))}, ResultCanceled, ByCaller, 487},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newGathering(&test.events[0])
			for i := range test.events {
				g.take(&test.events[i])
			}
			r := g.end(&test.events[len(test.events)-1])
			if r.Result != test.result || r.HangupBy != test.by || r.SIPCode != test.code || r.BillSec != 0 || !r.Answer.IsZero() {
				t.Errorf("the record says %s by %s, %d: want %s by %s, %d", r.Result, r.HangupBy, r.SIPCode, test.result, test.by, test.code)
			}
		})
	}
}

// kept is a Sink that keeps what it is given.
type kept struct {
	got  chan []Record
	errs chan error
}

func (*kept) Name() string { return "kept" }
func (k *kept) Take(ctx context.Context, records []Record) error {
	select {
	case err := <-k.errs:
		return err
	default:
	}
	select {
	case k.got <- records:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestRecordsReachASinkThatWasAwayAndOnlyOnceWhereItTookThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool, err := OpenSpool(filepath.Join(t.TempDir(), "cdr"), 0)
		if err != nil {
			t.Fatal(err)
		}
		k := &kept{make(chan []Record), make(chan error, 1)}
		k.errs <- os.ErrDeadlineExceeded
		feed := NewFeed(spool, k, nil)
		c := NewCollector(CollectorConfig{Spool: spool})
		for _, id := range []tandem.CallID{"a", "b"} {
			for _, e := range call(id) {
				c.Observe(e)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- feed.Run(ctx) }()
		synctest.Wait()
		if text, _ := feed.Health(); text == "" {
			t.Error("a sink that errs is healthy")
		}
		got := <-k.got
		if len(got) != 2 || got[0].CallID != "a" || got[1].CallID != "b" {
			t.Errorf("it was given %d records", len(got))
		}
		synctest.Wait()
		if text, _ := feed.Health(); text != "" {
			t.Errorf("a sink that takes is %q", text)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if octets, lost := spool.Reader("kept").Behind(); octets != 0 || lost != 0 {
			t.Errorf("after a restart %d octets wait and %d records are lost", octets, lost)
		}
		if err := spool.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestATalkThatWasCutOffByTheEndOfTheProcessHasARecord(t *testing.T) {
	dir := t.TempDir()
	record := Record{CallID: "k3v9x2mqa7", Start: at0, Answer: after(2000)}
	list := openTalks(dir)
	list.begin(&record)
	list.begin(&Record{CallID: "other", Start: at0, Answer: at0})
	list.flush()
	list.end("other")
	list.flush()
	list.close() // and no more: the process is gone
	if err := os.Chtimes(list.path, after(9000), after(9000)); err != nil {
		t.Fatal(err)
	}
	spool, err := OpenSpool(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	r := spool.Reader("test")
	c := NewCollector(CollectorConfig{Spool: spool})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := r.Next(t.Context(), 10)
	if err != nil || len(b.Lines) != 1 {
		t.Fatalf("there are %d records, %v", len(b.Lines), err)
	}
	var got Record
	if err := json.Unmarshal(b.Lines[0], &got); err != nil {
		t.Fatal(err)
	}
	if got.CallID != record.CallID || got.BillSec != 7 || got.Result != ResultAnswered || got.HangupBy != ByGateway {
		t.Errorf("the record is %+v", got)
	}
	if again := openTalks(dir).cutOff(); len(again) != 0 {
		t.Errorf("%d talks have another record at the next start", len(again))
	}
}

// The record of a talk that the end of the process cut off says where its recording is,
// which has begun after the talk.
func TestATalkThatWasCutOffHasItsRecording(t *testing.T) {
	dir := t.TempDir()
	spool, err := OpenSpool(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	c := NewCollector(CollectorConfig{Spool: spool})
	const id = tandem.CallID("k3v9x2mqa7")
	for _, e := range []bridge.Event{
		{At: at0, Kind: bridge.Incoming, Call: id, Leg: id.Leg(0)},
		{At: after(5), Kind: bridge.Calling, Call: id, Leg: id.Leg(1), Called: true},
		{At: after(2000), Kind: bridge.Answered, Call: id, Leg: id.Leg(1), Called: true},
		{At: after(2100), Kind: bridge.Recording, Call: id, Facts: bridge.Facts{File: "20260102-030405-k3v9x2mqa7.wav"}},
		{At: after(3000), Kind: bridge.Recording, Call: id, Text: "paused"},
	} {
		c.Observe(e)
	}
	if err := c.Close(); err != nil { // which leaves the talk where it is, as a kill does
		t.Fatal(err)
	}
	owed := openTalks(dir).cutOff()
	if len(owed) != 1 || owed[0].Recording != "20260102-030405-k3v9x2mqa7.wav" {
		t.Errorf("%+v", owed)
	}
}

// TestARecordSaysByWhomACallWasSentOn: each time that it was, the newest first.
func TestARecordSaysByWhomACallWasSentOn(t *testing.T) {
	events := call("k3v9x2mqa7")
	events[0].Diverted = []tandem.Diversion{{User: "8301", Host: "192.0.2.20", Reason: "user-busy", Counter: 2}, {User: "=8300"}}
	g := newGathering(&events[0])
	for i := range events[:len(events)-1] {
		g.take(&events[i])
	}
	got := g.end(&events[len(events)-1])
	want := []Diversion{{User: "8301", Host: "192.0.2.20", Reason: "user-busy", Counter: 2}, {User: "=8300", Reason: "unknown"}}
	if diff := cmp.Diff(want, got.Diverted); diff != "" {
		t.Errorf("the call was sent on (-want +got):\n%s", diff)
	}
	if text := diverted(&got); text != "8301 user-busy; '=8300 unknown" {
		t.Errorf("the column says %q", text)
	}
}
