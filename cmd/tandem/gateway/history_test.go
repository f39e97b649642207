package gateway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/store/cdr"
)

func TestARecordIsACallOfEachOfItsParties(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	talked := func(r cdr.Record) cdr.Record {
		r.Start, r.Answer, r.BillSec = at, at.Add(5*time.Second), 60
		return r
	}
	from := cdr.Record{Start: at, FromUser: "Ann", FromNumber: "201", FromName: "Ann A.", Dialed: "202"}
	group := from
	group.Attempts = []cdr.Attempt{{Target: "user:Bob"}, {Target: "user:cat", Answered: true}}
	missed := from
	missed.Attempts = []cdr.Attempt{{Target: "user:bob", SIPCode: 408}}
	trunk := cdr.Record{FromTrunk: "alpha", FromNumber: "+442071234567", Attempts: []cdr.Attempt{{Target: "user:bob", Answered: true}}}
	given := talked(trunk)
	given.Legs = []cdr.Leg{{User: "cat"}}
	in, out := admin.PastCall{At: at, Number: "201", Name: "Ann A.", Direction: "in"}, admin.PastCall{At: at, Number: "202", Direction: "out"}
	out.Answered, out.Seconds = true, 60
	heard := admin.PastCall{At: at, Number: "+442071234567", Direction: "in", Answered: true, Seconds: 60}
	for _, tt := range []struct {
		name, user string
		r          cdr.Record
		want       admin.PastCall
		his        bool
	}{
		{"who calls a group", "ann", talked(group), out, true},
		{"who answers in a group", "cat", talked(group), admin.PastCall{At: at, Number: "201", Name: "Ann A.", Direction: "in", Answered: true, Seconds: 60}, true},
		{"who rang besides", "bob", talked(group), in, false},
		{"who did not answer", "bob", missed, in, true},
		{"who did not answer, so that voicemail did", "bob", talked(missed), in, true},
		{"who was called from outside", "bob", talked(trunk), heard, true},
		{"who was given the call", "cat", given, heard, true},
		{"who called somebody busy", "ann", cdr.Record{FromUser: "ann", Dialed: "202", SIPCode: 486}, admin.PastCall{Direction: "out", Number: "202", Status: 486}, true},
		{"who was called back", "bob", cdr.Record{Direction: cdr.Own, FromNumber: "603", Dialed: "bob", Attempts: []cdr.Attempt{{Target: "user:bob", SIPCode: 408}}}, admin.PastCall{Direction: "in", Number: "603"}, true},
		{"who had the gateway call", "bob", talked(cdr.Record{Direction: cdr.Own, Dialed: "202", Attempts: []cdr.Attempt{{Target: "user:bob", Answered: true}, {Target: "user:202", Answered: true}}}), out, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, his := pastCall(&tt.r, tt.user)
			if his != tt.his {
				t.Errorf("his = %t", his)
			}
			if diff := cmp.Diff(tt.want, got); his && diff != "" {
				t.Errorf("it is another (-want +got):\n%s", diff)
			}
		})
	}
}
