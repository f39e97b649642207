package bridge

import "github.com/tandemgw/tandem/dialplan"

// record does a record step. What it wants holds for the rest of the call: a
// recording begins as soon as there is somebody to be heard.
func (c *Call) record(s dialplan.RecordStep) {
	taping := c.tape != nil && !c.tape.Over()
	switch s.State {
	case dialplan.RecordOff:
		c.rolls, c.taping = "", false
		if taping {
			_ = c.setRecording(RecordOff) // it is over already, or ends now
		}
		return
	case dialplan.RecordPause:
		if c.rolls != "" {
			c.rolls = s.State
		}
		if taping {
			_ = c.setRecording(RecordPause)
		}
		return
	case dialplan.RecordOn:
	}
	c.rolls, c.beeps = s.State, s.Beep
	switch {
	case taping:
		_ = c.setRecording(RecordOn)
	case !c.answered.IsZero():
		c.wantTape()
	}
}

// wantTape begins the recording that a step of the dialplan asks for. A call that
// cannot be recorded goes on.
func (c *Call) wantTape() {
	if c.tape != nil && !c.tape.Over() || c.ended || c.caller == nil {
		return
	}
	if err := c.beginTape(); err != nil {
		c.note(Recording, nil, "failed: "+err.Error())
		return
	}
	if c.rolls == dialplan.RecordPause {
		c.tape.Pause(true)
	}
	if c.beeps {
		c.beeps = false
		c.beep()
	}
}
