package sql

import (
	"context"
	db "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
)

const (
	// lowMOS and longCall are the bounds of the indexes of bad and of long calls, as
	// the migrations have them.
	lowMOS   = 3.6
	longCall = time.Hour
	// maxKeys bounds the names and numbers under which one call is found.
	maxKeys = 32
	// maxKey bounds each of them, in octets: PostgreSQL has no more than 2700 in an
	// index. Names and numbers that are longer are found with others that begin so.
	maxKey = 256
)

// PutCDRs keeps records, all or none of them. One that is there already is left as it
// is: whoever hands records on after a fault may hand them on twice.
func (d *DB) PutCDRs(ctx context.Context, records []cdr.Record) error {
	return d.change(ctx, func(c *change) error {
		for i := range records {
			if err := c.putCDR(&records[i]); err != nil {
				return fmt.Errorf("record of call %s: %w", records[i].CallID, err)
			}
		}
		return nil
	})
}

func (c *change) putCDR(r *cdr.Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var seq int64
	err = c.tx.QueryRowContext(c.ctx, c.db.bind(`INSERT INTO cdrs (call_id, start_ms, duration, result, mos, record)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (call_id) DO NOTHING RETURNING seq`),
		string(r.CallID), r.Start.UnixMilli(), r.Duration, string(r.Result), r.MOS, string(text)).Scan(&seq)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	keys := keysOf(r)
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, 0, 3*len(keys))
	for _, k := range keys {
		args = append(args, k, r.Start.UnixMilli(), seq)
	}
	_, err = c.exec("INSERT INTO cdr_keys (key, start_ms, seq) VALUES "+strings.Repeat("(?, ?, ?), ", len(keys)-1)+"(?, ?, ?)", args...)
	return err
}

// keysOf are the names and numbers under which a call is found.
func keysOf(r *cdr.Record) []string {
	var keys []string
	add := func(kind, name string) {
		if key := keyOf(kind, name); name != "" && len(keys) < maxKeys && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	number := func(n string) {
		add("n:", n)
		if bare, plus := strings.CutPrefix(n, "+"); plus {
			add("n:", bare)
		}
	}
	add("u:", r.FromUser)
	add("t:", r.FromTrunk)
	add("t:", r.Trunk)
	number(r.FromNumber)
	number(r.Dialed)
	number(r.Normalized)
	for _, t := range append([]string{r.To}, targets(r.Attempts)...) {
		kind, rest, _ := strings.Cut(t, ":")
		switch kind {
		case "user":
			add("u:", rest)
		case "trunk":
			name, n, _ := strings.Cut(rest, " ")
			add("t:", name)
			number(n)
		}
	}
	for _, l := range r.Legs {
		add("u:", l.User)
	}
	return keys
}

func keyOf(kind, name string) string { return kind + short(strings.ToLower(name), maxKey) }

func targets(attempts []cdr.Attempt) []string {
	all := make([]string, len(attempts))
	for i, a := range attempts {
		all[i] = a.Target
	}
	return all
}

// CDR returns the record of a call; ErrNotFound where there is none.
func (d *DB) CDR(ctx context.Context, call tandem.CallID) (cdr.Record, error) {
	var text string
	if err := d.row(ctx, "SELECT record FROM cdrs WHERE call_id = ?", []any{string(call)}, &text); err != nil {
		return cdr.Record{}, err
	}
	var r cdr.Record
	err := json.Unmarshal([]byte(text), &r)
	return r, err
}

// ForgetCDRs deletes records of calls that began before a time, at most so many, and
// says how many it has deleted.
func (d *DB) ForgetCDRs(ctx context.Context, before time.Time, most int) (n int64, err error) {
	err = d.change(ctx, func(c *change) error {
		old, err := c.numbers("SELECT seq FROM cdrs WHERE start_ms < ? ORDER BY start_ms, seq LIMIT ?", before.UnixMilli(), most)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(old, 500) {
			these := "(" + strings.Repeat("?, ", len(some)-1) + "?)"
			if _, err := c.exec("DELETE FROM cdr_keys WHERE seq IN "+these, some...); err != nil {
				return err
			}
			gone, err := c.exec("DELETE FROM cdrs WHERE seq IN "+these, some...)
			if err != nil {
				return err
			}
			n += gone
		}
		return nil
	})
	return n, err
}
