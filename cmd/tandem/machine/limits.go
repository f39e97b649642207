//go:build unix

package machine

import (
	"golang.org/x/sys/unix"
)

// OpenFiles is how many files the process may have open, and how many it may ask for.
func OpenFiles() (now, most uint64, err error) {
	var r unix.Rlimit
	err = unix.Getrlimit(unix.RLIMIT_NOFILE, &r)
	return uint64(r.Cur), uint64(r.Max), err
}
