package cdr

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

const (
	// maxWaiting bounds the records that wait in memory for the disk: those of
	// minutes, at the rate of calls that the gateway is built for.
	maxWaiting = 4096
	// maxGathered bounds the calls that are followed; the bridge has fewer.
	maxGathered = 100_000
	// retryAfter is how long the Collector waits when the disk takes nothing.
	retryAfter = time.Second
	// aliveEvery is how often the list of talks says that they still last.
	aliveEvery = 10 * time.Second
)

// CollectorConfig is what a Collector is made of.
type CollectorConfig struct {
	Spool *Spool // required
	// Problems names what was wrong with a call, beside what its numbers say; nil
	// for nothing. It is called on the goroutine of the call.
	Problems func(*Record) []string
	Log      *slog.Logger // nil for none
}

// Collector makes the records of calls. It implements bridge.Observer.
type Collector struct {
	cfg   CollectorConfig
	queue chan waiting // capacity maxWaiting; what does not fit is lost and counted
	quit  chan struct{}
	done  chan struct{}

	mu     sync.Mutex // a leaf: guards what follows
	calls  map[tandem.CallID]*gathering
	closed bool
	lost   uint64
	fault  string
	since  time.Time
}

var _ bridge.Observer = (*Collector)(nil)

// waiting is what is to be written: the record of a call that is over, or that of one
// that was answered, in case that its end is never seen.
type waiting struct {
	record Record
	open   bool
}

// NewCollector begins to follow calls. Those whose talk was cut off when the gateway was
// killed get their records now.
func NewCollector(c CollectorConfig) *Collector {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Collector{
		cfg: c, queue: make(chan waiting, maxWaiting), quit: make(chan struct{}), done: make(chan struct{}),
		calls: make(map[tandem.CallID]*gathering),
	}
	go l.write()
	return l
}

// Observe implements bridge.Observer. It does not block.
func (l *Collector) Observe(e bridge.Event) {
	r, over := l.take(e)
	if !over {
		return
	}
	if l.cfg.Problems != nil {
		r.Problems = l.cfg.Problems(&r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.putLocked(waiting{record: r})
}

// take adds an event to its call; true with the record of one that is over.
func (l *Collector) take(e bridge.Event) (Record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return Record{}, false
	}
	g := l.calls[e.Call]
	if g == nil {
		if e.Kind == bridge.Ended || len(l.calls) >= maxGathered {
			return Record{}, false
		}
		g = newGathering(&e)
		l.calls[e.Call] = g
	}
	answer, recording := g.record.Answer, g.record.Recording
	g.take(&e)
	switch {
	case e.Kind == bridge.Ended:
		delete(l.calls, e.Call)
		return g.end(&e), true
	case g.record.Answer != answer, g.record.Recording != recording && !answer.IsZero():
		r := g.record
		r.Attempts = append([]Attempt(nil), r.Attempts...) // the call goes on with its own
		l.putLocked(waiting{record: r, open: true})
	}
	return Record{}, false
}

func (l *Collector) putLocked(w waiting) {
	select {
	case l.queue <- w:
	default:
		if !w.open {
			l.lost++
		}
	}
}

// Health says what is wrong, and since when; empty for nothing.
func (l *Collector) Health() (fault string, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.fault != "" && l.lost > 0:
		fault = fmt.Sprintf("records of calls cannot be written: %s; %d were lost", l.fault, l.lost)
	case l.fault != "":
		fault = fmt.Sprintf("records of calls cannot be written: %s; %d wait in memory", l.fault, len(l.queue))
	case l.lost > 0:
		fault = fmt.Sprintf("%d records of calls were lost: the disk took nothing for too long", l.lost)
	}
	return fault, l.since
}

// Close writes what waits. It is idempotent and waits.
func (l *Collector) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.quit)
	}
	l.mu.Unlock()
	<-l.done
	return nil
}

// write is the Collector's goroutine.
func (l *Collector) write() {
	defer close(l.done)
	t := openTalks(l.cfg.Spool.dir)
	defer t.close()
	for l.append(t.cutOff()) != nil {
		if !l.rest() {
			return
		}
	}
	t.restart()
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	for {
		select {
		case w := <-l.queue:
			if !l.settle(t, w) {
				return
			}
		case <-alive.C:
			t.alive()
		case <-l.quit:
			for len(l.queue) > 0 {
				if !l.settle(t, <-l.queue) {
					return
				}
			}
			return
		}
	}
}

// settle writes one and whatever else waits by now. What the disk does not take is
// tried again until the Collector is closed: false then.
func (l *Collector) settle(t *talks, w waiting) bool {
	batch := []waiting{w}
	for len(batch) < 256 && len(l.queue) > 0 {
		batch = append(batch, <-l.queue)
	}
	var over []Record
	for _, w := range batch {
		if w.open {
			t.begin(&w.record)
		} else {
			over = append(over, w.record)
		}
	}
	for l.append(over) != nil {
		if !l.rest() {
			return false
		}
	}
	for i := range over {
		t.end(over[i].CallID)
	}
	t.flush()
	return true
}

// append writes records to the spool.
func (l *Collector) append(records []Record) error {
	if len(records) == 0 {
		return nil
	}
	lines := make([][]byte, 0, len(records))
	for i := range records {
		if line, err := json.Marshal(&records[i]); err == nil { // numbers and text: it cannot err
			lines = append(lines, line)
		}
	}
	err := l.cfg.Spool.Append(lines)
	l.mu.Lock()
	was := l.fault
	l.fault = ""
	if err != nil {
		l.fault = err.Error()
		if was == "" {
			l.since = time.Now()
		}
	}
	l.mu.Unlock()
	switch {
	case err != nil && was == "":
		l.cfg.Log.Error("records of calls cannot be written; they wait", "error", err)
	case err == nil && was != "":
		l.cfg.Log.Info("records of calls can be written again")
	}
	return err
}

// rest waits before the next try; false means that there is none.
func (l *Collector) rest() bool {
	t := time.NewTimer(retryAfter)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.quit:
		l.cfg.Log.Error("records of calls were not written", "records", len(l.queue)+1)
		return false
	}
}
