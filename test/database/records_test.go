package database

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
	"github.com/tandemgw/tandem/test/peers"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// What a database has to answer, whichever it is. Each leaves the tables that the next
// one needs as it has found them.
var questions = []struct {
	name string
	ask  func(*testing.T, *sql.DB)
}{
	{"users", users},
	{"logins", logins},
	{"tokens", tokens},
	{"audit", audit},
	{"traces", traces},
	{"voicemail", voicemail},
	{"what far ends write", hostile},
	{"records", records},
	{"old records", old},
}

func TestSQLiteAndPostgreSQLAnswerTheSame(t *testing.T) {
	t.Parallel()
	server := peers.StartPostgres(t)
	for name, at := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "tandem.db"), "PostgreSQL": server.URL()} {
		t.Run(name, func(t *testing.T) {
			t.Run("opened at once", func(t *testing.T) { openedAtOnce(t, at) })
			d := open(t, at)
			if strings.Contains(d.Name(), "of-the-test") {
				t.Errorf("its name holds the password: %s", d.Name())
			}
			for _, q := range questions {
				t.Run(q.name, func(t *testing.T) { q.ask(t, d) })
			}
			if f := d.Health(); f != nil {
				t.Errorf("in the end it says %+v", f)
			}
			open(t, at) // once more: the tables are there already
		})
	}
}

