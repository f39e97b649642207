package txn

import "sync"

// turns runs functions one after the other, on whoever brings one while none runs: there
// is no goroutine between a response and who waits for it, so that no request that came
// behind it on the same flow overtakes it.
type turns struct {
	mu      sync.Mutex
	waiting []func() // guarded by mu
	running bool     // guarded by mu
}

// do runs fn, or leaves it to who runs another one.
func (t *turns) do(fn func()) {
	t.mu.Lock()
	t.waiting = append(t.waiting, fn)
	if t.running {
		t.mu.Unlock()
		return
	}
	t.running = true
	for len(t.waiting) > 0 {
		fn := t.waiting[0]
		t.waiting[0] = nil
		t.waiting = t.waiting[1:]
		t.mu.Unlock()
		fn()
		t.mu.Lock()
	}
	t.running, t.waiting = false, nil
	t.mu.Unlock()
}
