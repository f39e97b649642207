package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/record"
)

// The clock of some telephones stands still while they are on hold or pause: what is said
// after that is recorded from its first word, where it was said.
func TestTapeHasTheFirstWordAfterAHold(t *testing.T) {
	for name, c := range map[string]struct {
		hold, runs time.Duration // how long, and how much of that its timestamps ran on
		other      bool          // it goes on with another source
	}{
		"the clock runs on":        {8 * time.Second, 8 * time.Second, false},
		"the clock stands still":   {8 * time.Second, 0, false},
		"for a moment":             {1500 * time.Millisecond, 0, false},
		"another source":           {8 * time.Second, 0, true},
		"the clock leaps":          {3 * time.Second, time.Hour, false},
		"the clock leaps backward": {3 * time.Second, -time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
				word := func(i int) bool { return i < 25 }
				r.a.speak(50, word, 0, nil)
				said := time.Now()
				time.Sleep(c.hold)
				r.a.ts += uint32(c.runs / time.Millisecond * 8)
				if c.other {
					r.a.ssrc, r.a.seq, r.a.ts = 0x77, 4711, 99
				}
				second := time.Since(said)
				r.a.speak(50, word, 0, nil)
				left, _ := r.end()
				begins := beginnings(left)
				if len(begins) != 2 {
					t.Fatalf("words begin at %v, want two", begins)
				}
				if off := begins[1] - begins[0] - second - time.Second; off.Abs() > 40*time.Millisecond {
					t.Errorf("the second word is off by %v", off)
				}
				if loud := time.Duration(count(left)) * time.Second / 8000; loud < 980*time.Millisecond {
					t.Errorf("%v of two words of half a second are recorded", loud)
				}
			})
		})
	}
}
