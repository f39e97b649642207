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
