package sql

import (
	"context"
	db "database/sql"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// bind writes a statement's question marks as the database wants them. No statement of
// ours has one in a string.
func (d *DB) bind(statement string) string {
	if !d.postgres {
		return statement
	}
	var b strings.Builder
	n := 0
	for _, r := range statement {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}

// plain makes each text among arguments one that every database takes.
func plain(args []any) []any {
	for i, a := range args {
		if s, is := a.(string); is {
			args[i] = readable(s)
		}
	}
	return args
}

// readable makes text of what is none: PostgreSQL refuses a zero octet and what is not
// UTF-8, and one call's number must not hold up the records behind it. What stands for
// such an octet is what JSON has for it, and the same in SQLite.
func readable(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == 0 {
			return utf8.RuneError
		}
		return r
	}, s)
}

// change runs f in a transaction, which is on the disk when change returns nil.
func (d *DB) change(ctx context.Context, f func(*change) error) error {
	if err := d.prepare(ctx); err != nil {
		return d.noted(err)
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return d.noted(err)
	}
	if err := f(&change{ctx, d, tx}); err != nil {
		_ = tx.Rollback()
		return d.noted(err)
	}
	return d.noted(tx.Commit())
}

// change is a transaction under way.
type change struct {
	ctx context.Context
	db  *DB
	tx  *db.Tx
}

// exec runs a statement and returns how many rows it changed.
func (c *change) exec(statement string, args ...any) (int64, error) {
	r, err := c.tx.ExecContext(c.ctx, c.db.bind(statement), plain(args)...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// numbers reads the numbers that a query gives.
func (c *change) numbers(query string, args ...any) (all []any, err error) {
	rows, err := c.tx.QueryContext(c.ctx, c.db.bind(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// exec is a change of one statement.
func (d *DB) exec(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = d.change(ctx, func(c *change) error {
		n, err = c.exec(statement, args...)
		return err
	})
	return n, err
}

// rows reads what a query gives, each row by f.
func (d *DB) rows(ctx context.Context, f func(*db.Rows) error, query string, args ...any) error {
	if err := d.prepare(ctx); err != nil {
		return d.noted(err)
	}
	rows, err := d.read.QueryContext(ctx, d.bind(query), plain(args)...)
	if err != nil {
		return d.noted(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return d.noted(err)
		}
	}
	return d.noted(rows.Err())
}

// row reads the one row that a query gives; ErrNotFound where it gives none.
func (d *DB) row(ctx context.Context, query string, args []any, into ...any) error {
	if err := d.prepare(ctx); err != nil {
		return d.noted(err)
	}
	err := d.read.QueryRowContext(ctx, d.bind(query), plain(args)...).Scan(into...)
	if err == db.ErrNoRows {
		err = ErrNotFound
	}
	return d.noted(err)
}

// milliseconds is a time as the tables have it; 0 for none.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment is the time of milliseconds.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
