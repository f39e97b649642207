package dialplan

import (
	"slices"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// deliver completes the steps of a decision: each trunk gets the number in its own form, and a target that the caller
// may not call says why. It is where the numbers of Simulate, of `tandem route` and of the live call come from.
func (d *Decision) deliver() {
	if d.plan == nil || d.plan.numbers == nil {
		return
	}
	cloned := false
	for i, step := range d.Steps {
		targets := StepTargets(step)
		if !slices.ContainsFunc(targets, func(t Target) bool { return t.Kind == TargetTrunk }) {
			continue
		}
		if !cloned {
			d.Steps, cloned = slices.Clone(d.Steps), true
		}
		targets = slices.Clone(targets)
		caller := d.Request
		if f, ok := step.(ForwardStep); ok && f.User { // with the permissions of who forwards
			caller.From = Source{FromUser, f.By}
		}
		for j := range targets {
			targets[j] = d.delivered(targets[j], caller)
		}
		d.Steps[i] = withTargets(step, targets)
	}
}

// delivered completes one target of somebody's call.
func (d *Decision) delivered(t Target, caller Request) Target {
	if t.Kind != TargetTrunk {
		return t
	}
	n := d.plan.numbers
	if n.home == nil {
		t.Number = n.Trunks[t.Name].Add + t.Number
		return t
	}
	number := d.Number
	if t.Number != d.Request.To { // the dialplan has made another of it
		number = n.home.Received(t.Number)
	}
	t.Help = number.Class == numbering.Emergency
	t.Refused = n.refuses(caller, t, number)
	t.Number = n.written(t.Name, number)
	return t
}

// withTargets gives the step with other targets.
func withTargets(step Step, targets []Target) Step {
	switch s := step.(type) {
	case DialStep:
		s.Targets = targets
		return s
	case RingStep:
		s.Targets = targets
		return s
	case ForwardStep:
		s.Targets = targets
		return s
	}
	return step
}

// classWords gives the classes that a row may name.
func classWords() []string {
	var words []string
	for _, c := range numbering.Classes() {
		words = append(words, string(c))
	}
	return words
}

// className gives a class in words.
func className(c numbering.Class) string {
	switch c {
	case numbering.Internal:
		return "an internal number"
	case numbering.Emergency:
		return "an emergency number"
	case numbering.Service:
		return "a service number"
	case numbering.National:
		return "a national number"
	case numbering.Mobile:
		return "a mobile number"
	case numbering.International:
		return "an international number"
	case numbering.Premium:
		return "a premium number"
	case numbering.SharedCost:
		return "a shared-cost number"
	case numbering.TollFree:
		return "a toll-free number"
	case numbering.Satellite:
		return "a satellite number"
	}
	return "a number that no country has"
}
