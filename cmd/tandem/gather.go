package main

import (
	"io"
	"sync"
	"time"
)

const (
	// gatherFor is how long a line may wait for more, and gatherMost how many octets
	// wait at the most.
	gatherFor  = 20 * time.Millisecond
	gatherMost = 32 << 10
)

// gathering writes the lines of a moment in one go: a gateway that sets up many
// calls would spend its time on writing one line after the other. A process that is
// killed loses the lines of the last moment.
type gathering struct {
	to io.Writer

	mu    sync.Mutex
	lines []byte // guarded by mu
	armed bool   // guarded by mu: a flush will come
}

// Write implements io.Writer; what went wrong with earlier lines is not told.
func (g *gathering) Write(line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = append(g.lines, line...)
	if len(g.lines) >= gatherMost {
		g.flushLocked()
	}
	if !g.armed && len(g.lines) > 0 {
		g.armed = true
		time.AfterFunc(gatherFor, g.flush)
	}
	return len(line), nil
}

// flush writes what waits.
func (g *gathering) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed = false
	g.flushLocked()
}

func (g *gathering) flushLocked() {
	if len(g.lines) > 0 {
		_, _ = g.to.Write(g.lines) // nobody is left to be told
		g.lines = g.lines[:0]
	}
}
