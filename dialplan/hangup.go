package dialplan

import "strconv"

// HangupStep ends the call: BYE once answered, else 480, or the status that stands for Cause (RFC 3398 §7.2.4.1).
type HangupStep struct {
	Cause int // ITU-T Q.850 value, 1 to 127; 0 means none
}

func (HangupStep) isStep() {}

// String gives `hangup` or `hangup 17`.
func (s HangupStep) String() string {
	if s.Cause == 0 {
		return "hangup"
	}
	return "hangup " + strconv.Itoa(s.Cause)
}

// hangupStepSpec is hangup(cause) as the file writes it.
func hangupStepSpec() *stepSpec {
	return &stepSpec{
		name: "hangup", form: "hangup(cause)", last: true, params: []param{{"cause", readCount("a cause", 1, 127)}},
		make: func(a []any) Step { return HangupStep{optional(a, 0, 0)} },
	}
}
