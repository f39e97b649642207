package sql

import (
	"context"
	db "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// CDRs returns a page of records, the newest first, and where the next one goes on:
// empty when there is none. A page costs the same wherever it is.
func (d *DB) CDRs(ctx context.Context, q cdr.Query) (page []cdr.Record, next string, err error) {
	query, args, limit, err := pageOf(q)
	if err != nil {
		return nil, "", err
	}
	var start, seq int64
	more := false
	err = d.rows(ctx, func(rows *db.Rows) error {
		if len(page) == limit {
			more = true
			return nil
		}
		var text string
		if err := rows.Scan(&start, &seq, &text); err != nil {
			return err
		}
		var r cdr.Record
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return err
		}
		page = append(page, r)
		return nil
	}, query, args...)
	if err != nil {
		return nil, "", err
	}
	if more {
		next = cursor(start, seq)
	}
	return page, next, nil
}

// pageOf writes the question. It goes along an index in the order of time: that of a
// name or number where one is asked for, else that of a result, of bad or of long
// calls.
func pageOf(q cdr.Query) (query string, args []any, limit int, err error) {
	limit = q.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, cdr.MaxPage)
	var where []string
	and := func(term string, values ...any) { where, args = append(where, term), append(args, values...) }
	from, along := "cdrs c", "c"
	for i, key := range keysAsked(q) {
		alias := "k" + strconv.Itoa(i)
		if i == 0 {
			from, along = "cdr_keys k0 JOIN cdrs c ON c.seq = k0.seq", "k0"
		} else {
			from += " JOIN cdr_keys " + alias + " ON " + alias + ".start_ms = k0.start_ms AND " + alias + ".seq = k0.seq"
		}
		and(alias+".key = ?", key)
	}
	if !q.From.IsZero() {
		and(along+".start_ms >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		and(along+".start_ms < ?", q.To.UnixMilli())
	}
	if q.After != "" {
		start, seq, err := parseCursor(q.After)
		if err != nil {
			return "", nil, 0, err
		}
		and("("+along+".start_ms, "+along+".seq) < (?, ?)", start, seq)
	}
	switch few := q.MOSBelow > 0 && q.MOSBelow <= lowMOS || q.DurationOver >= longCall; {
	case q.Result == cdr.ResultAnswered && few: // which most are: not along that index, but along that of the few
		and("c.result || '' = ?", string(q.Result))
	case q.Result != "":
		and("c.result = ?", string(q.Result))
	}
	if q.MOSBelow > 0 {
		if q.MOSBelow <= lowMOS { // as the index has it, or it is not used
			and("c.mos > 0 AND c.mos < 3.6")
		}
		and("c.mos > 0 AND c.mos < ?", q.MOSBelow)
	}
	if q.DurationOver > 0 {
		if q.DurationOver >= longCall {
			and("c.duration >= 3600")
		}
		and("c.duration > ?", int64(q.DurationOver/time.Second))
	}
	query = "SELECT " + along + ".start_ms, " + along + ".seq, c.record FROM " + from
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	// One more than the page, to know whether there is a next one.
	query += " ORDER BY " + along + ".start_ms DESC, " + along + ".seq DESC LIMIT " + strconv.Itoa(limit+1)
	return query, args, limit, nil
}

func keysAsked(q cdr.Query) []string {
	var keys []string
	for _, k := range [...][2]string{{"u:", q.User}, {"n:", q.Number}, {"t:", q.Trunk}} {
		if k[1] != "" {
			keys = append(keys, keyOf(k[0], k[1]))
		}
	}
	return keys
}

// cursor is where a page ended.
func cursor(start, seq int64) string {
	return strconv.FormatInt(start, 36) + "." + strconv.FormatInt(seq, 36)
}

func parseCursor(s string) (start, seq int64, err error) {
	a, b, ok := strings.Cut(s, ".")
	if !ok {
		return 0, 0, ErrCursor
	}
	start, err = strconv.ParseInt(a, 36, 64)
	if err == nil {
		seq, err = strconv.ParseInt(b, 36, 64)
	}
	if err != nil {
		return 0, 0, ErrCursor
	}
	return start, seq, nil
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
