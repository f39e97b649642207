package bridge

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSoftToneIsAShortBeepEveryFewSeconds(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		tone, frame := &softTone{}, make([]int16, rate/50)
		var loud time.Duration
		for i := range int(3 * softEvery / (20 * time.Millisecond)) {
			if n := tone.Frame(frame, rate); n != len(frame) {
				t.Fatalf("frame %d has %d samples: the tone has ended", i, n)
			}
			peak := int16(0)
			for _, s := range frame {
				peak = max(peak, s, -s)
			}
			if peak > 8000 {
				t.Errorf("frame %d: peak %d is no soft beep", i, peak)
			}
			if peak > 100 {
				loud += 20 * time.Millisecond
			}
		}
		if loud < 3*softBeep || loud > 3*(softBeep+20*time.Millisecond) {
			t.Errorf("at %d: %v of sound in three rounds, want %v each", rate, loud, softBeep)
		}
	}
}

func TestWhoIsAwayIsToldOfOnce(t *testing.T) {
	onStage(t, func(s *stage) {
		s.does = both(does("202", answers(1)), does("203", answers(1)))
		caller, callee := s.talking("1")
		call := caller.owner.Owner().(*Call)
		step := func(f func()) { call.Post(f); synctest.Wait() }
		step(func() {
			caller.owner.Away(caller, true)
			caller.owner.Faded(caller, true)
			caller.owner.Faded(caller, true)
		})
		if e := s.last(Detached); e.Ref != caller.Ref() || !call.faded[caller] {
			t.Errorf("event %+v, faded %v", e, call.faded[caller])
		}
		if got := s.told(); got != "" {
			t.Errorf("the other party is told: %s", got)
		}
		s.replace(caller) // the page was reloaded: it is heard again
		if got := s.told(); got != "caller' talks with 202, caller ends 0" {
			t.Errorf("got %s", got)
		}
		fresh := s.named("caller'")
		step(func() { fresh.owner.Away(fresh, true); fresh.owner.Away(fresh, false) })
		if e := s.last(Back); e.Ref != fresh.Ref() || len(call.faded) != 0 {
			t.Errorf("event %+v, faded %v", e, call.faded)
		}
		step(func() { call.Away(caller, true) }) // it is no party any more
		if e := s.last(Detached); e.Ref != fresh.Ref() {
			t.Errorf("event %+v", e)
		}
		callee.hangUp()
	})
}
