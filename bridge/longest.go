package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sound"
)

const (
	// warnBefore is how long before the end of a talk that may last only so long both
	// parties hear a beep, where it may last leastWarned at least.
	warnBefore  = time.Minute
	leastWarned = 2 * time.Minute
	// beepTime is how long the beep takes the other party's place.
	beepTime = 400 * time.Millisecond
)

// converse lasts until one of the two is gone or is to be sent on, or the talk has
// lasted as long as it may.
func (c *Call) converse() {
	sentOn := func() bool { return c.wanted != nil }
	if c.deadline.IsZero() {
		c.until(0, sentOn)
		return
	}
	if left := time.Until(c.deadline) - warnBefore; left > 0 && c.longest >= leastWarned {
		if c.until(left, sentOn); c.ended || sentOn() {
			return
		}
		c.log.Info("a minute is left", "max", c.longest)
		c.beep()
	}
	if left := time.Until(c.deadline); left > 0 {
		c.until(left, sentOn)
	}
	if !c.ended && !sentOn() {
		c.over(tandem.Cause{Q850: tandem.CauseNormal.Q850, Text: "The call has lasted as long as it may", Detail: "the dialplan's max of " + c.longest.String()})
	}
}

// limit notes when a talk that begins now must end.
func (c *Call) limit() {
	c.deadline = time.Time{}
	if c.longest > 0 {
		c.deadline = time.Now().Add(c.longest)
	}
}

// beep lets all parties hear a short tone in place of each other.
func (c *Call) beep() {
	a, b := c.caller, c.other
	for _, l := range [2]Leg{a, b} {
		if l != nil && l.Media() != nil {
			l.Media().Play(sound.Beep(), nil)
		}
	}
	if b == nil {
		return
	}
	time.AfterFunc(beepTime, func() {
		c.Post(func() {
			if !c.ended && c.caller == a && c.other == b && c.sending == nil {
				c.reunite()
			}
		})
	})
}
