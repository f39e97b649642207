package dialplan

import (
	"slices"
	"strings"
	"time"
)

// DialStep calls its targets one after the other until one answers.
type DialStep struct {
	Targets []Target      // 1 to MaxTargets
	Timeout time.Duration // for each target: MinTimeout to MaxTimeout
	Options DialOptions
}

func (DialStep) isStep() {}

// Next says whether the next target is to be tried after one failed with this status. A target that does not answer in
// time has failed with 408, one that nobody is registered for with 480.
func (s DialStep) Next(status int) bool { return s.Options.Next(status) }

// DefaultNextOn gives the statuses after which dial tries the next target unless `next_on` says otherwise: no answer,
// nobody there, and the failures of a server. A busy or declining party (486, 600, 603) has been reached and is not
// called by another way.
func DefaultNextOn() []int { return []int{408, 480, 500, 502, 503, 504} }

// String gives for example `dial trunk:alpha 030123, then trunk:beta 030123 (20s each)`.
func (s DialStep) String() string {
	return "dial " + joinTargets(s.Targets, ", then ") + " (" + strings.Join(inTurnWords(s.Targets, s.Timeout, s.Options), ", ") + ")"
}

// inTurnWords are what stands in brackets behind targets that are called one after the other.
func inTurnWords(targets []Target, timeout time.Duration, o DialOptions) []string {
	words := []string{seconds(timeout)}
	if len(targets) > 1 {
		words[0] += " each"
		if !slices.Equal(o.NextOn, DefaultNextOn()) {
			words = append(words, "next on "+joinCodes(o.NextOn))
		}
	}
	return append(words, o.words()...)
}

// targetParams are the first two parameters of the steps that call somebody.
func targetParams(read reader) []param {
	return []param{{"targets", read}, {"timeout", readTime(MinTimeout, MaxTimeout)}}
}

// dialStepSpec is dial(targets, timeout, {options}) as the file writes it.
func dialStepSpec() *stepSpec {
	return &stepSpec{
		name: "dial", form: "dial(targets, timeout, {options})", least: 1,
		params: append(targetParams(readTargets), param{"options", readOptions}),
		make: func(a []any) Step {
			return DialStep{
				Targets: a[0].([]Target), Timeout: optional(a, 1, DefaultTimeout),
				Options: optional(a, 2, DialOptions{NextOn: DefaultNextOn()}),
			}
		},
	}
}
