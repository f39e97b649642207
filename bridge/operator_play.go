package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/sound"
)

// announcement is a sound that an operator lets parties hear.
type announcement struct {
	to   []Leg
	left int // of them that still hear it
}

// Play implements Operator.
func (b *Bridge) Play(call tandem.CallID, leg tandem.LegID, sound string) error {
	return b.operate(call, func(c *Call) error {
		to, err := c.listeners(leg)
		switch {
		case err != nil:
			return err
		case sound == "":
			c.endAnnouncement()
			return nil
		}
		clip, ok := c.clip(sound)
		if !ok {
			clip, ok = c.clip(sound + ".wav")
		}
		switch {
		case !ok:
			return faultf(ErrNotFound, "there is no sound %s", sound)
		case c.seat != nil:
			return faultf(ErrState, "call %s is in a room", call)
		}
		c.announce(clip, to)
		return nil
	})
}

// listeners are the legs that are to hear something: one, or all parties.
func (c *Call) listeners(leg tandem.LegID) (to []Leg, err error) {
	if leg != "" {
		l, err := c.party(leg)
		if err == nil && !c.heard(l) {
			err = faultf(ErrState, "leg %s is not answered", leg)
		}
		return []Leg{l}, err
	}
	for _, l := range [2]Leg{c.caller, c.other} {
		if l != nil && c.heard(l) {
			to = append(to, l)
		}
	}
	if len(to) == 0 {
		return nil, faultf(ErrState, "nobody in call %s is answered", c.id)
	}
	return to, nil
}

// announce plays a clip to parties in place of what they hear, which goes on when
// the last of them has heard it.
func (c *Call) announce(clip *sound.Clip, to []Leg) {
	c.endAnnouncement()
	a := &announcement{to: to}
	c.announced = a
	for _, l := range to {
		m := l.Media()
		if m == nil {
			continue
		}
		a.left++
		m.Play(clip.Source(), func() {
			c.Post(func() {
				if a.left--; a.left == 0 && c.announced == a {
					c.endAnnouncement()
				}
			})
		})
	}
	c.note(Announced, nil, "a sound of "+clip.Length().Round(time.Millisecond).String())
	if a.left == 0 {
		c.announced = nil
	}
}

// endAnnouncement lets the parties hear again what they would have heard.
func (c *Call) endAnnouncement() {
	a := c.announced
	if c.announced = nil; a == nil || c.ended {
		return
	}
	for _, l := range a.to {
		switch l {
		case c.caller:
			if c.other == nil {
				c.silence(l)
			}
			c.hearAgain(l)
		case c.other:
			c.hearAgain(l)
		}
	}
}
