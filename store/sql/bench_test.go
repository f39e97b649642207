package sql

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/store/cdr"
)

// benchRecords is how many records BenchmarkPages fills a database with.
const benchRecords = 1_000_000

// benchStart is when the first of them began; then one comes every ten seconds.
var benchStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// benchRecord is the text that all of them have; it is as long as that of a common call.
func benchRecord() (string, error) {
	start := benchStart
	c := cdr.Record{
		CallID: "k000000000", Direction: cdr.Outbound, FromUser: "user500", FromNumber: "500", Dialed: "02000050000", Normalized: "+442000050000",
		Trunk: "trunk3", To: "trunk:trunk3 +442000050000", Start: start, Answer: start.Add(5 * time.Second), End: start.Add(time.Minute),
		Duration: 60, BillSec: 55, Result: cdr.ResultAnswered, MOS: 4.2, HangupBy: cdr.ByCaller, SIPCode: 200, Q850: 16, Reason: "ended normally",
	}
	for k, side := range []string{"a", "b"} {
		c.Legs = append(c.Legs, cdr.Leg{ID: c.CallID.Leg(k), Side: side, Party: c.FromNumber, Transport: "wss", Codec: "opus/48000", MOSIn: c.MOS, PacketsIn: 15000, PacketsOut: 15000})
	}
	text, err := json.Marshal(&c)
	return string(text), err
}

// BenchmarkPages asks a SQLite database of a million records for pages of each kind: the
// first, and one half a million records further on. The file is kept in the folder that
// TANDEM_BENCH names, and filled once.
func BenchmarkPages(b *testing.B) {
	dir := os.Getenv("TANDEM_BENCH")
	if dir == "" {
		b.Skip("TANDEM_BENCH names no folder for a database of about 2 GB")
	}
	d, err := Open(b.Context(), filepath.Join(dir, "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	benchFill(b, d)
	middle := benchStart.Add(benchRecords / 2 * 10 * time.Second)
	for _, q := range []struct {
		name string
		ask  cdr.Query
	}{
		{"all", cdr.Query{}},
		{"day", cdr.Query{From: middle.Add(-24 * time.Hour)}},
		{"user", cdr.Query{User: "user500"}},
		{"number", cdr.Query{Number: "+442000050000"}},
		{"trunk", cdr.Query{Trunk: "trunk3"}},
		{"user-and-trunk", cdr.Query{User: "user500", Trunk: "trunk3"}},
		{"trunk-and-number", cdr.Query{Number: "+442000050000", Trunk: "trunk3"}},
		{"busy", cdr.Query{Result: cdr.ResultBusy}},
		{"bad", cdr.Query{MOSBelow: 3.5}},
		{"long", cdr.Query{DurationOver: 90 * time.Minute}},
		{"over-9-minutes", cdr.Query{DurationOver: 540 * time.Second}},
		{"trunk-and-bad", cdr.Query{Trunk: "trunk3", MOSBelow: 3.5}},
		{"user-and-long", cdr.Query{User: "user500", DurationOver: time.Hour}},
		{"bad-and-busy-which-none-is", cdr.Query{Result: cdr.ResultBusy, MOSBelow: 3.5}},
		{"below-4-and-busy-which-none-is", cdr.Query{Result: cdr.ResultBusy, MOSBelow: 4}},
		{"trunk-and-below-1-which-none-is", cdr.Query{Trunk: "trunk3", MOSBelow: 1}},
		{"answered-and-below-1-which-none-is", cdr.Query{Result: cdr.ResultAnswered, MOSBelow: 1}},
		{"number-and-below-1-which-none-is", cdr.Query{Number: "+442000050000", MOSBelow: 1}},
		{"nobody", cdr.Query{User: "nobody"}},
	} {
		for where, to := range map[string]time.Time{"newest": {}, "middle": middle} {
			b.Run(q.name+"/"+where, func(b *testing.B) {
				q.ask.To = to
				for b.Loop() {
					if _, _, err := d.CDRs(b.Context(), q.ask); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// benchFill has the database write records by itself, which is quicker than to hand them
// to it: of a thousand users, five trunks and a hundred thousand numbers; one in a
// hundred lasts longer than an hour, one in twenty sounds bad, one in ten was not answered.
func benchFill(b *testing.B, d *DB) {
	b.Helper()
	last := benchStart.Add((benchRecords - 1) * 10 * time.Second)
	if n, _, err := d.CDRs(b.Context(), cdr.Query{Limit: 1, From: last}); err != nil || len(n) == 1 {
		return
	}
	text, err := benchRecord()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	for _, statement := range []string{
		"DELETE FROM cdrs", "DELETE FROM cdr_keys", "PRAGMA cache_size = -500000", "PRAGMA synchronous = OFF",
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1), r AS (SELECT i, i * 7919 %% 100 AS of FROM n)
			INSERT INTO cdrs (seq, call_id, start_ms, duration, result, mos, record)
			SELECT i + 1, printf('k%%09d', i), %d + i * 10000, iif(of = 0, 3600 + i %% 3600, i * 31 %% 600),
				CASE of WHEN 6 THEN 'busy' WHEN 7 THEN 'failed' WHEN 8 THEN 'no_answer' WHEN 9 THEN 'canceled' ELSE 'answered' END,
				iif(of BETWEEN 1 AND 5, 2.5, iif(of BETWEEN 6 AND 9, 0, 4.2)), replace('%s', 'k000000000', printf('k%%09d', i)) FROM r`,
			benchRecords, benchStart.UnixMilli(), text),
		"INSERT INTO cdr_keys SELECT 'n:+44200' || printf('%07d', seq * 48271 % 100000), start_ms, seq FROM cdrs ORDER BY 1, 2, 3",
		"INSERT INTO cdr_keys SELECT 'n:020' || printf('%08d', seq * 48271 % 100000), start_ms, seq FROM cdrs ORDER BY 1, 2, 3",
		"INSERT INTO cdr_keys SELECT 't:trunk' || (seq * 16807 / 7 % 5), start_ms, seq FROM cdrs ORDER BY 1, 2, 3",
		"INSERT INTO cdr_keys SELECT 'u:user' || (seq * 69621 / 11 % 1000), start_ms, seq FROM cdrs ORDER BY 1, 2, 3",
		"PRAGMA synchronous = FULL", "PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := d.write.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("filled in %v", time.Since(began).Round(time.Second))
}
