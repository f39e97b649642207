package media

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReorderDecides(t *testing.T) {
	type step struct {
		seq  uint16
		want verdict
	}
	tests := map[string][]step{
		"in order":          {{10, verdictPlay}, {11, verdictPlay}},
		"one ahead":         {{11, verdictHold}, {10, verdictPlay}},
		"twice ahead":       {{12, verdictHold}, {12, verdictDrop}},
		"late":              {{10, verdictPlay}, {9, verdictDrop}},
		"edge of window":    {{25, verdictHold}, {26, verdictSkip}},
		"far ahead":         {{3010, verdictSkip}},
		"farther":           {{3011, verdictRestart}},
		"a stray far ahead": {{60, verdictSkip}, {10, verdictDrop}, {11, verdictRestart}, {12, verdictPlay}, {13, verdictPlay}},
		"the same, twice":   {{60, verdictSkip}, {60, verdictDrop}, {61, verdictPlay}, {10, verdictDrop}, {11, verdictDrop}},
		"a loss, some late": {{60, verdictSkip}, {61, verdictPlay}, {50, verdictDrop}, {51, verdictDrop}, {62, verdictPlay}},
		"far behind":        {{7011, verdictRestart}},
		"behind but stale":  {{62545, verdictRestart}},
		"behind, not stale": {{62546, verdictDrop}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			var r reorder
			r.restart(&header{seq: 10, ssrc: 1})
			for i, s := range steps {
				got := r.place(&header{seq: s.seq, ssrc: 1}, uint8(i), 0)
				if got != s.want {
					t.Errorf("place(%d) = %v, want %v", s.seq, got, s.want)
				}
				switch got {
				case verdictSkip, verdictRestart:
					r.restart(&header{seq: s.seq, ssrc: 1})
					r.next++
				case verdictPlay:
					r.next++
				}
			}
		})
	}
}

func TestReorderGivesBackInOrder(t *testing.T) {
	var r reorder
	r.restart(&header{seq: 65534, ssrc: 1})
	for i, seq := range []uint16{1, 65535, 2, 4} {
		if got := r.place(&header{seq: seq, ssrc: 1}, uint8(i), int64(i+1)); got != verdictHold {
			t.Fatalf("place(%d) = %v", seq, got)
		}
	}
	if got := r.deadline(); got != 1+int64(holdTime) {
		t.Errorf("deadline = %d, want %d: that of the first to come", got, 1+int64(holdTime))
	}
	var slots []uint8
	drain := func() {
		for {
			i, ok := r.take()
			if !ok {
				return
			}
			slots = append(slots, i)
			r.next++
		}
	}
	r.next++ // 65534 came
	drain()
	for r.held > 0 {
		p, missing, ok := r.earliest()
		if !ok || missing != 1 {
			t.Fatalf("earliest = %+v, %d, %v", p, missing, ok)
		}
		r.next = p.seq
		drain()
	}
	if diff := cmp.Diff([]uint8{1, 0, 2, 3}, slots); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if r.deadline() != 0 {
		t.Error("an empty window has a deadline")
	}
}

func TestHoldIsLongerWherePacketsComeLate(t *testing.T) {
	var r reorder
	r.restart(&header{seq: 10, ssrc: 1})
	r.place(&header{seq: 9, ssrc: 1}, 0, 0)
	r.place(&header{seq: 11, ssrc: 1}, 0, 100)
	if got := r.deadline(); got != 100+int64(longHoldTime) {
		t.Errorf("deadline = %d, want %d", got, 100+int64(longHoldTime))
	}
}

func TestLateness(t *testing.T) {
	tests := map[string]struct {
		every int   // one in so many is late
		work  int64 // in each ms
		want  bool
	}{
		"never late":                 {0, ms, false},
		"one in 200":                 {200, ms, false},
		"one in 50":                  {50, ms * 9 / 10, true},
		"one in 50, little of it us": {50, ms / 4, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var l load
			now := int64(1)
			for i := range 3000 {
				delay := ms
				if tt.every > 0 && i%tt.every == 0 {
					delay = 30 * ms
				}
				now += ms
				l.work(now-tt.work, now)
				l.note(delay, now)
			}
			if got := l.late(now); got != tt.want {
				t.Errorf("busy = %v, want %v", got, tt.want)
			}
			if l.late(now + 3*lateWindow) {
				t.Error("still busy when nothing more is done")
			}
		})
	}
}
