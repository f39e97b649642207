package bridge

import "github.com/tandemgw/tandem"

// Hold implements Operator.
func (b *Bridge) Hold(call tandem.CallID, leg tandem.LegID, on bool) error {
	return b.operate(call, func(c *Call) error {
		l, _, err := c.talker(leg)
		if err != nil {
			return err
		}
		c.park(l, on, "an operator")
		return nil
	})
}

// park takes a party out of the talk, or brings it back; who does so is said. That lasts
// until it is brought back, sent on, or replaced.
//
//	l                 Call.park               other
//	|<- re-INVITE sendonly -|                    |
//	|<======= music ========|==== soft tone ====>|
func (c *Call) park(l Leg, on bool, who string) {
	if c.parked[l] == on {
		return
	}
	if c.parked == nil {
		c.parked = make(map[Leg]bool, 2)
	}
	kind, text := Resumed, "brought back by "+who
	if on {
		c.parked[l] = true
		kind, text = Held, "put on hold by "+who
	} else {
		delete(c.parked, l)
	}
	l.Hold(on)
	c.note(kind, l, text)
	if c.opposite(l) != nil {
		c.reunite()
	}
}

// bringBack lets no party stay out of the talk any more: who is sent on, and who
// sends on, is heard again.
func (c *Call) bringBack() {
	for l := range c.parked {
		delete(c.parked, l)
		l.Hold(false)
		c.note(Resumed, l, "brought back by a transfer")
	}
}
