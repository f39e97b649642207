package sql

import (
	"context"
	db "database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/store/cdr"
)

// lookSteps is in how many statements records are looked at, where not all of them need
// fit the question: most pages are full after the first.
const lookSteps = 10

// CDRs returns a page of records, the newest first, and where the next one goes on:
// empty when there is none. A page costs the same wherever it is. Where few of many
// records fit, no more than q.Look are looked at: the page is then shorter than it might
// be, or empty, and next says where to go on.
func (d *DB) CDRs(ctx context.Context, q cdr.Query) (page []cdr.Record, next string, err error) {
	a, err := asked(q)
	if err != nil {
		return nil, "", err
	}
	if !a.sieves() {
		return d.some(ctx, a, place{}, a.limit)
	}
	for looked := 0; ; looked += a.step {
		end, more, err := d.lookEnd(ctx, a)
		if err != nil {
			return nil, "", err
		}
		some, next, err := d.some(ctx, a, end, a.limit-len(page))
		if err != nil {
			return nil, "", err
		}
		page = append(page, some...)
		switch {
		case next != "" || !more:
			return page, next, nil
		case len(page) == a.limit, looked+a.step >= a.look:
			return page, end.String(), nil
		}
		a.after = end
	}
}

// some are records of a question down to an end, which is among them, at most so many,
// and where to go on for more of these.
func (d *DB) some(ctx context.Context, a *ask, end place, limit int) (page []cdr.Record, next string, err error) {
	var at place
	query, args := a.query(end, limit)
	err = d.rows(ctx, func(rows *db.Rows) error {
		if len(page) == limit {
			next = at.String()
			return nil
		}
		var text string
		if err := rows.Scan(&at.start, &at.seq, &text); err != nil {
			return err
		}
		var r cdr.Record
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return err
		}
		page = append(page, r)
		return nil
	}, query, args...)
	return page, next, err
}

// lookEnd is the last record that one statement looks at, along each of the indexes that
// the database may take; false where it may look at all that there are.
func (d *DB) lookEnd(ctx context.Context, a *ask) (end place, more bool, err error) {
	for _, w := range a.ways() {
		var at place
		query, args := a.skip(w)
		switch err := d.row(ctx, query, args, &at.start, &at.seq); {
		case errors.Is(err, ErrNotFound): // it has no more than a step of them
		case err != nil:
			return end, false, err
		case !more || end.before(at):
			end, more = at, true
		}
	}
	return end, more, nil
}

// place is a record's in the order of time. The zero place is none.
type place struct{ start, seq int64 }

func (p place) before(q place) bool { return p.start < q.start || p.start == q.start && p.seq < q.seq }

// String is the place as those who ask see it.
func (p place) String() string {
	return strconv.FormatInt(p.start, 36) + "." + strconv.FormatInt(p.seq, 36)
}

func placeOf(s string) (p place, err error) {
	a, b, ok := strings.Cut(s, ".")
	if !ok {
		return place{}, ErrCursor
	}
	p.start, err = strconv.ParseInt(a, 36, 64)
	if err == nil {
		p.seq, err = strconv.ParseInt(b, 36, 64)
	}
	if err != nil {
		return place{}, ErrCursor
	}
	return p, nil
}

// ask is a question as it is put to the database.
type ask struct {
	cdr.Query
	keys              []string
	after             place // the zero place for the first page
	limit, look, step int
}

func asked(q cdr.Query) (*ask, error) {
	a := &ask{Query: q, keys: keysAsked(q), limit: q.Limit, look: q.Look}
	if a.limit <= 0 {
		a.limit = 100
	}
	if a.look <= 0 {
		a.look = cdr.MaxLook
	}
	a.limit, a.step = min(a.limit, cdr.MaxPage), max(a.look/lookSteps, 1)
	if q.After == "" {
		return a, nil
	}
	var err error
	a.after, err = placeOf(q.After)
	return a, err
}

// sieves says that records are looked at that may not fit: there is no index of just
// what is asked for.
func (a *ask) sieves() bool {
	n := len(a.keys)
	if a.Result != "" {
		n++
	}
	return n > 1 || a.MOSBelow > 0 || a.DurationOver > 0
}

