//go:build unix

package sql

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// Whoever comes first to a database whose tables are not up to date, and has too little
// time for that, has it done by the next: what it ran out of was its own patience, and no
// fault of the database that others are to be told of.
func TestWhoHasTooLittleTimeSpoilsTheDatabaseForNobodyElse(t *testing.T) {
	for name, impatient := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"too late": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 20*time.Millisecond)
		},
		"gone": func(ctx context.Context) (context.Context, context.CancelFunc) {
			gone, cancel := context.WithCancel(ctx)
			cancel()
			return gone, cancel
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			release, err := lockFolder(t.Context(), folder) // as another process that makes the tables
			if err != nil {
				t.Fatal(err)
			}
			d, err := Reach(filepath.Join(folder, "tandem.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			ctx, cancel := impatient(t.Context())
			defer cancel()
			if _, err := d.UsersVersion(ctx); err == nil {
				t.Error("tables are made that another makes")
			}
			release()
			if _, err := d.UsersVersion(t.Context()); err != nil {
				t.Errorf("whoever comes next is told: %v", err)
			}
		})
	}
}
