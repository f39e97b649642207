package media

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
)

// TestTapeKeepsTheSidesInStepAfterAStall: the process or its machine stands still, what
// came meanwhile is read at once, and some of it there was no room for.
func TestTapeKeepsTheSidesInStepAfterAStall(t *testing.T) {
	sound, silence := burst(true), burst(false)
	for _, stall := range []int{20, 45, 60, 150, 500} { // packets of 20 ms
		for _, lost := range []int{0, 10, 200} { // of the right side
			t.Run(fmt.Sprint(stall, "-", lost), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := tapedCall(t, record.Config{}, formatPCMU, formatPCMU)
					say := func(l *testLeg, i int) {
						b := silence
						if i%100 < 5 {
							b = sound
						}
						l.talk(0, slices.Clone(b), 160, transport.Now())
					}
					const begin, packets = 220, 1500
					for i := range packets {
						switch {
						case i < begin || i > begin+stall:
							say(r.a, i)
							say(r.b, i)
						case i == begin+stall:
							for j := begin; j <= i; j++ {
								if say(r.a, j); j <= i-min(lost, stall) {
									say(r.b, j)
									continue
								}
								r.b.seq++
								r.b.ts += 160
							}
						}
						time.Sleep(20 * time.Millisecond)
					}
					left, right := r.end()
					a, b := after(left, begin+stall+100), after(right, begin+stall+100)
					if len(a) != len(b) || len(a) < 6 {
						t.Fatalf("%d and %d beginnings after it", len(a), len(b))
					}
					for i := range a {
						if apart := (a[i] - b[i]).Abs(); apart > 20*time.Millisecond {
							t.Errorf("%v: the sides are %v apart", a[i], apart)
						}
					}
				})
			})
		}
	}
}

// after returns what begins on a channel after some packets of 20 ms.
func after(pcm []int16, packets int) []time.Duration {
	return slices.DeleteFunc(beginnings(pcm), func(at time.Duration) bool { return at < time.Duration(packets)*20*time.Millisecond })
}
