package dialplan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	starlark "github.com/tandemgw/tandem/dialplan/script"
)

// scripted is a program written in Starlark.
type scripted struct {
	program  *starlark.Program
	fallback program // nil: an error of the script ends the call with 500
}

func (p *scripted) size() int {
	if p.fallback == nil {
		return 1
	}
	return max(1, p.fallback.size())
}

func (p *scripted) run(s *scope) ([]Step, *failure) {
	calls, err := p.program.Run(s.input())
	var steps []Step
	if err == nil {
		wishes := make([]wish, len(calls))
		for i, c := range calls {
			wishes[i] = wish{c.Step, c.Args}
		}
		steps, err = s.grantAll(wishes)
	}
	switch {
	case err == nil:
		return steps, nil
	case p.fallback != nil:
		s.note("script", err.Error())
		return p.fallback.run(s)
	}
	return nil, &failure{500, err.Error()}
}

// input is what a script may know about the call.
func (s *scope) input() starlark.Input {
	in := starlark.Input{Values: map[string]string{}, Functions: map[string]function.Function{}}
	for name, v := range s.ctx.Variables {
		if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			in.Values[name] = v.AsString()
		}
	}
	for name, f := range textFunctions() {
		in.Functions[name] = f
	}
	for _, f := range callFunctions() {
		in.Functions[f.name] = f.spec(func(args []string) cty.Value { return f.value(s, args) })
	}
	return in
}

// scriptNames are what a script may use.
func scriptNames() starlark.Names {
	var names starlark.Names
	for _, s := range stepSpecs() {
		if s.compile != nil {
			continue
		}
		step := starlark.Step{Name: s.name}
		for _, p := range s.params {
			step.Params = append(step.Params, p.name)
		}
		names.Steps = append(names.Steps, step)
	}
	names.Functions = append(functionNames(textFunctions()), callFunctionNames()...)
	return names
}

// scriptSpec is script(file, {options}) as the file writes it.
func scriptSpec() *stepSpec {
	return &stepSpec{
		name: "script", form: `script(file, {default})`, least: 1, params: []param{{"file", readScriptFile}, {"options", named("default")}},
		compile: (*compiler).compileScript,
	}
}

// compileScript reads the script, so that what is wrong with it is told when the file is checked.
func (c *compiler) compileScript(f *hclsyntax.FunctionCallExpr) program {
	name, ok := c.fixedText(f.Args[0], "script", readScriptFile)
	p := &scripted{}
	if len(f.Args) > 1 {
		var fine bool
		p.fallback, fine = c.programOptions(f.Args[1], "script", nil)
		ok = ok && fine
	}
	if !ok || c.plan.names.Script == nil {
		return nil
	}
	text, err := c.plan.names.Script(name)
	if err != nil {
		c.errorf(f.Args[0].Range(), "", "script %q: %s", name, err)
		return nil
	}
	var problems []starlark.Problem
	if p.program, problems = starlark.Compile(name, text, scriptNames()); p.program == nil {
		for _, bad := range problems {
			c.errorf(f.Args[0].Range(), "", "%s:%d:%d: %s", name, bad.Line, bad.Column, bad.Message)
		}
		return nil
	}
	return p
}

// readScriptFile reads the name of a script, which lies beside the file.
func readScriptFile(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a script")
	if !ok {
		return nil, p
	}
	if !isBelow(s) {
		return nil, wrong(fmt.Sprintf("%q leads out of the folder of the file", s), `Name it from there, such as "route.star".`)
	}
	return s, nil
}
