package sql

import (
	"context"
	db "database/sql"
	"time"

	"github.com/tandemgw/tandem"
)

// Trace says where what was recorded of a call's messages is.
type Trace struct {
	Call   tandem.CallID
	Start  time.Time
	Reason string // why it was kept: "failed", "one-way", "short", "low-mos", "all"
	File   string // its name in the folder of traces
	Bytes  int64
}

// PutTraces notes where the traces of calls are, in the place of what was noted before:
// all or none of them.
func (d *DB) PutTraces(ctx context.Context, all []Trace) error {
	return d.change(ctx, func(c *change) error {
		for _, t := range all {
			_, err := c.exec(`INSERT INTO traces (call_id, start_ms, reason, file, bytes) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (call_id) DO UPDATE SET start_ms = excluded.start_ms, reason = excluded.reason, file = excluded.file, bytes = excluded.bytes`,
				string(t.Call), t.Start.UnixMilli(), t.Reason, t.File, t.Bytes)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TracesOf returns the newest traces of calls that a user took part in, at most limit. It
// knows the calls that there are records of.
func (d *DB) TracesOf(ctx context.Context, user string, limit int) ([]Trace, error) {
	return d.traces(ctx, `SELECT t.call_id, t.start_ms, t.reason, t.file, t.bytes FROM cdr_keys k JOIN cdrs c ON c.seq = k.seq JOIN traces t ON t.call_id = c.call_id
		WHERE k.key = ? ORDER BY k.start_ms DESC, k.seq DESC LIMIT ?`, keyOf("u:", user), limit)
}

// Trace returns where the trace of a call is; ErrNotFound where there is none.
func (d *DB) Trace(ctx context.Context, call tandem.CallID) (t Trace, err error) {
	var start int64
	t.Call = call
	err = d.row(ctx, "SELECT start_ms, reason, file, bytes FROM traces WHERE call_id = ?", []any{string(call)}, &start, &t.Reason, &t.File, &t.Bytes)
	t.Start = moment(start)
	return t, err
}

// Traces returns the newest traces of calls that began before a time, at most limit.
func (d *DB) Traces(ctx context.Context, before time.Time, limit int) ([]Trace, error) {
	return d.traces(ctx, "SELECT call_id, start_ms, reason, file, bytes FROM traces WHERE start_ms < ? ORDER BY start_ms DESC, call_id DESC LIMIT ?", before.UnixMilli(), limit)
}

// traces returns what a query finds that asks for the columns of Trace in their order.
func (d *DB) traces(ctx context.Context, query string, args ...any) (all []Trace, err error) {
	err = d.rows(ctx, func(rows *db.Rows) error {
		var t Trace
		var start int64
		err := rows.Scan(&t.Call, &start, &t.Reason, &t.File, &t.Bytes)
		t.Start = moment(start)
		all = append(all, t)
		return err
	}, query, args...)
	return all, err
}

// ForgetTraces takes traces out of the index.
func (d *DB) ForgetTraces(ctx context.Context, calls []tandem.CallID) error {
	return d.change(ctx, func(c *change) error {
		for _, id := range calls {
			if _, err := c.exec("DELETE FROM traces WHERE call_id = ?", string(id)); err != nil {
				return err
			}
		}
		return nil
	})
}
