package uac

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func TestWhatComesBehindAResponseRunsBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		q := queue{wg: &wg}
		var mu sync.Mutex
		var ran []int
		does := func(n int) func() {
			return func() {
				mu.Lock()
				defer mu.Unlock()
				ran = append(ran, n)
			}
		}
		if !q.behind(does(1)) || !slices.Equal(ran, []int{1}) {
			t.Errorf("ran %v, want it at once where nothing waits", ran)
		}
		slow := make(chan struct{})
		q.offer(func() { <-slow })
		synctest.Wait()
		q.offer(does(2))
		if !q.behind(does(3)) {
			t.Error("there is no room for one")
		}
		for i := range queueLen - 2 {
			q.offer(does(4 + i))
		}
		if q.behind(does(0)) {
			t.Error("more wait than may")
		}
		synctest.Wait()
		if len(ran) != 1 {
			t.Errorf("ran %v while a response is handed up", ran)
		}
		close(slow)
		wg.Wait()
		if len(ran) != 1+queueLen || !slices.IsSorted(ran) {
			t.Errorf("ran %v, want all in their order", ran)
		}
		q.shut()
		if !q.behind(does(99)) || ran[len(ran)-1] != 99 {
			t.Error("does not run when no response comes any more")
		}
	})
}
