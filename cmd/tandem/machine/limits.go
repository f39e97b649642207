package machine

import (
	"golang.org/x/sys/unix"
)

// ClockKept asks the kernel whether something keeps the clock right.
func ClockKept() (bool, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return state != clockUnsynced, err
}

// clockUnsynced is TIME_ERROR of adjtimex(2).
const clockUnsynced = 5

// OpenFiles is how many files the process may have open, and how many it may ask for.
func OpenFiles() (now, most uint64, err error) {
	var r unix.Rlimit
	err = unix.Getrlimit(unix.RLIMIT_NOFILE, &r)
	return r.Cur, r.Max, err
}