// openedAtOnce: one makes the tables of a new database, and the others wait for it.
func openedAtOnce(t *testing.T, at string) {
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			d, err := sql.Open(t.Context(), at)
			if err != nil {
				t.Error(err)
				return
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func open(t *testing.T, at string) *sql.DB {
	t.Helper()
	d, err := sql.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// some makes records of calls, several of which begin at the same moment.
func some(r *rand.Rand, n int) []cdr.Record {
	all := make([]cdr.Record, n)
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	for i := range all {
		c := &all[i]
		c.CallID, c.Start = tandem.CallID(fmt.Sprintf("c%05d", i)), noon.Add(time.Duration(r.IntN(n/2))*time.Second)
		c.Duration = int64(one("0", "59", "60", "3599", "3600", "3601", "9000")[0]-'0') + int64(r.IntN(2))*3600
		c.End = c.Start.Add(time.Duration(c.Duration) * time.Second)
		c.Result = cdr.Results()[r.IntN(5)]
		c.MOS = []float64{0, 1.5, 3.5, 3.6, 4.4}[r.IntN(5)]
		c.FromUser, c.FromTrunk, c.Trunk = one("", "Ann", "bob", "zoë"), one("", "alpha"), one("", "alpha", "beta")
		c.FromNumber, c.Dialed = one("", "201", "+442079460000"), one("202", "02079460000", "\U0001F600")
		c.Normalized = one("", "+442079460000", "+15551234")
		c.To = one("", "user:bob", "trunk:beta +15551234", "room:1")
		if r.IntN(3) == 0 {
			c.Attempts = []cdr.Attempt{{Target: one("user:Ann", "trunk:gamma 7"), Start: c.Start}}
		}
		c.Legs = []cdr.Leg{{ID: c.CallID.Leg(0), User: one("", "cat"), Party: "a 'quoted' \"party\" \\ $1 ?"}}
	}
	return all
}

// matches says what a query means, without a database.
func matches(c *cdr.Record, q cdr.Query) bool {
	parts := func(f func(kind, name, number string) bool) bool {
		targets := []string{c.To}
		for _, a := range c.Attempts {
			targets = append(targets, a.Target)
		}
		return slices.ContainsFunc(targets, func(target string) bool {
			kind, rest, _ := strings.Cut(target, ":")
			name, number, _ := strings.Cut(rest, " ")
			return f(kind, name, number)
		})
	}
	legs := func(name string) bool {
		return slices.ContainsFunc(c.Legs, func(l cdr.Leg) bool { return strings.EqualFold(l.User, name) })
	}
	dialed := func(has string) bool {
		return has != "" && (strings.EqualFold(has, q.Number) || strings.EqualFold(strings.TrimPrefix(has, "+"), q.Number))
	}
	switch {
	case !q.From.IsZero() && c.Start.Before(q.From), !q.To.IsZero() && !c.Start.Before(q.To):
		return false
	case q.User != "" && !strings.EqualFold(c.FromUser, q.User) && !legs(q.User) &&
		!parts(func(kind, name, _ string) bool { return kind == "user" && strings.EqualFold(name, q.User) }):
		return false
	case q.Number != "" && !dialed(c.FromNumber) && !dialed(c.Dialed) && !dialed(c.Normalized) &&
		!parts(func(kind, _, number string) bool { return kind == "trunk" && dialed(number) }):
		return false
	case q.Trunk != "" && c.FromTrunk != q.Trunk && c.Trunk != q.Trunk &&
		!parts(func(kind, name, _ string) bool { return kind == "trunk" && name == q.Trunk }):
		return false
	case q.Result != "" && c.Result != q.Result, q.MOSBelow > 0 && (c.MOS == 0 || c.MOS >= q.MOSBelow):
		return false
	}
	return q.DurationOver == 0 || c.Duration > int64(q.DurationOver/time.Second)
}

// records asks in many ways, page by page, and compares with what the question means.
func records(t *testing.T, d *sql.DB) {
	r := rand.New(rand.NewPCG(1, 2))
	all := some(r, 300)
	for batch := range slices.Chunk(all, 64) {
		must(t, d.PutCDRs(t.Context(), batch))
	}
	must(t, d.PutCDRs(t.Context(), all[100:200])) // once more, as after a fault
	for i := range 120 {
		one := func(of ...string) string { return of[r.IntN(len(of))] }
		q := cdr.Query{Limit: 1 + r.IntN(40)}
		if i > 0 {
			q.User, q.Trunk = one("", "", "", "ANN", "Zoë", "cat", "nobody"), one("", "", "", "beta", "alpha")
			q.Number = one("", "", "", "442079460000", "+442079460000", "201", "\U0001F600", "%")
			q.Result = cdr.Result(one("", "", "answered", "busy"))
			q.MOSBelow = []float64{0, 0, 1.5, 3.55, 3.6, 4}[r.IntN(6)]
			q.DurationOver = time.Duration([]int{0, 0, 1, 3599, 3600, 3601}[r.IntN(6)]) * time.Second
		}
		if r.IntN(3) == 0 {
			q.From = noon.Add(time.Duration(r.IntN(150)) * time.Second)
			q.To = q.From.Add(time.Duration(r.IntN(100)) * time.Second)
		}
		q.Look = []int{0, 1, 7, 30, 110}[r.IntN(5)]
		var want []tandem.CallID
		for i := len(all) - 1; i >= 0; i-- {
			if matches(&all[i], q) {
				want = append(want, all[i].CallID)
			}
		}
		slices.SortStableFunc(want, func(a, b tandem.CallID) int { return startOf(all, b).Compare(startOf(all, a)) })
		if diff := cmp.Diff(want, pages(t, d, q)); diff != "" {
			t.Fatalf("CDRs(%+v) differs (-want +got):\n%s", q, diff)
		}
	}
	got, err := d.CDR(t.Context(), all[7].CallID)
	if diff := cmp.Diff(all[7], got); err != nil || diff != "" {
		t.Errorf("a record came back otherwise: %v\n%s", err, diff)
	}
	if _, err := d.CDR(t.Context(), "nobody"); err != sql.ErrNotFound {
		t.Errorf("a call that was not gives %v", err)
	}
}

func startOf(all []cdr.Record, id tandem.CallID) time.Time {
	var n int
	_, _ = fmt.Sscanf(string(id), "c%d", &n)
	return all[n].Start
}

// pages reads all pages of a query.
func pages(t *testing.T, d *sql.DB, q cdr.Query) (all []tandem.CallID) {
	t.Helper()
	for {
		page, next, err := d.CDRs(t.Context(), q)
		must(t, err)
		if len(page) > q.Limit || next != "" && len(page) < q.Limit && q.Look == 0 {
			t.Fatalf("a page of %d has %d records and then %q", q.Limit, len(page), next)
		}
		for i := range page {
			all = append(all, page[i].CallID)
		}
		if q.After = next; next == "" {
			return all
		}
	}
}

// old forgets what is old, as many at once as was said, and its names with it.
func old(t *testing.T, d *sql.DB) {
	left := len(pages(t, d, cdr.Query{Limit: 1000, From: noon.Add(50 * time.Second)}))
	for n, err := d.ForgetCDRs(t.Context(), noon.Add(50*time.Second), 30); n > 0; n, err = d.ForgetCDRs(t.Context(), noon.Add(50*time.Second), 30) {
		must(t, err)
		if n > 30 {
			t.Errorf("%d were forgotten at once", n)
		}
	}
	if got := len(pages(t, d, cdr.Query{Limit: 1000})); got != left || left == 0 {
		t.Errorf("%d of %d are left", got, left)
	}
	if all := pages(t, d, cdr.Query{Limit: 1000, User: "cat", To: noon.Add(50 * time.Second)}); len(all) > 0 {
		t.Errorf("a name leads to records that were forgotten: %v", all)
	}
}

// hostile is what a far end may write into a call or a request: none of it may be
// refused, since the records behind it would wait forever.
func hostile(t *testing.T, d *sql.DB) {
	noise := make([]byte, 40_000)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte('!' + r.IntN(90))
	}
	texts := []string{"zero \x00 octet", "no text \xff\xfe", string(noise), strings.Repeat("\xff", 5000), strings.Repeat("\x00", 5000), "'; DROP TABLE cdrs; --", "\u202e", "\x1b[2J"}
	for i, text := range texts {
		c := cdr.Record{CallID: tandem.CallID(fmt.Sprintf("h%d", i)), Start: noon.Add(-time.Hour), FromNumber: text, FromName: text, Dialed: text, Reason: text, To: "user:" + text}
		line, err := json.Marshal(&c) // by way of the queue
		must(t, err)
		var read cdr.Record
		must(t, json.Unmarshal(line, &read))
		for _, c := range []cdr.Record{c, read} {
			if err := d.PutCDRs(t.Context(), []cdr.Record{c}); err != nil {
				t.Fatalf("a record with %.20q: %v", text, err)
			}
		}
		page, _, err := d.CDRs(t.Context(), cdr.Query{Number: text, To: noon})
		if err != nil || len(page) != 1 || page[0].CallID != c.CallID {
			t.Errorf("asked for %.20q: %d records, %v", text, len(page), err)
		}
		if err := d.Note(t.Context(), sql.Entry{Who: text, Action: "login", Object: text, Detail: text, Outcome: "no such login"}); err != nil {
			t.Errorf("note %.20q: %v", text, err)
		}
		for what, err := range map[string]error{
			"login": second(d.Login(t.Context(), text)), "token": second(d.TokenOf(t.Context(), text)), "user": second(d.User(t.Context(), text)),
			"call": second(d.CDR(t.Context(), tandem.CallID(text))),
		} {
			if err != sql.ErrNotFound {
				t.Errorf("%s of %.20q gives %v", what, text, err)
			}
		}
		if f := d.Health(); f != nil {
			t.Errorf("%.20q makes the database a faulty one: %+v", text, f)
		}
	}
	_, err := d.ForgetCDRs(context.WithoutCancel(t.Context()), noon.Add(-time.Minute), 100)
	must(t, err)
}

func second[T any](_ T, err error) error { return err }
