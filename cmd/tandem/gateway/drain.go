package gateway

import (
	"context"
	"errors"
	"time"
)

// errDrained ends a gateway that has no calls any more and takes none.
var errDrained = errors.New("drained")

const (
	// drainLook is how often calls are counted while they are waited for.
	drainLook = 200 * time.Millisecond
	// MaxDrain bounds what may be asked for.
	MaxDrain = 24 * time.Hour
)

// drain takes no more calls, and ends the gateway when there are none, or wait is
// over. To be told again changes the time.
func (g *Gateway) drain(wait time.Duration) {
	until := time.Now().Add(min(wait, MaxDrain))
	g.bridge.Drain()
	if g.draining.Swap(&until) != nil {
		return
	}
	g.log.Info("draining: no more calls are taken", "calls", g.bridge.Calls(), "until", until)
	g.tasks.run(func(ctx context.Context) error {
		tick := time.NewTicker(drainLook)
		defer tick.Stop()
		for g.bridge.Calls() > 0 && time.Now().Before(*g.draining.Load()) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
		g.log.Info("drained", "calls", g.bridge.Calls())
		return errDrained
	})
}

// awaitCalls takes no more calls and lets those that there are end by themselves, for
// a time.
func (g *Gateway) awaitCalls(patience time.Duration) {
	g.bridge.Drain()
	if patience <= 0 || g.bridge.Calls() == 0 {
		return
	}
	until := time.Now().Add(patience)
	g.draining.Store(&until)
	g.log.Info("stopping when the last call has ended", "calls", g.bridge.Calls(), "until", until)
	tick := time.NewTicker(drainLook)
	defer tick.Stop()
	for g.bridge.Calls() > 0 && time.Now().Before(until) {
		<-tick.C
	}
}
