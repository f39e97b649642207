package sql

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

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
