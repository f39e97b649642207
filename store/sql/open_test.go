package sql

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
)

func TestRecordsAreFoundByWhoAndWhatTookPart(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	start := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	r := cdr.Record{CallID: "k3v9x2mqa7", FromUser: "Ann", Dialed: "020 7946 0000", Normalized: "+442079460000", Trunk: "alpha", Start: start, End: start, Result: cdr.ResultAnswered}
	for range 2 {
		if err := d.PutCDRs(t.Context(), []cdr.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []cdr.Query{{}, {User: "ann"}, {Number: "+442079460000", Trunk: "alpha"}, {Number: "442079460000", Result: cdr.ResultAnswered}, {From: start, To: start.Add(1e9)}} {
		page, next, err := d.CDRs(t.Context(), q)
		if err != nil || len(page) != 1 || next != "" || page[0].Dialed != r.Dialed {
			t.Errorf("CDRs(%+v) = %v, %q, %v", q, page, next, err)
		}
	}
	if _, _, err := d.CDRs(t.Context(), cdr.Query{After: "x"}); err == nil || !strings.Contains(err.Error(), "page") {
		t.Errorf("a page that was not given out gives %v", err)
	}
}

// A question of which the first condition fits many records and the second none is asked
// some records at a time.
func TestAPageLooksAtSoManyRecordsOnly(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	start := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	var all []cdr.Record
	for i := range 250 {
		r := cdr.Record{CallID: tandem.CallID(fmt.Sprint("c", i)), Trunk: "alpha", Start: start.Add(time.Duration(i/3) * time.Second), Result: cdr.ResultAnswered, MOS: 4}
		if i == 20 {
			r.MOS = 2
		}
		all = append(all, r)
	}
	if err := d.PutCDRs(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		q    cdr.Query
		want []int // how many records each page has
	}{
		{"one fits", cdr.Query{Trunk: "alpha", MOSBelow: 3}, []int{0, 0, 1}},
		{"none fits", cdr.Query{Trunk: "alpha", Result: cdr.ResultBusy}, []int{0, 0, 0}},
		{"none fits, and no index knows", cdr.Query{DurationOver: time.Second}, []int{0, 0, 0}},
		{"all fit", cdr.Query{Trunk: "alpha", Result: cdr.ResultAnswered, Limit: 60}, []int{60, 60, 60, 60, 10}},
		{"an index has just these", cdr.Query{Result: cdr.ResultBusy}, []int{0}},
		{"an index has few to look at", cdr.Query{MOSBelow: 3, Result: cdr.ResultAnswered}, []int{1}},
	} {
		tt.q.Look = 100
		var got []int
		for more := true; more && len(got) < 10; more = tt.q.After != "" {
			page, next, err := d.CDRs(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			got, tt.q.After = append(got, len(page)), next
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: the pages have %v records, want %v", tt.name, got, tt.want)
		}
	}
}
