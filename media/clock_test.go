package media

import (
	"testing"
	"time"
)

func TestClockCountsInAbsoluteTimes(t *testing.T) {
	var c clock
	c.start(1_003*ms, 4) // a quarter: 5 ms
	if c.next != 1_005*ms {
		t.Fatalf("the first tick is at %v, want 1.005s", time.Duration(c.next))
	}
	for i, step := range []struct {
		now, at int64
		skipped int
		due     bool
	}{
		{now: 1_004 * ms},
		{now: 1_005 * ms, at: 1_005 * ms, due: true},
		{now: 1_010 * ms},
		{now: 1_040 * ms, at: 1_025 * ms, due: true}, // late by 15 ms
		{now: 1_046 * ms, at: 1_045 * ms, due: true}, // which does not add up
		{now: 1_100 * ms, at: 1_065 * ms, due: true}, // two at once
		{now: 1_100 * ms, at: 1_085 * ms, due: true},
		{now: 1_100 * ms},
		{now: 1_190 * ms, at: 1_185 * ms, skipped: 4, due: true}, // 85 ms late
		{now: 1_190 * ms},
	} {
		at, skipped, due := c.tick(step.now)
		if at != step.at || skipped != step.skipped || due != step.due {
			t.Errorf("step %d: tick(%v) = %v, %d, %v, want %v, %d, %v", i, time.Duration(step.now),
				time.Duration(at), skipped, due, time.Duration(step.at), step.skipped, step.due)
		}
	}
}

func TestClocksOfAWorkerAreSpread(t *testing.T) {
	w := &worker{}
	seen := map[uint32]bool{}
	var first []uint32
	for range clockPhases {
		p := w.phase()
		if p >= clockPhases || seen[p] {
			t.Fatalf("phase %d after %v", p, first)
		}
		seen[p] = true
		first = append(first, p)
	}
	if first[0] != 0 || first[1] != 8 || first[2] != 4 || first[3] != 12 {
		t.Errorf("phases %v, want the first ones far apart", first)
	}
}
