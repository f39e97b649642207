package sql

import (
	"context"
	db "database/sql"
	"strings"
	"time"
)

// Login is a person who may use the console and the API.
type Login struct {
	Name    string // lower case
	Hash    string // of the password, a PHC string such as "$argon2id$..."
	Role    string // viewer, operator or admin
	Created time.Time
}

// Logins returns all logins, in the order of their names.
func (d *DB) Logins(ctx context.Context) (all []Login, err error) {
	err = d.rows(ctx, func(rows *db.Rows) error {
		var l Login
		var created int64
		err := rows.Scan(&l.Name, &l.Hash, &l.Role, &created)
		l.Created = moment(created)
		all = append(all, l)
		return err
	}, "SELECT name, hash, role, created_ms FROM logins ORDER BY name")
	return all, err
}

// Login returns the login of a name; ErrNotFound where there is none.
func (d *DB) Login(ctx context.Context, name string) (l Login, err error) {
	var created int64
	err = d.row(ctx, "SELECT name, hash, role, created_ms FROM logins WHERE name = ?", []any{strings.ToLower(name)}, &l.Name, &l.Hash, &l.Role, &created)
	l.Created = moment(created)
	return l, err
}

// PutLogin keeps a login, in the place of one of the same name.
func (d *DB) PutLogin(ctx context.Context, l Login) error {
	_, err := d.exec(ctx, `INSERT INTO logins (name, hash, role, created_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, role = excluded.role`, strings.ToLower(l.Name), l.Hash, l.Role, time.Now().UnixMilli())
	return about("login", l.Name, err)
}

// RemoveLogin forgets a login; ErrNotFound where there is none.
func (d *DB) RemoveLogin(ctx context.Context, name string) error {
	n, err := d.exec(ctx, "DELETE FROM logins WHERE name = ?", strings.ToLower(name))
	return about("login", name, touched(n, err))
}

// Token lets a program use the API. The token itself is not kept.
type Token struct {
	ID      string
	Name    string // for people
	Owner   string // the login that made it
	Role    string
	Hash    string    // SHA-256 of the token, in hexadecimal digits
	Created time.Time // set by AddToken
	Expires time.Time // zero: never
	Used    time.Time // last; zero: never
}

const tokenColumns = "SELECT id, name, owner, role, hash, created_ms, expires_ms, used_ms FROM tokens"

func scanToken(scan func(into ...any) error) (t Token, err error) {
	var created, expires, used int64
	err = scan(&t.ID, &t.Name, &t.Owner, &t.Role, &t.Hash, &created, &expires, &used)
	t.Created, t.Expires, t.Used = moment(created), moment(expires), moment(used)
	return t, err
}

// Tokens returns all tokens, the oldest first.
func (d *DB) Tokens(ctx context.Context) (all []Token, err error) {
	err = d.rows(ctx, func(rows *db.Rows) error {
		t, err := scanToken(rows.Scan)
		all = append(all, t)
		return err
	}, tokenColumns+" ORDER BY created_ms, id")
	return all, err
}

// TokenOf returns the token of a hash, whether or not it has expired; ErrNotFound where
// there is none.
func (d *DB) TokenOf(ctx context.Context, hash string) (Token, error) {
	return scanToken(func(into ...any) error { return d.row(ctx, tokenColumns+" WHERE hash = ?", []any{hash}, into...) })
}

// AddToken keeps a token; ErrExists where its ID or hash is taken.
func (d *DB) AddToken(ctx context.Context, t Token) error {
	n, err := d.exec(ctx, `INSERT INTO tokens (id, name, owner, role, hash, created_ms, expires_ms, used_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT DO NOTHING`, t.ID, t.Name, t.Owner, t.Role, t.Hash, time.Now().UnixMilli(), milliseconds(t.Expires))
	if err == nil && n == 0 {
		err = ErrExists
	}
	return about("token", t.Name, err)
}

// TokenUsed notes when a token was last used. Whoever calls it for every request does so
// at most once a minute for each token.
func (d *DB) TokenUsed(ctx context.Context, id string, at time.Time) error {
	_, err := d.exec(ctx, "UPDATE tokens SET used_ms = ? WHERE id = ?", milliseconds(at), id)
	return err
}

// RemoveToken forgets a token; ErrNotFound where there is none.
func (d *DB) RemoveToken(ctx context.Context, id string) error {
	n, err := d.exec(ctx, "DELETE FROM tokens WHERE id = ?", id)
	return about("token", id, touched(n, err))
}
