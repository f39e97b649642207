package dialplan

import "github.com/zclconf/go-cty/cty"

// RecordStep begins, pauses or ends the recording of the rest of the call, whomever it comes to talk with.
type RecordStep struct {
	State RecordWish
	Beep  bool // all that are there hear a beep when it begins
}

// RecordWish is what a record step does.
type RecordWish string

// The wishes.
const (
	RecordOn    RecordWish = "on"    // begins, or goes on after a pause
	RecordPause RecordWish = "pause" // silence from now on
	RecordOff   RecordWish = "off"   // ends
)

func (RecordStep) isStep() {}

// String gives `record`, `record with a beep`, `record pause` or `record off`.
func (s RecordStep) String() string {
	words := "record"
	if s.State != RecordOn {
		words += " " + string(s.State)
	}
	if s.Beep {
		words += " with a beep"
	}
	return words
}

// recordStepSpec is record(state, {options}) as the file writes it.
func recordStepSpec() *stepSpec {
	return &stepSpec{
		name: "record", form: `record("on", {options})`,
		params: []param{{"state", readWord[RecordWish]("state of a recording", "on", "pause", "off")}, {"options", readRecordOptions}},
		make: func(a []any) Step {
			return RecordStep{State: optional(a, 0, RecordOn), Beep: optional(a, 1, false)}
		},
	}
}

// readRecordOptions reads { beep = true }.
func readRecordOptions(v cty.Value, in *reading) (any, []problem) {
	beep := false
	problems := readGroup(v, in, "record", "{ beep = true }", map[string]option{
		"beep": func(v cty.Value, _ *reading) (p []problem) { beep, p = readFlag(v, "beep"); return p },
	})
	return beep, problems
}
