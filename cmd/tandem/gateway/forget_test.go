package gateway

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

func TestOldRecordsAreForgottenAndNewOnesStay(t *testing.T) {
	db, err := sql.Open(t.Context(), filepath.Join(t.TempDir(), "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	var all []cdr.Record
	for i := range 2*forgetAtOnce + 3 {
		all = append(all, cdr.Record{CallID: tandem.CallID(fmt.Sprint("old", i)), FromUser: "ann", Start: now.Add(-91 * 24 * time.Hour)})
	}
	all = append(all, cdr.Record{CallID: "new", FromUser: "ann", Start: now.Add(-89 * 24 * time.Hour)})
	if err := db.PutCDRs(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if n, err := forgetBefore(t.Context(), db, now.Add(-90*24*time.Hour)); err != nil || n != 2*forgetAtOnce+3 {
		t.Errorf("%d records were forgotten, %v", n, err)
	}
	if left, _, err := db.CDRs(t.Context(), cdr.Query{User: "ann"}); err != nil || len(left) != 1 || left[0].CallID != "new" {
		t.Errorf("%d records are left, %v", len(left), err)
	}
}