// low and long say that there is an index of few records that those asked for are among.
func (a *ask) low() bool  { return a.MOSBelow > 0 && a.MOSBelow <= lowMOS }
func (a *ask) long() bool { return a.DurationOver >= longCall }

// clause collects conditions.
type clause struct {
	where []string
	args  []any
}

func (c *clause) and(term string, values ...any) {
	c.where, c.args = append(c.where, term), append(c.args, values...)
}

func (c *clause) String() string {
	if len(c.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.where, " AND ")
}

// times bounds the time along a table.
func (a *ask) times(c *clause, along string) {
	if !a.From.IsZero() {
		c.and(along+".start_ms >= ?", a.From.UnixMilli())
	}
	if !a.To.IsZero() {
		c.and(along+".start_ms < ?", a.To.UnixMilli())
	}
	if a.after != (place{}) {
		c.and("("+along+".start_ms, "+along+".seq) < (?, ?)", a.after.start, a.after.seq)
	}
}

// ways are the indexes that the database may go along: that of a name or number where
// one is asked for, else those of a result, of bad and of long calls, else that of all.
func (a *ask) ways() []clause {
	if len(a.keys) > 0 {
		return []clause{{[]string{"c.key = ?"}, []any{a.keys[0]}}}
	}
	var ways []clause
	if a.Result != "" && !a.answeredOfFew() {
		ways = append(ways, clause{[]string{"c.result = ?"}, []any{string(a.Result)}})
	}
	if a.low() {
		ways = append(ways, clause{[]string{"c.mos > 0 AND c.mos < 3.6"}, nil})
	}
	if a.long() {
		ways = append(ways, clause{[]string{"c.duration >= 3600"}, nil})
	}
	if len(ways) == 0 {
		ways = append(ways, clause{})
	}
	return ways
}

// answeredOfFew says that calls of which there are few are asked for, and of them those
// that were answered, which most are: not along that index, but along that of the few.
func (a *ask) answeredOfFew() bool {
	return a.Result == cdr.ResultAnswered && (a.low() || a.long())
}

// skip asks for the record that is a step further along a way.
func (a *ask) skip(w clause) (query string, args []any) {
	from := "cdrs c"
	if len(a.keys) > 0 {
		from = "cdr_keys c"
	}
	c := clause{slices.Clone(w.where), slices.Clone(w.args)}
	a.times(&c, "c")
	return "SELECT c.start_ms, c.seq FROM " + from + c.String() + " ORDER BY c.start_ms DESC, c.seq DESC LIMIT 1 OFFSET " + strconv.Itoa(a.step-1), c.args
}

// query asks for records down to an end, which is the zero place for all, and for one
// more than limit, to know whether there are more.
func (a *ask) query(end place, limit int) (query string, args []any) {
	var c clause
	from, along := "cdrs c", "c"
	for i, key := range a.keys {
		alias := "k" + strconv.Itoa(i)
		if i == 0 {
			from, along = "cdr_keys k0 JOIN cdrs c ON c.seq = k0.seq", "k0"
		} else {
			from += " JOIN cdr_keys " + alias + " ON " + alias + ".start_ms = k0.start_ms AND " + alias + ".seq = k0.seq"
		}
		c.and(alias+".key = ?", key)
	}
	a.times(&c, along)
	if end != (place{}) { // the first is for databases that use one end of the other only
		c.and(along+".start_ms >= ?", end.start)
		c.and("("+along+".start_ms, "+along+".seq) >= (?, ?)", end.start, end.seq)
	}
	switch {
	case a.answeredOfFew():
		c.and("c.result || '' = ?", string(a.Result))
	case a.Result != "":
		c.and("c.result = ?", string(a.Result))
	}
	if a.low() { // as the index has it, or it is not used
		c.and("c.mos > 0 AND c.mos < 3.6")
	}
	if a.MOSBelow > 0 {
		c.and("c.mos > 0 AND c.mos < ?", a.MOSBelow)
	}
	if a.long() {
		c.and("c.duration >= 3600")
	}
	if a.DurationOver > 0 {
		c.and("c.duration > ?", int64(a.DurationOver/time.Second))
	}
	return "SELECT " + along + ".start_ms, " + along + ".seq, c.record FROM " + from + c.String() +
		" ORDER BY " + along + ".start_ms DESC, " + along + ".seq DESC LIMIT " + strconv.Itoa(limit+1), c.args
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
