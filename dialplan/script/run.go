package script

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Input is what a script may know about a call.
type Input struct {
	Values    map[string]string // the members of call
	Functions map[string]function.Function
}

// Call is a step that a script wants.
type Call struct {
	Step string
	Args []cty.Value
}

// inputKey is where a thread has its Input.
const inputKey = "input"

// maxCalls bounds what a script may return; the dialplan's own bound is lower.
const maxCalls = 1000

var errNoSteps = errors.New("route returned no steps: a list of them is wanted")

// Run asks the script where a call goes. An error says which line of the script is
// at fault.
func (p *Program) Run(in Input) ([]Call, error) {
	thread := newThread(p.name)
	thread.SetLocal(inputKey, in)
	members := starlark.StringDict{}
	for name, value := range in.Values {
		members[name] = starlark.String(value)
	}
	v, err := starlark.Call(thread, p.route, starlark.Tuple{starlarkstruct.FromStringDict(starlark.String("call"), members)}, nil)
	if err != nil {
		ps := problems(err)
		if ps[0].Line > 0 {
			return nil, fmt.Errorf("%s:%d: %s", p.name, ps[0].Line, ps[0].Message)
		}
		return nil, fmt.Errorf("%s: %s", p.name, ps[0].Message)
	}
	calls, err := steps(v, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("%s: %w", p.name, errNoSteps)
	}
	return calls, nil
}

// steps collects what route returned: a step, or a list of steps and such lists.
func steps(v starlark.Value, all []Call) ([]Call, error) {
	switch v := v.(type) {
	case *made:
		if len(all) == maxCalls {
			return nil, fmt.Errorf("route returned more than %d steps", maxCalls)
		}
		return append(all, v.call), nil
	case starlark.Indexable:
		if _, text := v.(starlark.String); text {
			break
		}
		var err error
		for i := range v.Len() {
			if all, err = steps(v.Index(i), all); err != nil {
				return nil, err
			}
		}
		return all, nil
	case starlark.NoneType:
		return nil, errNoSteps
	}
	return nil, fmt.Errorf("route returned %s where a step is wanted", kind(v))
}

// made is a step in a script.
type made struct{ call Call }

// String is part of starlark.Value.
func (m *made) String() string { return m.call.Step + "(...)" }

// Type is part of starlark.Value.
func (m *made) Type() string { return "step" }

// Freeze is part of starlark.Value.
func (m *made) Freeze() {}

// Truth is part of starlark.Value.
func (m *made) Truth() starlark.Bool { return true }

// Hash is part of starlark.Value.
func (m *made) Hash() (uint32, error) { return 0, errors.New("a step is no key") }

// call makes a step.
func (s Step) call(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
	if len(args) > len(s.Params) {
		return nil, fmt.Errorf("%s takes at most %d values", s.Name, len(s.Params))
	}
	values := make([]cty.Value, len(args), len(s.Params))
	for i, a := range args {
		v, err := toCty(a, 0)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", s.Params[i], s.Name, err)
		}
		values[i] = v
	}
	options := map[string]cty.Value{}
	for _, pair := range named {
		name := string(pair[0].(starlark.String))
		v, err := toCty(pair[1], 0)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", name, s.Name, err)
		}
		switch i := s.place(name); {
		case i < 0 && s.place("options") < 0:
			return nil, fmt.Errorf("%s has no %q", s.Name, name)
		case i < 0:
			options[name] = v
		case i < len(args):
			return nil, fmt.Errorf("%s of %s is given twice", name, s.Name)
		case i == len(values):
			values = append(values, v)
		default:
			return nil, fmt.Errorf("%s of %s: those before it are missing", name, s.Name)
		}
	}
	if len(options) > 0 {
		i := s.place("options")
		if len(values) != i {
			return nil, fmt.Errorf("%s: with options by their names, all of %v must be there, and nothing more", s.Name, s.Params[:i])
		}
		values = append(values, cty.ObjectVal(options))
	}
	return &made{Call{s.Name, values}}, nil
}

func (s Step) place(name string) int {
	for i, p := range s.Params {
		if p == name {
			return i
		}
	}
	return -1
}

// ask calls a function of the dialplan.
func ask(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
	in, ok := thread.Local(inputKey).(Input)
	if !ok {
		return nil, fmt.Errorf("%s can be asked during a call only, in route", b.Name())
	}
	if len(named) > 0 {
		return nil, fmt.Errorf("%s takes no names", b.Name())
	}
	f, ok := in.Functions[b.Name()]
	if !ok {
		return nil, fmt.Errorf("there is no %s", b.Name())
	}
	values := make([]cty.Value, len(args))
	for i, a := range args {
		v, err := toCty(a, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name(), err)
		}
		values[i] = v
	}
	v, err := f.Call(values)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name(), err)
	}
	return fromCty(v)
}
