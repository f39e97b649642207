package media

import (
	"container/heap"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// job is a piece of work that belongs to one worker for its whole life. Anyone
// may wake it; only its worker runs it.
type job struct {
	// run does what there is to do and returns when to be run again, as a time
	// of transport.Now; 0 means when woken.
	run func(now int64) (next int64)
	// broken is called once when run has panicked; the job never runs again.
	broken func()
	worker *worker
	gather bool // what run sends goes through the worker's out

	queued atomic.Bool
	next   *job  // in the ready list; owned by whoever queued it, then by the worker
	at     int64 // worker only: deadline
	index  int   // worker only: place in the heap, counted from 1; 0 = not in it
	dead   bool  // worker only
}

// wake makes the worker run j soon. It allocates nothing and never blocks.
func (j *job) wake() { j.worker.post(j) }

// worker runs the jobs of its calls one after the other. Jobs that are ready
// stand in a list that any goroutine may push to without a lock; those that
// wait for a time stand in a heap of the worker's own.
type worker struct {
	ready  atomic.Pointer[job]
	alarm  chan struct{} // capacity 1: a second alarm says nothing new
	stop   chan struct{}
	done   chan struct{}
	timers deadlines // worker only
	load   load
	log    *slog.Logger
	// opening is how many of its legs are being set up: what they will cost is
	// not measured yet.
	opening atomic.Int32
	clocks  atomic.Uint32 // begun so far, for their phases

	// Where a job decodes to and makes a packet: worker only, for one turn of a job.
	decoded [48 * 120]int16 // the longest packet at 48000
	packet  [headerSize + slotSize + transport.Tail]byte
	// What the jobs that gather have sent: it goes out together, so that whoever
	// receives it is woken once. Worker only.
	out *transport.Batch
	// How long what is in out waits for what other jobs send; immutable.
	together time.Duration
}

// together is how long a packet waits for what other calls send.
const together = 400 * time.Microsecond

func newWorker(log *slog.Logger) *worker {
	return &worker{
		alarm: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), log: log,
		out: transport.NewBatch(), together: together,
	}
}

func (w *worker) post(j *job) {
	if !j.queued.CompareAndSwap(false, true) {
		return
	}
	for {
		head := w.ready.Load()
		j.next = head
		if !w.ready.CompareAndSwap(head, j) {
			continue
		}
		if head == nil {
			select {
			case w.alarm <- struct{}{}:
			default:
			}
		}
		return
	}
}

// loop runs until stop is closed, and then what is still ready.
func (w *worker) loop() {
	defer close(w.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		w.runReady()
		w.runDue()
		if w.ready.Load() != nil {
			continue
		}
		w.out.Flush()
		timer.Reset(w.pause())
		select {
		case <-w.alarm:
		case <-timer.C:
		case <-w.stop:
			w.runReady()
			w.out.Flush()
			return
		}
	}
}

// pause returns how long there is nothing to do.
func (w *worker) pause() time.Duration {
	if len(w.timers) == 0 {
		return time.Hour
	}
	return max(0, time.Duration(w.timers[0].at-transport.Now()))
}

// runReady runs the jobs that were woken, in the order in which they were.
func (w *worker) runReady() {
	var first *job
	for j := w.ready.Swap(nil); j != nil; {
		j, j.next, first = j.next, first, j
	}
	for j := first; j != nil; {
		next := j.next
		j.queued.Store(false)
		w.runJob(j, transport.Now())
		j = next
	}
}

// runDue runs the jobs whose time has come.
func (w *worker) runDue() {
	for len(w.timers) > 0 {
		now := transport.Now()
		j := w.timers[0]
		if j.at > now {
			return
		}
		w.load.note(now-j.at, now)
		w.runJob(j, now)
	}
}

func (w *worker) runJob(j *job, now int64) {
	if !j.gather {
		w.out.Flush() // so that what it sends overtakes nothing
	}
	next := w.guarded(j, now)
	end := transport.Now()
	w.load.work(now, end)
	if since := w.out.Since(); since != 0 && time.Duration(end-since) >= w.together {
		w.out.Flush()
	}
	switch {
	case next == 0 && j.index != 0:
		heap.Remove(&w.timers, j.index-1)
	case next == 0:
	case j.index != 0:
		j.at = next
		heap.Fix(&w.timers, j.index-1)
	default:
		j.at = next
		heap.Push(&w.timers, j)
	}
}

// guarded runs j. A panic ends that job and nothing else: decoders work on
// what strangers send.
func (w *worker) guarded(j *job, now int64) (next int64) {
	if j.dead {
		return 0
	}
	defer func() {
		if r := recover(); r != nil {
			w.log.Error("media job ended by a panic", "panic", r, "stack", string(debug.Stack()))
			j.dead, next = true, 0
			if j.broken != nil {
				j.broken()
			}
		}
	}()
	return j.run(now)
}

// deadlines is a heap of jobs, the earliest first (container/heap).
type deadlines []*job

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at < d[j].at }

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i+1, j+1
}

// Push is part of heap.Interface.
func (d *deadlines) Push(x any) {
	j := x.(*job)
	*d = append(*d, j)
	j.index = len(*d)
}

// Pop is part of heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	j := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	j.index = 0
	return j
}
