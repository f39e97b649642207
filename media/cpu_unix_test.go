//go:build unix

package media

import (
	"syscall"
	"testing"
)

// reportCPU adds what an operation costs in processor time, which other
// programs on the machine change less than the time on the wall. It returns
// the function to call after the loop.
func reportCPU(b *testing.B) (done func()) {
	used := func() int64 {
		var u syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
			return 0
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	began := used()
	return func() { b.ReportMetric(float64(used()-began)/float64(b.N), "cpu-ns/op") }
}
