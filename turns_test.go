package tandem

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Who looks at all legs lets packets be read in between, and looks at each.
func TestLegsAreLookedAtInTurns(t *testing.T) {
	for _, legs := range []int{0, 1, atOnce, atOnce + 1, breaks * atOnce, 25 * breaks * atOnce} {
		turn := max(atOnce, legs/breaks)
		synctest.Test(t, func(t *testing.T) {
			all := make([]int, legs)
			for i := range all {
				all[i] = i
			}
			visited := []int{}
			began, last, together := time.Now(), time.Now(), 0
			InTurns(all, func(i int) {
				if now := time.Now(); now != last {
					last, together = now, 0
				}
				if together++; together > turn {
					t.Fatalf("%d legs were looked at without a break, at most %d may be", together, turn)
				}
				visited = append(visited, i)
			})
			if !slices.Equal(visited, all) {
				t.Errorf("looked at %d of %d, or not in their order", len(visited), legs)
			}
			if breaths := max(0, legs-1) / turn; time.Since(began) != time.Duration(breaths)*breath {
				t.Errorf("%d legs took %v, want %d breaths of %v", legs, time.Since(began), breaths, breath)
			}
		})
	}
}
