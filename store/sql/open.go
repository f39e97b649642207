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
)

//go:embed migrations
var migrations embed.FS

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	write, read *db.DB // the same for PostgreSQL
	postgres    bool
	name        string // without a password, for people
	fault       atomic.Pointer[Fault]
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
	d := &DB{}
	var err error
	if IsPostgres(at) {
		err = d.openPostgres(at)
	} else {
		err = d.openSQLite(strings.TrimPrefix(at, "sqlite:"))
	}
	if err == nil {
		err = d.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", d.name, err), d.Close())
	}
	return d, nil
}

// IsPostgres says whether a url is of PostgreSQL.
func IsPostgres(at string) bool {
	return strings.HasPrefix(at, "postgres://") || strings.HasPrefix(at, "postgresql://")
}

func (d *DB) openSQLite(path string) (err error) {
	d.name = path
	if err := private(path); err != nil {
		return err
	}
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
		var p *fs.PathError
		if errors.As(err, &p) {
			return p.Err
		}
		return err
	}
	return f.Close()
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
	return d.noted(d.write.PingContext(ctx))
}

// noted keeps an error for Health and returns it. What the caller asked for and did not
// get is no fault of the database's.
func (d *DB) noted(err error) error {
	switch {
	case err == nil, errors.Is(err, db.ErrNoRows), errors.Is(err, ErrNotFound), errors.Is(err, ErrExists), errors.Is(err, errCursor):
		d.fault.Store(nil)
	case errors.Is(err, context.Canceled):
	default:
		f := &Fault{Since: time.Now(), Text: err.Error()}
		if was := d.fault.Load(); was != nil {
			f.Since = was.Since
		}
		d.fault.Store(f)
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
