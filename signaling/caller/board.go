package caller

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
)

// board notes what becomes of the call. It implements bridge.Observer.
type board struct {
	answered, over chan struct{} // closed once

	mu       sync.Mutex // a leaf: guards what follows
	began    time.Time
	talks    time.Time
	party    tandem.LegID
	endpoint *media.Endpoint
	gauge    *gauge // nil before the first sound
	res      Result
	err      error
}

func newBoard() *board {
	return &board{answered: make(chan struct{}), over: make(chan struct{})}
}

// Observe implements bridge.Observer.
func (b *board) Observe(e bridge.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e.Kind {
	case bridge.Calling:
		if b.began.IsZero() {
			b.began, b.party = e.At, e.Leg
		}
	case bridge.Ringing, bridge.Early:
		if b.res.Ringing == 0 {
			b.res.Ringing = max(e.At.Sub(b.began), 1)
		}
	case bridge.Answered:
		if b.talks.IsZero() {
			b.talks, b.party = e.At, e.Leg
			b.res.Status, b.res.Reason, b.res.Setup = 200, "answered", max(e.At.Sub(b.began), 1)
			close(b.answered)
		}
	case bridge.Declined:
		if b.talks.IsZero() {
			b.res.Status, b.res.Reason = e.Cause.Status, e.Cause.Words()
		}
	case bridge.Ended:
		b.end(e)
	}
}

// end notes the end of the call.
func (b *board) end(e bridge.Event) {
	select {
	case <-b.over:
		return
	default:
	}
	if b.talks.IsZero() {
		if b.res.Status == 0 {
			b.res.Status, b.res.Reason = e.Cause.Status, e.Cause.Words()
		}
	} else {
		b.res.Talked = e.At.Sub(b.talks)
	}
	b.res.End = e.Cause.Words()
	close(b.over)
}

// leg is the far end's.
func (b *board) leg() tandem.LegID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.party
}

// hears notes where the far end's sound comes in.
func (b *board) hears(ep *media.Endpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endpoint = ep
}

// measures notes what measures the far end's sound.
func (b *board) measures(g *gauge) *gauge {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gauge = g
	return g
}

// fail notes that the recording is not whole.
func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *board) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// result is what came of the call, once it is over.
func (b *board) result() Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.endpoint != nil {
		b.res.Media = b.endpoint.Stats()
		if first := b.res.Media.Received.First; !first.IsZero() {
			b.res.FirstMedia = max(first.Sub(b.began), 1)
		}
	}
	return b.res
}

// level is how loud the far end was, once the recording is closed.
func (b *board) level() Level {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gauge == nil {
		return Level{-127, -127}
	}
	return b.gauge.level()
}
