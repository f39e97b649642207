//go:build unix

package sql

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// lookAgain is how often a folder that another process has locked is tried.
const lookAgain = 10 * time.Millisecond

// lockFolder takes the folder's lock of flock(2). It is the folder's, not the file's:
// closing a file that SQLite has open too would take SQLite's own locks from the process,
// and a file beside it would be one more to keep.
func lockFolder(ctx context.Context, at string) (release func(), err error) {
	f, err := os.Open(at)
	switch {
	case errors.Is(err, os.ErrPermission):
		return func() {}, nil // files in it may be had all the same
	case err != nil:
		return nil, cause(err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { f.Close() }, nil // which unlocks it
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			// A file system without such locks: as good as it goes without.
			f.Close()
			return func() {}, nil
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}
