package sql

import (
	"context"
	db "database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a whole and consistent copy of SQLite's file to another one, while it is
// in use, and looks whether the copy is sound. A file that is there already is replaced
// when the copy is whole. PostgreSQL has pg_dump for that: an error says so.
func (d *DB) Backup(ctx context.Context, to string) error {
	if d.postgres {
		return errors.New("a PostgreSQL database is saved with pg_dump")
	}
	dir, err := os.MkdirTemp(filepath.Dir(to), ".tandem-backup-") // 0700: whoever may not read the database may not read the copy
	if err != nil {
		var reason *fs.PathError // which names a folder of ours, or what was asked of it
		if errors.As(err, &reason) {
			err = reason.Err
		}
		return fmt.Errorf("write %s: %w", to, err)
	}
	defer os.RemoveAll(dir)
	part := filepath.Join(dir, "copy")
	// By the writing connection: those that read may write nowhere at all.
	if _, err := d.write.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return fmt.Errorf("copy %s: %w", d.name, err)
	}
	if err := sound(ctx, part); err != nil {
		return fmt.Errorf("look at the copy: %w", err)
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	if err := force(part); err != nil {
		return err
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	return force(filepath.Dir(to))
}

// sound asks SQLite whether a file is a whole database.
func sound(ctx context.Context, path string) error {
	copied, err := db.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	defer copied.Close()
	var verdict string
	if err := copied.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errors.New(verdict)
	}
	return nil
}

// force has a file or folder written to the disk.
func force(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
