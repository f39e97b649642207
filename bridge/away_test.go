package bridge

import (
	"testing"
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
