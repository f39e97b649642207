package dialplan

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// wish is a step that a program wants: a script, or one that was asked over HTTP.
type wish struct {
	step string
	args []cty.Value
}

// grant makes a step of a wish, by the rules that the file's own steps are held to during a call.
func (s *scope) grant(w wish) (Step, error) {
	spec := findStep(w.step)
	switch {
	case spec == nil:
		return nil, fmt.Errorf("there is no step %q", w.step)
	case spec.compile != nil:
		return nil, fmt.Errorf("%s cannot be answered with: it asks a program itself", w.step)
	case len(w.args) < spec.least:
		return nil, fmt.Errorf("%s() lacks its %s", w.step, spec.params[len(w.args)].name)
	case len(w.args) > len(spec.params):
		return nil, fmt.Errorf("%s() takes no more than %d arguments", w.step, len(spec.params))
	}
	values := make([]any, len(w.args))
	for i, a := range w.args {
		v, problems := spec.params[i].read(a, &s.reading)
		for _, p := range problems {
			if !p.warning {
				return nil, fmt.Errorf("%s of %s(): %s", spec.params[i].name, w.step, p.message)
			}
		}
		values[i] = v
	}
	step, bad := finish(spec.make(values), s.dialed, s.names)
	if bad != nil {
		return nil, fmt.Errorf("%s(): %s", w.step, bad.reason)
	}
	return step, nil
}

// grantAll makes the steps of wishes: 1 to MaxSteps.
func (s *scope) grantAll(wishes []wish) ([]Step, error) {
	if n := len(wishes); n == 0 || n > MaxSteps {
		return nil, fmt.Errorf("%d steps: 1 to %d are wanted", n, MaxSteps)
	}
	steps := make([]Step, 0, len(wishes))
	for _, w := range wishes {
		step, err := s.grant(w)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// note keeps that something did not go as the file would have it, for the explanation.
func (s *scope) note(what, why string) {
	if len(s.asked) < maxAsked {
		s.asked = append(s.asked, asked{call: what + "(...)", why: why})
	}
}
