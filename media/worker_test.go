package media

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// explosive is a source that panics.
type explosive struct{}

func (explosive) Rate() int { return voiceRate }

func (explosive) Frame([]int16, int) int {
	var none []int
	return none[3]
}

func TestPanicEndsOnlyItsJob(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	a.Play(explosive{}, nil)
	b.Play(mustTone(t, "test", 0), nil)
	b.wire.await(t, 5)
	if n := len(a.wire.packets()); n != 0 {
		t.Errorf("%d packets of a source that panics", n)
	}
	a.Play(mustTone(t, "test", 0), nil)
	a.wire.await(t, 5)
}

// TestWorkerRunsEveryWake wakes jobs from many goroutines at once.
func TestWorkerRunsEveryWake(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 2})
	var wg sync.WaitGroup
	for i := range 20 {
		var wanted, seen atomic.Int64
		reached := make(chan struct{}, 1)
		j := &job{worker: e.workers[i%2]}
		j.run = func(int64) int64 {
			seen.Store(wanted.Load())
			if seen.Load() == 400 {
				select {
				case reached <- struct{}{}:
				default:
				}
			}
			return 0
		}
		for range 4 {
			wg.Go(func() {
				for range 100 {
					wanted.Add(1)
					j.wake()
				}
			})
		}
		wg.Go(func() {
			select {
			case <-reached:
			case <-time.After(patience):
				t.Errorf("job %d last saw %d, want 400", i, seen.Load())
			}
		})
	}
	wg.Wait()
}

func TestJobsRunAtTheirTimes(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	const jobs = 50
	began := transport.Now()
	early := make(chan time.Duration, jobs)
	for i := range jobs {
		at := began + int64((i*37)%jobs)*ms
		j := &job{worker: e.workers[0]}
		j.run = func(now int64) int64 {
			if j.index == 0 && now < at {
				return at
			}
			early <- time.Duration(at - now)
			return 0
		}
		j.wake()
	}
	for range jobs {
		select {
		case d := <-early:
			if d > 0 {
				t.Errorf("a job ran %v too early", d)
			}
		case <-time.After(patience):
			t.Fatal("a job did not run")
		}
	}
}
