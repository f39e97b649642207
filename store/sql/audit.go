package sql

import (
	"context"
	db "database/sql"
	"strconv"
	"strings"
	"time"
)

// Entry is something that an operator or a program of his did, or tried to do.
type Entry struct {
	Seq     int64 // in the order in which they were noted; set by Note
	At      time.Time
	Who     string // the login, the token's name, or "root" at the control socket
	Role    string
	Address string // from where; empty at the control socket
	Action  string // "call.hangup"
	Object  string // what it was done to
	Detail  string // never a secret
	Outcome string // "ok", or why not
}

// maxEntry bounds each text of an Entry, in octets.
const maxEntry = 1024

// Note appends to the audit log. It is on the disk when Note returns.
func (d *DB) Note(ctx context.Context, e Entry) error {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	for _, text := range [...]*string{&e.Who, &e.Role, &e.Address, &e.Action, &e.Object, &e.Detail, &e.Outcome} {
		*text = short(readable(*text), maxEntry)
	}
	_, err := d.exec(ctx, "INSERT INTO audit (at_ms, who, role, address, action, object, detail, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.At.UnixMilli(), e.Who, e.Role, e.Address, e.Action, e.Object, e.Detail, e.Outcome)
	return err
}

// Audit returns what was noted, the newest first, at most limit entries (1 to 1000);
// of one login where who is set. after is what the page before has given as the next.
func (d *DB) Audit(ctx context.Context, who string, limit int, after string) (page []Entry, next string, err error) {
	limit = min(max(limit, 1), 1000)
	where, args := "WHERE 1 = 1", []any(nil)
	if who != "" {
		where, args = where+" AND who = ?", append(args, who)
	}
	if after != "" {
		seq, err := strconv.ParseInt(after, 36, 64)
		if err != nil {
			return nil, "", ErrCursor
		}
		where, args = where+" AND seq < ?", append(args, seq)
	}
	err = d.rows(ctx, func(rows *db.Rows) error {
		if len(page) == limit {
			next = strconv.FormatInt(page[limit-1].Seq, 36)
			return nil
		}
		var e Entry
		var at int64
		err := rows.Scan(&e.Seq, &at, &e.Who, &e.Role, &e.Address, &e.Action, &e.Object, &e.Detail, &e.Outcome)
		e.At = moment(at)
		page = append(page, e)
		return err
	}, "SELECT seq, at_ms, who, role, address, action, object, detail, outcome FROM audit "+where+" ORDER BY seq DESC LIMIT "+strconv.Itoa(limit+1), args...)
	if err != nil {
		return nil, "", err
	}
	return page, next, nil
}

// short cuts a text at a rune's boundary.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
