package gateway

import (
	"context"
	"sync"
	"time"
)

// tasks are the goroutines of a gateway that runs: those of its start, and those that
// reloads add.
type tasks struct {
	fail func(error) // ends the gateway; set by open

	mu   sync.Mutex
	ctx  context.Context // nil before the start and after the end; guarded by mu
	stop context.CancelFunc
	wg   sync.WaitGroup // Add under mu, while ctx is there
}

// open lets tasks begin.
func (t *tasks) open(ctx context.Context, fail func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail = fail
	t.ctx, t.stop = context.WithCancel(context.WithoutCancel(ctx))
}

// run begins a task, which is to end with its context. An error of its ends the
// gateway. Before open and after close nothing begins.
func (t *tasks) run(f func(context.Context) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		return
	}
	ctx := t.ctx
	t.wg.Go(func() {
		if err := f(ctx); err != nil {
			t.fail(err)
		}
	})
}

// close ends the tasks and waits for them.
func (t *tasks) close() {
	t.mu.Lock()
	if t.ctx != nil {
		t.stop()
		t.ctx = nil
	}
	t.mu.Unlock()
	t.wg.Wait()
}

// retireEvery is how often it is asked whether what was taken away is still in use.
const retireEvery = time.Second

// retire ends something that was taken away, once it is not in use any more; at the
// latest with the gateway.
func (g *Gateway) retire(what string, inUse func() bool, end func() error) {
	g.tasks.run(func(ctx context.Context) error {
		tick := time.NewTicker(retireEvery)
		defer tick.Stop()
		for inUse() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ignore(end())
			}
		}
		g.log.Info("not in use any more, and closed", "what", what)
		return ignore(end())
	})
}

// ignore drops an error of closing what nobody uses any more.
func ignore(error) error { return nil }
