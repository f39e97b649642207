package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes counts what is written to it.
type writes struct {
	mu    sync.Mutex
	text  strings.Builder // guarded by mu
	times int             // guarded by mu
}

func (w *writes) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times++
	return w.text.Write(b)
}

func (w *writes) is(t *testing.T, times int, text string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.times != times || !strings.HasSuffix(w.text.String(), text) {
		t.Errorf("written %d times, want %d: %.200q", w.times, times, w.text.String())
	}
}

func TestLinesOfAMomentAreWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var to writes
		g := &gathering{to: &to}
		var want strings.Builder
		for i := range 10 {
			fmt.Fprintf(g, "line %d\n", i)
			fmt.Fprintf(&want, "line %d\n", i)
		}
		to.is(t, 0, "")
		time.Sleep(2 * gatherFor)
		synctest.Wait()
		to.is(t, 1, want.String())
		big := strings.Repeat("x", gatherMost)
		fmt.Fprint(g, big)
		to.is(t, 2, big)
		fmt.Fprint(g, "last")
		g.flush()
		to.is(t, 3, "last")
		time.Sleep(2 * gatherFor)
	})
}
