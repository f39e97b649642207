package script

import (
	"errors"
	"fmt"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// Bounds of scripts.
const (
	MaxSource = 1 << 18 // octets of a script
	MaxSteps  = 200_000 // of work for one call, and for reading the file
)

// entry is the function that a script is asked by.
const entry = "route"

// Names are what a script may use beside Starlark's own.
type Names struct {
	Steps     []Step
	Functions []string // of the dialplan; called with the values of Input
}

// Step is a step of the dialplan as scripts write it: its arguments in order, or by
// their names; names that are none of them are members of the last, where that is
// called options.
type Step struct {
	Name   string
	Params []string
}

// Problem is what is wrong with a script, and where.
type Problem struct {
	Line, Column int // 1 and up; 0 where there is no place
	Message      string
}

// Program is a script that has been read.
type Program struct {
	name  string
	route *starlark.Function
}

// Compile reads a script. name is told in messages.
func Compile(name string, text []byte, names Names) (*Program, []Problem) {
	if len(text) > MaxSource {
		return nil, []Problem{{Message: fmt.Sprintf("the script is larger than %d octets", MaxSource)}}
	}
	thread := newThread(name)
	globals, err := starlark.ExecFileOptions(&syntax.FileOptions{Set: true}, thread, name, text, predeclared(names))
	if err != nil {
		return nil, problems(err)
	}
	route, ok := globals[entry].(*starlark.Function)
	switch {
	case !ok:
		return nil, []Problem{{Message: "there is no function route(call)"}}
	case route.NumParams() != 1 || route.HasVarargs() || route.HasKwargs():
		at := route.Position()
		return nil, []Problem{{int(at.Line), int(at.Col), "route takes one thing, the call: def route(call)"}}
	}
	globals.Freeze()
	return &Program{name, route}, nil
}

func newThread(name string) *starlark.Thread {
	t := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	t.SetMaxExecutionSteps(MaxSteps)
	t.OnMaxSteps = func(t *starlark.Thread) {
		t.Cancel(fmt.Sprintf("it took more than %d steps of work", MaxSteps))
	}
	return t
}

// predeclared are the names of a script: the same in every run, which finds its call
// in the thread.
func predeclared(names Names) starlark.StringDict {
	all := starlark.StringDict{"struct": starlark.NewBuiltin("struct", starlarkstruct.Make)}
	for _, s := range names.Steps {
		all[s.Name] = starlark.NewBuiltin(s.Name, s.call)
	}
	for _, f := range names.Functions {
		all[f] = starlark.NewBuiltin(f, ask)
	}
	return all
}

// problems puts what Starlark says into ours.
func problems(err error) []Problem {
	var several resolve.ErrorList
	var one syntax.Error
	var run *starlark.EvalError
	switch {
	case errors.As(err, &several):
		var all []Problem
		for _, e := range several {
			all = append(all, Problem{int(e.Pos.Line), int(e.Pos.Col), e.Msg})
		}
		return all
	case errors.As(err, &one):
		return []Problem{{int(one.Pos.Line), int(one.Pos.Col), one.Msg}}
	case errors.As(err, &run):
		return []Problem{told(run)}
	}
	return []Problem{{Message: err.Error()}}
}

// told gives an error of a run at the innermost line of the script itself.
func told(e *starlark.EvalError) Problem {
	p := Problem{Message: e.Msg}
	for i := range len(e.CallStack) {
		if at := e.CallStack.At(i).Pos; at.Line > 0 && at.Filename() != "<builtin>" {
			p.Line, p.Column = int(at.Line), int(at.Col)
			break
		}
	}
	return p
}
