package sql

import (
	"context"
	db "database/sql"
	"fmt"
	"strings"
	"time"
)

// User is a user of the gateway whom the store has. It holds digests and no password.
type User struct {
	Name        string // as it was given; unique whatever its case
	DisplayName string
	Digests     Digests
	Disabled    bool // neither registers nor signs in
	Created     time.Time
	Changed     time.Time
}

// Digests are what a password is checked against (RFC 7616 §3.4.2): hexadecimal digests
// of name, realm and password. They fit one realm alone.
type Digests struct {
	Realm       string
	MD5, SHA256 string // of the name
	LongMD5     string // of name@realm, for phones that give their whole address
	LongSHA256  string
}

// Users returns all users, in the order of their names.
func (d *DB) Users(ctx context.Context) (all []User, err error) {
	err = d.rows(ctx, func(rows *db.Rows) error {
		u, err := scanUser(rows.Scan)
		all = append(all, u)
		return err
	}, userColumns+" ORDER BY name")
	return all, err
}

// UsersVersion is another one whenever the users are others: whoever follows them asks
// for it, which costs next to nothing.
func (d *DB) UsersVersion(ctx context.Context) (string, error) {
	var n, changed int64
	err := d.row(ctx, "SELECT count(*), coalesce(max(changed_ms), 0) FROM users", nil, &n, &changed)
	return fmt.Sprintf("%d.%d", n, changed), err
}

// User returns the user of a name; ErrNotFound where there is none.
func (d *DB) User(ctx context.Context, name string) (User, error) {
	u, err := scanUser(func(into ...any) error {
		return d.row(ctx, userColumns+" WHERE name = ?", []any{strings.ToLower(name)}, into...)
	})
	return u, err
}

const userColumns = "SELECT shown, display_name, realm, md5, sha256, long_md5, long_sha256, disabled, created_ms, changed_ms FROM users"

func scanUser(scan func(into ...any) error) (u User, err error) {
	var disabled, created, changed int64
	g := &u.Digests
	err = scan(&u.Name, &u.DisplayName, &g.Realm, &g.MD5, &g.SHA256, &g.LongMD5, &g.LongSHA256, &disabled, &created, &changed)
	u.Disabled, u.Created, u.Changed = disabled != 0, moment(created), moment(changed)
	return u, err
}

// AddUser keeps a new user; ErrExists where the name is taken.
func (d *DB) AddUser(ctx context.Context, u User) error {
	now, g := time.Now().UnixMilli(), u.Digests
	n, err := d.exec(ctx, `INSERT INTO users (name, shown, display_name, realm, md5, sha256, long_md5, long_sha256, created_ms, changed_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
		strings.ToLower(u.Name), u.Name, u.DisplayName, g.Realm, g.MD5, g.SHA256, g.LongMD5, g.LongSHA256, now, now)
	if err == nil && n == 0 {
		err = ErrExists
	}
	return about("user", u.Name, err)
}

// UserChange is what becomes of a user; nil leaves as it is.
type UserChange struct {
	Digests     *Digests
	DisplayName *string
	Disabled    *bool
}

// ChangeUser makes a change as a whole; ErrNotFound where there is no such user.
func (d *DB) ChangeUser(ctx context.Context, name string, c UserChange) error {
	var shown, realm, md5, sha256, longMD5, longSHA256, disabled any
	if c.DisplayName != nil {
		shown = *c.DisplayName
	}
	if g := c.Digests; g != nil {
		realm, md5, sha256, longMD5, longSHA256 = g.Realm, g.MD5, g.SHA256, g.LongMD5, g.LongSHA256
	}
	if c.Disabled != nil {
		disabled = int64(0)
		if *c.Disabled {
			disabled = int64(1)
		}
	}
	n, err := d.exec(ctx, `UPDATE users SET display_name = coalesce(?, display_name), disabled = coalesce(?, disabled),
		realm = coalesce(?, realm), md5 = coalesce(?, md5), sha256 = coalesce(?, sha256), long_md5 = coalesce(?, long_md5),
		long_sha256 = coalesce(?, long_sha256), changed_ms = ? WHERE name = ?`,
		shown, disabled, realm, md5, sha256, longMD5, longSHA256, time.Now().UnixMilli(), strings.ToLower(name))
	return about("user", name, touched(n, err))
}

// RemoveUser forgets a user; ErrNotFound where there is no such user.
func (d *DB) RemoveUser(ctx context.Context, name string) error {
	n, err := d.exec(ctx, "DELETE FROM users WHERE name = ?", strings.ToLower(name))
	return about("user", name, touched(n, err))
}

// touched is ErrNotFound where nothing was changed.
func touched(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func about(what, name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s %q: %w", what, name, err)
	}
	return nil
}
