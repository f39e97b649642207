package dialplan

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Bounds of play.
const (
	MaxFiles = 16  // of one play step
	MaxTimes = 100 // that they are played
)

// AnyDigit is an Until that every digit is in.
const AnyDigit = "0123456789*#ABCD"

// PlayStep plays sound files, one after the other.
type PlayStep struct {
	File  string   // relative, with forward slashes and without ".."
	More  []string // played after File; at most MaxFiles with it
	Times int      // how often all of them are played; 0 means once
	Until string   // digits that end the playing when the caller presses one; empty means none
}

func (PlayStep) isStep() {}

// Files gives all files of the step.
func (s PlayStep) Files() []string { return append([]string{s.File}, s.More...) }

// String gives for example `play closed.wav` or `play a.wav, b.wav (3 times, until a digit)`.
func (s PlayStep) String() string {
	var words []string
	if s.Times > 1 {
		words = append(words, quantity(s.Times, "time"))
	}
	switch s.Until {
	case "":
	case AnyDigit:
		words = append(words, "until a digit")
	default:
		words = append(words, "until "+strings.Join(strings.Split(s.Until, ""), " or "))
	}
	out := "play " + strings.Join(s.Files(), ", ")
	if len(words) > 0 {
		out += " (" + strings.Join(words, ", ") + ")"
	}
	return out
}

// playStepSpec is play(files, {options}) as the file writes it.
func playStepSpec() *stepSpec {
	return &stepSpec{
		name: "play", form: "play(file, {options})", least: 1, params: []param{{"file", readSounds}, {"options", readPlayOptions}},
		make: func(a []any) Step {
			files := a[0].([]string)
			s := optional(a, 1, PlayStep{})
			s.File, s.More = files[0], files[1:]
			if len(s.More) == 0 {
				s.More = nil
			}
			return s
		},
	}
}

// readSounds reads one sound file or a list of them.
func readSounds(v cty.Value, in *reading) (any, []problem) {
	if !v.IsKnown() && (isList(v) || v.Type() == cty.DynamicPseudoType) {
		return nil, nil
	}
	if v.IsNull() || !isList(v) {
		s, p := readSound(v, in)
		if name, ok := s.(string); ok {
			return []string{name}, p
		}
		return nil, p
	}
	if n := v.LengthInt(); n == 0 || n > MaxFiles {
		return nil, wrong(fmt.Sprintf("a step plays 1 to %d files, not %d", MaxFiles, n), "")
	}
	var all []string
	var problems []problem
	for i, element := range v.AsValueSlice() {
		s, ps := readSound(element, in)
		for _, p := range ps {
			p.index = i
			problems = append(problems, p)
		}
		name, _ := s.(string)
		all = append(all, name)
	}
	return all, problems
}

// readPlayOptions reads { times = 3, until_digit = "#" } into a step without files.
func readPlayOptions(v cty.Value, in *reading) (any, []problem) {
	var s PlayStep
	problems := readGroup(v, in, "play", `{ times = 3, until_digit = "any" }`, map[string]option{
		"times": func(v cty.Value, in *reading) []problem {
			return into(&s.Times, v, in, readCount("times", 1, MaxTimes))
		},
		"until_digit": func(v cty.Value, in *reading) []problem { return into(&s.Until, v, in, readDigits) },
	})
	return s, problems
}

// readDigits reads digits of a telephone, or "any".
func readDigits(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "until_digit")
	switch {
	case !ok:
		return nil, p
	case s == "any":
		return AnyDigit, nil
	case s == "" || len(s) > 16 || strings.Trim(s, AnyDigit) != "":
		return nil, wrong(fmt.Sprintf("%q is no digits of a telephone", s), `Write until_digit = "any", "#" or "123".`)
	}
	return s, nil
}
