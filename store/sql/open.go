package sql

import (
	"context"
	db "database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	// readers bounds the connections that read SQLite, and all of PostgreSQL's.
	readers = 8
	// busy is how long SQLite waits for a lock that another process has.
	busy = 5 * time.Second
	// tryAgain is how long a database that could not be used is left alone.
	tryAgain = time.Second
)

//go:embed migrations
var migrations embed.FS

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	write, read *db.DB // the same for PostgreSQL
	postgres    bool
	name        string // without a password, for people
	fault       atomic.Pointer[Fault]

	turn   chan struct{} // whose turn it is to bring the tables up to date; capacity 1
	ready  atomic.Bool   // they are
	lately time.Time     // when that was last tried to its end; of whoever has the turn
	why    error         // what it came to; of whoever has the turn
}

// Fault is why the database did not do what it was asked.
type Fault struct {
	Since time.Time // of the first failure in a row
	Text  string
}

// Open opens a database and brings its tables up to date. The url is
// "postgres://user:password@host/name?..." as libpq has it, or the path of SQLite's
// file, with "sqlite:" before it or not; its folder must be there. An error says what is
// wrong with the database and holds no password.
func Open(ctx context.Context, at string) (*DB, error) {
	d, err := Reach(at)
	if err == nil {
		err = d.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", d.name, err), d.Close())
	}
	return d, nil
}

// Reach is Open of a database that need not be there yet: its methods err until it is,
// and its tables are brought up to date then. The error is of a url that can never be
// one.
func Reach(at string) (*DB, error) {
	d := &DB{turn: make(chan struct{}, 1)}
	if IsPostgres(at) {
		return d, d.openPostgres(at)
	}
	return d, d.openSQLite(strings.TrimPrefix(at, "sqlite:"))
}

// prepare brings the tables up to date, once. After a failure it is tried again by
// whoever comes tryAgain later; where whoever tried had too little time for it, by the next.
func (d *DB) prepare(ctx context.Context) error {
	if d.ready.Load() {
		return nil
	}
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	switch {
	case d.ready.Load():
		return nil
	case d.why != nil && time.Since(d.lately) < tryAgain:
		return d.why
	}
	err := d.bringUp(ctx)
	if err != nil && ctx.Err() != nil {
		return err // whoever comes next may have more time
	}
	d.why, d.lately = err, time.Now()
	d.ready.Store(err == nil)
	return err
}

// bringUp makes SQLite's file where it is missing and brings the tables up to date, while
// no other process does.
func (d *DB) bringUp(ctx context.Context) error {
	release, err := d.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if !d.postgres {
		if err := private(d.name); err != nil {
			return err
		}
	}
	return d.migrate(ctx)
}

// IsPostgres says whether a url is of PostgreSQL.
func IsPostgres(at string) bool {
	return strings.HasPrefix(at, "postgres://") || strings.HasPrefix(at, "postgresql://")
}

func (d *DB) openSQLite(path string) (err error) {
	d.name = path
	pragmas := fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate", busy.Milliseconds())
	place := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
	if d.write, err = db.Open("sqlite", place+"?"+pragmas); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	if d.read, err = db.Open("sqlite", place+"?"+pragmas+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	return nil
}

// private makes the file for its owner alone: it holds digests of passwords, and who
// called whom. SQLite gives the files beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return cause(err)
	}
	return errors.Join(giveAway(f), f.Close())
}

// cause is what an error of the file system says without the path, which Open's has.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (d *DB) openPostgres(at string) (err error) {
	d.postgres, d.name = true, "the PostgreSQL database"
	u, err := url.Parse(at)
	if err != nil {
		return errors.New("its url cannot be read") // the error's own text has the url, and so a password
	}
	d.name = u.Redacted()
	if d.write, err = db.Open("pgx", at); err != nil {
		return errors.New("its url cannot be read")
	}
	d.write.SetMaxOpenConns(readers)
	d.write.SetMaxIdleConns(readers)
	d.write.SetConnMaxIdleTime(5 * time.Minute)
	d.read = d.write
	return nil
}

func (d *DB) migrate(ctx context.Context) error {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	if d.postgres {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
	}
	sub, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, d.write, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	has, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > want {
		return fmt.Errorf("its tables are of version %d, of a newer tandem; this one knows version %d", has, want)
	}
	_, err = p.Up(ctx)
	return err
}

// Name says which database it is, for people.
func (d *DB) Name() string { return d.name }

// Path is SQLite's file; empty for PostgreSQL.
func (d *DB) Path() string {
	if d.postgres {
		return ""
	}
	return d.name
}

// Health returns why the last use of the database came to nothing; nil means that it
// went well.
func (d *DB) Health() *Fault { return d.fault.Load() }

// Ping asks the database whether it is there, and sets what Health says.
func (d *DB) Ping(ctx context.Context) error {
	err := d.prepare(ctx)
	if err == nil {
		err = d.write.PingContext(ctx)
	}
	return d.noted(err)
}

// noted keeps an error for Health and returns it. What the caller asked for and did not
// get is no fault of the database's.
func (d *DB) noted(err error) error {
	switch {
	case err == nil, errors.Is(err, db.ErrNoRows), errors.Is(err, ErrNotFound), errors.Is(err, ErrExists), errors.Is(err, ErrCursor):
		d.fault.Store(nil)
	case errors.Is(err, context.Canceled):
	default:
		f := &Fault{Since: time.Now(), Text: err.Error()}
		if was := d.fault.Load(); was != nil {
			f.Since = was.Since
		}
		d.fault.Store(f)
		if !errors.Is(err, ErrAway) { // it was noted at two heights
			err = away{err}
		}
	}
	return err
}

// Close closes the database. It is idempotent.
func (d *DB) Close() error {
	var errs []error
	if d.read != nil && d.read != d.write {
		errs = append(errs, d.read.Close())
	}
	if d.write != nil {
		errs = append(errs, d.write.Close())
	}
	return errors.Join(errs...)
}
