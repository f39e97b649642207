package bridge

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
)

const (
	// MaxPressed is how many digits may be pressed at once.
	MaxPressed = 64
	// pressFor is how long each digit lasts, and pressEvery when the next one is
	// pressed: slow enough for far ends that read tones.
	pressFor   = 160 * time.Millisecond
	pressEvery = 260 * time.Millisecond
	pressPause = time.Second // of a comma
)

// Press implements Operator.
func (b *Bridge) Press(call tandem.CallID, leg tandem.LegID, digits string) error {
	keys, err := parsePresses(digits)
	if err != nil {
		return err
	}
	return b.operate(call, func(c *Call) error {
		l, err := c.party(leg)
		switch {
		case err != nil:
			return err
		case !c.heard(l):
			return faultf(ErrState, "leg %s is not answered", leg)
		}
		c.pressNext(l, keys)
		return nil
	})
}

// parsePresses reads digits to be pressed; 0 stands for a pause.
func parsePresses(digits string) ([]media.Digit, error) {
	if digits == "" || len(digits) > MaxPressed {
		return nil, faultf(ErrInput, "1 to %d digits can be pressed at once", MaxPressed)
	}
	var keys []media.Digit
	for _, r := range digits {
		d, ok := media.ParseDigit(string(r))
		switch {
		case r == ',':
			d = 0
		case !ok:
			return nil, faultf(ErrInput, "%q is no digit: they are 0 to 9, *, #, A to D, and a comma for a pause", string(r))
		}
		keys = append(keys, d)
	}
	return keys, nil
}

// pressNext presses the first of the keys and comes back for the rest, as long as
// the leg is a party of the call.
func (c *Call) pressNext(l Leg, keys []media.Digit) {
	if c.ended || l != c.caller && l != c.other {
		return
	}
	wait := pressPause
	if keys[0] != 0 {
		l.Digit(keys[0], pressFor)
		wait = pressEvery
	}
	if keys = keys[1:]; len(keys) > 0 {
		time.AfterFunc(wait, func() { c.Post(func() { c.pressNext(l, keys) }) })
	}
}
