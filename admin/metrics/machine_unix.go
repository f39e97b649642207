//go:build unix

package metrics

import (
	"syscall"
	"time"
)

// cpuTime returns the processor time that the process has used; 0 where that is
// unknown.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
