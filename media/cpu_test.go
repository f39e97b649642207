package media

import "testing"

// reportCPU adds what an operation costs in processor time, which other
// programs on the machine change less than the time on the wall. It returns
// the function to call after the loop.
func reportCPU(b *testing.B) (done func()) {
	began := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-began)/float64(b.N), "cpu-ns/op") }
}
