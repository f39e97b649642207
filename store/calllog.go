package store

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/tandemgw/tandem/bridge"
)

// queueSize bounds the lines that wait to be written.
const queueSize = 4096

// timeForm is local time: people compare it with their watches.
const timeForm = "2006-01-02 15:04:05.000"

// CallLog writes the events of calls to a file, one line each:
//
//	2026-11-21 10:15:03.123  k3v9x2mqa7  incoming     Ann <1001>            to 1002  [Call-ID a84b4c76]
//	2026-11-21 10:15:09.540  k3v9x2mqa7  answered     1002                  by the phone of 1002  [Call-ID 5e0c31]
//
// It implements bridge.Observer.
type CallLog struct {
	queue   chan string
	dropped atomic.Uint64
	mu      sync.Mutex // guards closed, and sending against closing
	closed  bool
	done    chan struct{}
	err     error
}

var _ bridge.Observer = (*CallLog)(nil)

// OpenCallLog appends to the file at path, which only its owner may read: it says
// who called whom.
func OpenCallLog(path string) (*CallLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open call log: %w", err)
	}
	l := &CallLog{queue: make(chan string, queueSize), done: make(chan struct{})}
	go l.write(f)
	return l, nil
}

// Observe implements bridge.Observer. It does not block.
func (l *CallLog) Observe(e bridge.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	select {
	case l.queue <- line(e):
	default:
		l.dropped.Add(1)
	}
}

// line writes an event for people.
func line(e bridge.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-10s  %-11s  %-20s", e.At.Format(timeForm), e.Call, e.Kind, strings.Map(printable, e.Party.String()))
	if e.Text != "" {
		b.WriteString("  " + e.Text)
	}
	if e.Cause.Status != 0 && e.Kind != bridge.Answered {
		fmt.Fprintf(&b, "  (%d)", e.Cause.Status)
	}
	if e.Kind == bridge.Ended && e.Talked > 0 {
		fmt.Fprintf(&b, "  after %s", e.Talked.Round(time.Second))
	}
	if e.Ref != "" {
		b.WriteString("  [Call-ID " + e.Ref + "]")
	}
	return strings.TrimRight(strings.Map(printable, b.String()), " ") + "\n"
}

// printable keeps one event on one line, and from steering a terminal, whatever a
// far end wrote.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

func (l *CallLog) write(f io.WriteCloser) {
	defer close(l.done)
	w := bufio.NewWriter(f)
	for text := range l.queue {
		if n := l.dropped.Swap(0); n > 0 {
			fmt.Fprintf(w, "%s  %d events were not written: the disk was too slow\n", time.Now().Format(timeForm), n)
		}
		_, _ = w.WriteString(text)
		if len(l.queue) == 0 {
			if err := w.Flush(); err != nil && l.err == nil {
				l.err = err // a full disk ends the log, not the calls
			}
		}
	}
	if err := w.Flush(); err != nil && l.err == nil {
		l.err = err
	}
	if err := f.Close(); err != nil && l.err == nil {
		l.err = err
	}
}

// Close writes what waits and returns the first error there was. It is
// idempotent.
func (l *CallLog) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.mu.Unlock()
	<-l.done
	return l.err
}
