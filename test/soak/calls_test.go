package soak

import (
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// How long the gateway is run, for whoever has less time or more.
var (
	calls   = flag.Int("calls", 10000, "calls that come and go")
	drift   = flag.Duration("drift", 10*time.Minute, "how long two clocks run apart")
	rooms   = flag.Int("rooms", 200, "rooms of three")
	talking = flag.Duration("talking", time.Minute, "how long the rooms talk")
	settle  = flag.Duration("settle", 2*time.Minute, "how long the gateway may take to put away what is over")
)

const (
	together = 40   // calls at the same time
	warmUp   = 1100 // calls before anything is measured: so many are remembered
)

// silence and loud are 20 ms of sound: nothing, and 500 Hz.
func silence() []byte { return repeat(0xff, 0xff) }
func loud() []byte    { return repeat(0x90, 0x10) }

func repeat(up, down byte) []byte {
	b := make([]byte, 160)
	for i := range b {
		if b[i] = up; i%16 >= 8 {
			b[i] = down
		}
	}
	return b
}

// BenchmarkCalls lets calls come, be heard at both ends, and go: what the gateway has
// after them is what it had before.
func BenchmarkCalls(b *testing.B) {
	g := startGateway(b, startAnswering(b).port)
	g.comeAndGo(b, min(warmUp, *calls))
	peers.Pause(*settle)
	before := g.holds(b)
	began := time.Now()
	g.comeAndGo(b, *calls)
	took := time.Since(began)
	busy := g.holds(b)
	peers.Pause(*settle)
	after := g.holds(b)
	b.Logf("before %+v, at the end of %d calls in %v %+v, afterwards %+v", before, *calls, took.Round(time.Second), busy, after)
	b.ReportMetric(after.memory-before.memory, "MiB-left")
	b.ReportMetric(after.files-before.files, "files-left")
	b.ReportMetric(after.goroutines-before.goroutines, "goroutines-left")
	b.ReportMetric(1000*(busy.cpu-before.cpu)/float64(*calls), "cpu-ms/call")
	b.ReportMetric(0, "ns/op")
	if after.files > before.files+8 || after.goroutines > before.goroutines+8 || after.memory > before.memory+16 {
		b.Errorf("%d calls have left something: %+v before, %+v after", *calls, before, after)
	}
}

// comeAndGo makes n calls, some at the same time.
func (g *gateway) comeAndGo(b *testing.B, n int) {
	b.Helper()
	var next, failed atomic.Int64
	var all sync.WaitGroup
	for range together {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := g.comesAndGoes(int(i)); err != nil && failed.Add(1) < 5 {
					b.Logf("call %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	if f := failed.Load(); f > 0 {
		b.Errorf("%d of %d calls have failed", f, n)
	}
}

func (g *gateway) comesAndGoes(serial int) error {
	c, err := dial(g.sip, "77", serial, nil)
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); c.heard.Load() < 5; {
		if c.send(loud()); time.Now().After(end) {
			_ = c.hangUp()
			return errUnheard
		}
		peers.Pause(20 * time.Millisecond)
	}
	return c.hangUp()
}
