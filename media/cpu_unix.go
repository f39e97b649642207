//go:build unix

package media

import "syscall"

// cpuTime returns the processor time that the process has used, in ns; 0 where
// that is unknown.
func cpuTime() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
