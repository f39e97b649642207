package media

import (
	"math/bits"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

const (
	// tickLength is what a clock counts in, and what a room mixes at a time.
	tickLength = int64(20 * time.Millisecond)
	// clockPhases is how many places within a tick the clocks of a worker are
	// spread over.
	clockPhases = 16
)

// clock tells a job that makes sound by itself when its next 20 ms are due.
// Its times are absolute: each is 20 ms after the one before, however late the
// job was run, so that nothing adds up. It belongs to the worker.
//
//	due      |     |     |     |     |     |     |
//	run       x    x          x xx    (late)       x
//	                          ^ two at once       ^ more than 60 ms late: those
//	                            make up for it      before it are left out
type clock struct{ next int64 }

// start begins to count at the first time from now on that lies in the phase,
// which is below clockPhases.
func (c *clock) start(now int64, phase uint32) {
	offset := int64(phase) * tickLength / clockPhases
	c.next = now - (now-offset)%tickLength
	if c.next < now {
		c.next += tickLength
	}
}

// tick reports whether a tick is due at now, and the time that it is of. skipped
// says how many before it are left out, since a listener is better served by a
// gap than by a burst.
func (c *clock) tick(now int64) (at int64, skipped int, due bool) {
	if now < c.next {
		return 0, 0, false
	}
	if late := now - c.next; late > int64(tooLate) {
		skipped = int(late / tickLength)
		c.next += int64(skipped) * tickLength
	}
	at = c.next
	c.next += tickLength
	return at, skipped, true
}

// phase returns where in a tick the next clock of the worker stands: 0, 8, 4,
// 12, 2 ... sixteenths, each as far from the others as may be.
func (w *worker) phase() uint32 {
	return bits.Reverse32(w.clocks.Add(1)-1) >> 28
}

// samplesIn is how many samples of rate a time has.
func samplesIn(d time.Duration, rate int) int { return codecs.Rate(rate).Samples(d) }
