package dialplan

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// program is a row's steps as a tree: lists, conditions, and single steps whose arguments may depend on the call. What
// does not depend on the call is worked out when the plan is compiled.
type program interface {
	// run gives the steps for one call.
	run(s *scope) ([]Step, *failure)
	// size is the most steps that run can give.
	size() int
}

// failure is why a row cannot be completed for a call: the dialed number makes no target, say.
type failure struct {
	status int
	reason string
}

// fixed is steps that are the same for every call.
type fixed []Step

func (f fixed) run(*scope) ([]Step, *failure) { return f, nil }
func (f fixed) size() int                     { return len(f) }

// sequence is programs one after the other.
type sequence []program

func (q sequence) run(s *scope) ([]Step, *failure) {
	var all []Step
	for _, p := range q {
		steps, err := p.run(s)
		if err != nil {
			return nil, err
		}
		all = append(all, steps...)
	}
	return all, nil
}

func (q sequence) size() int {
	n := 0
	for _, p := range q {
		n += p.size()
	}
	return n
}

// choice runs one of two programs.
type choice struct {
	condition argument
	yes, no   program
	text      string // the condition as written
	at        hcl.Range
	arms      [2]*spot // yes, no
}

func (c *choice) run(s *scope) ([]Step, *failure) {
	v, err := c.condition.value(s)
	if err != nil {
		return nil, err
	}
	s.trace.decided(c, v == true)
	if v == true {
		return c.yes.run(s)
	}
	return c.no.run(s)
}

func (c *choice) size() int { return max(c.yes.size(), c.no.size()) }

// single makes one step of its arguments.
type single struct {
	spec *stepSpec
	args []argument
	step Step // made already, when no argument depends on the call
}

func (c *single) run(s *scope) ([]Step, *failure) {
	step := c.step
	if step == nil {
		values := make([]any, len(c.args))
		for i, a := range c.args {
			v, err := a.value(s)
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
		step = c.spec.make(values)
	}
	step, err := finish(step, s.dialed, s.names)
	if err != nil {
		return nil, err
	}
	return []Step{step}, nil
}

func (c *single) size() int { return 1 }

// finish puts the dialed number into the targets that want it.
func finish(step Step, dialed string, names *directory) (Step, *failure) {
	var err *failure
	switch s := step.(type) {
	case DialStep:
		s.Targets, err = fill(s.Targets, dialed)
		return s, err
	case RingStep:
		s.Targets, err = fill(s.Targets, dialed)
		return s, err
	case ForwardStep:
		return finishForward(s, dialed, names)
	}
	return step, nil
}

// unfinished says whether a step wants the dialed number.
func unfinished(step Step) bool {
	switch s := step.(type) {
	case DialStep:
		return slices.ContainsFunc(s.Targets, Target.open)
	case RingStep:
		return slices.ContainsFunc(s.Targets, Target.open)
	case ForwardStep:
		return true
	}
	return false
}

// settled gives the steps of a program that is the same for every call.
func settled(p program) ([]Step, bool) {
	f, ok := p.(fixed)
	return f, ok
}
