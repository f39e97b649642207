package cdr

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	batchSize = 256
	// Between two tries of a Sink that has failed: doubled from the first to the
	// longest, and up to a quarter less, so that not all come at once.
	firstWait   = time.Second
	longestWait = time.Minute
)

// Sink takes records.
type Sink interface {
	// Name names its place in the Spool: letters, digits and hyphens.
	Name() string
	// Take has taken all of the records when it returns nil; else all of them come
	// again, perhaps in other batches. It may have to tell those that it has already.
	Take(ctx context.Context, records []Record) error
}

// Feed hands the records of a Spool to a Sink, for as long as it runs.
type Feed struct {
	sink   Sink
	reader *Reader
	log    *slog.Logger

	mu    sync.Mutex // a leaf: guards what follows
	fault string
	since time.Time
}

// NewFeed makes the Feed of a Sink; records count for it from now on. log may be nil.
func NewFeed(s *Spool, sink Sink, log *slog.Logger) *Feed {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Feed{sink: sink, reader: s.Reader(sink.Name()), log: log.With("records", sink.Name())}
}

// Run hands records on until ctx is over. What was not taken then is kept.
func (f *Feed) Run(ctx context.Context) error {
	defer f.reader.Close()
	wait := firstWait
	for {
		b, err := f.reader.Next(ctx, batchSize)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = f.sink.Take(ctx, f.decode(b.Lines))
		}
		if err == nil {
			err = f.reader.Done(b)
		}
		if ctx.Err() != nil && err != nil {
			return nil
		}
		f.note(err)
		if err == nil {
			wait = firstWait
			continue
		}
		if !sleep(ctx, wait-rand.N(wait/4)) {
			return nil
		}
		wait = min(2*wait, longestWait)
	}
}

// decode reads the records of lines. A line that is none, of a disk that has erred, is
// left out.
func (f *Feed) decode(lines [][]byte) []Record {
	records := make([]Record, 0, len(lines))
	for _, l := range lines {
		var r Record
		if err := json.Unmarshal(l, &r); err != nil {
			f.log.Error("a record cannot be read and is left out", "error", err)
			continue
		}
		records = append(records, r)
	}
	return records
}

func (f *Feed) note(err error) {
	f.mu.Lock()
	was := f.fault
	f.fault = ""
	if err != nil {
		f.fault = err.Error()
		if was == "" {
			f.since = time.Now()
		}
	}
	f.mu.Unlock()
	switch {
	case err != nil && was == "":
		f.log.Warn("records of calls are not taken; they wait", "error", err)
	case err == nil && was != "":
		f.log.Info("records of calls are taken again")
	}
}

// Health says what is wrong, and since when; empty for nothing.
func (f *Feed) Health() (fault string, since time.Time) {
	octets, lost := f.reader.Behind()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.fault != "" && lost > 0:
		fault = fmt.Sprintf("%s: %s; %d KiB of records wait, %d records were given up", f.sink.Name(), f.fault, octets>>10, lost)
	case f.fault != "":
		fault = fmt.Sprintf("%s: %s; %d KiB of records wait", f.sink.Name(), f.fault, octets>>10)
	case lost > 0:
		fault = fmt.Sprintf("%s: %d records were given up, since they were not taken for too long", f.sink.Name(), lost)
	}
	return fault, f.since
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Behind says whether there are records that the Sink has not taken.
func (f *Feed) Behind() bool {
	octets, _ := f.reader.Behind()
	return octets > 0
}
