package media

import (
	"testing"
	"testing/synctest"
	"time"
)

// Who walks over all legs lets packets be read in between, and looks at each leg.
func TestAWalkBreathes(t *testing.T) {
	for _, legs := range []int{0, 1, atOnce, atOnce + 1, 10 * atOnce} {
		synctest.Test(t, func(t *testing.T) {
			all := make([]*Endpoint, legs)
			for i := range all {
				all[i] = &Endpoint{}
			}
			var visited []*Endpoint
			began, last, together := time.Now(), time.Now(), 0
			walk(all, func(ep *Endpoint) {
				if now := time.Now(); now != last {
					last, together = now, 0
				}
				if together++; together > atOnce {
					t.Fatalf("%d legs were looked at without a break, at most %d may be", together, atOnce)
				}
				visited = append(visited, ep)
			})
			if len(visited) != legs {
				t.Errorf("%d of %d legs were looked at", len(visited), legs)
			}
			for i, ep := range visited {
				if ep != all[i] {
					t.Fatalf("leg %d was another one", i)
				}
			}
			if breaths := max(0, legs-1) / atOnce; time.Since(began) != time.Duration(breaths)*breath {
				t.Errorf("%d legs took %v, want %d breaths of %v", legs, time.Since(began), breaths, breath)
			}
		})
	}
}
