package dialplan

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	starlark "github.com/tandemgw/tandem/dialplan/script"
)

// MaxReply is the most octets that a program's answer to ask() may have.
const MaxReply = 64 << 10

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

// replied is a program whose steps somebody has answered with.
type replied []byte

func (r replied) size() int { return 1 }

func (r replied) run(s *scope) ([]Step, *failure) {
	wishes, err := readReply(r)
	var steps []Step
	if err == nil {
		steps, err = s.grantAll(wishes)
	}
	if err != nil {
		return nil, &failure{502, "the answer cannot be done: " + err.Error()}
	}
	return steps, nil
}

// readReply reads steps as JSON: a list of {"dial": ["user:201", "20s"]}, the arguments in the order of the file or by
// their names, and "answer" for a step without any; or {"steps": such a list}.
func readReply(text []byte) ([]wish, error) {
	if len(text) > MaxReply {
		return nil, fmt.Errorf("it is larger than %d octets", MaxReply)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		var group struct {
			Steps []json.RawMessage `json:"steps"`
		}
		if json.Unmarshal(text, &group) != nil {
			return nil, fmt.Errorf("it is no list of steps in JSON")
		}
		list = group.Steps
	}
	if len(list) > MaxSteps {
		return nil, fmt.Errorf("%d steps: 1 to %d are wanted", len(list), MaxSteps)
	}
	wishes := make([]wish, 0, len(list))
	for _, item := range list {
		w, err := readWish(item)
		if err != nil {
			return nil, err
		}
		wishes = append(wishes, w)
	}
	return wishes, nil
}

func readWish(item json.RawMessage) (wish, error) {
	var name string
	if json.Unmarshal(item, &name) == nil {
		return wish{step: name}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(item, &members); err != nil || len(members) != 1 {
		return wish{}, fmt.Errorf(`a step is written {"dial": ["user:201", "20s"]}`)
	}
	w := wish{}
	for name, value := range members {
		w.step = name
		spec := findStep(name)
		if spec == nil {
			return w, fmt.Errorf("there is no step %q", name)
		}
		args, err := spec.arguments(value)
		if err != nil {
			return w, fmt.Errorf("%s(): %w", name, err)
		}
		for _, arg := range args {
			v, err := jsonValue(arg)
			if err != nil {
				return w, fmt.Errorf("%s(): %w", name, err)
			}
			w.args = append(w.args, v)
		}
	}
	return w, nil
}

// arguments gives the arguments of a step in order: from a list, from an object by their names, or a single one.
func (s *stepSpec) arguments(value json.RawMessage) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		return list, nil
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(value, &named) != nil {
		return []json.RawMessage{value}, nil
	}
	for _, p := range s.params {
		v, given := named[p.name]
		if !given {
			break
		}
		list = append(list, v)
		delete(named, p.name)
	}
	for name := range named {
		return nil, fmt.Errorf("there is no %q, or something before it is missing", name)
	}
	return list, nil
}

func jsonValue(text json.RawMessage) (cty.Value, error) {
	t, err := ctyjson.ImpliedType(text)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(text, t)
}

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

// note keeps that something did not go as the file would have it, for the explanation.
func (s *scope) note(what, why string) {
	if len(s.asked) < maxAsked {
		s.asked = append(s.asked, asked{call: what + "(...)", why: why})
	}
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

// fixedText reads an argument that no call may have a part in.
func (c *compiler) fixedText(e hclsyntax.Expression, step string, read reader) (string, bool) {
	a, ok := c.compileArgument(e, read)
	if ok && a.expr != nil {
		c.errorf(e.Range(), "", "what %s() asks must not depend on the call", step)
		return "", false
	}
	s, is := a.fixed.(string)
	return s, ok && is
}

// programOptions reads the options of ask and script: default, which is steps, and others, which others reads.
func (c *compiler) programOptions(e hclsyntax.Expression, step string, others map[string]func(hclsyntax.Expression) bool) (fallback program, ok bool) {
	object, is := unparen(e).(*hclsyntax.ObjectConsExpr)
	if !is {
		c.errorf(e.Range(), "Write { default = [reject(503)] }.", "the options of %s() stand in { }", step)
		return nil, false
	}
	ok = true
	known := []string{"default"}
	for name := range others {
		known = append(known, name)
	}
	for _, item := range object.Items {
		key, diags := item.KeyExpr.Value(c.plan.base)
		if diags.HasErrors() || key.IsNull() || key.Type() != cty.String {
			c.errorf(item.KeyExpr.Range(), "", "the names of options are text")
			return nil, false
		}
		name := key.AsString()
		switch read := others[name]; {
		case name == "default":
			fallback = c.compileSteps(item.ValueExpr)
			ok = ok && fallback != nil
		case read != nil:
			ok = read(item.ValueExpr) && ok
		default:
			slices.Sort(known)
			c.errorf(item.KeyExpr.Range(), DidYouMean(name, known), "%s has no option %q", step, name)
			ok = false
		}
	}
	return fallback, ok
}

// named is the reader of options that compile reads: it only says what they are.
func named(options ...string) reader {
	return func(_ cty.Value, in *reading) (any, []problem) {
		if in.known != nil {
			*in.known = append(*in.known, options...)
		}
		return nil, nil
	}
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
