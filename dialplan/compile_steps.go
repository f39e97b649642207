package dialplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const stepsHint = `Write [dial("user:201", "20s")], for example.`

// compileSteps turns an expression into steps: a list of steps and lists, a condition with steps on both sides, or the
// name of a let that is one. nil means that it has been reported as wrong.
func (c *compiler) compileSteps(e hclsyntax.Expression) program {
	e = unparen(e)
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		return c.compileList(e)
	case *hclsyntax.ConditionalExpr:
		return c.compileChoice(e)
	case *hclsyntax.ScopeTraversalExpr:
		return c.compileReference(e)
	case *hclsyntax.FunctionCallExpr:
		if c.compileStep(e) != nil {
			c.errorf(e.NameRange, fmt.Sprintf("Write [%s(...)].", e.Name), "steps stand in a list, also a single one")
		}
		return nil
	case *hclsyntax.ForExpr:
		c.errorf(e.OpenRange, "", "steps cannot be made by for")
		return nil
	}
	if _, ok := c.dependencies(e); ok {
		if v, ok := c.evaluate(e); ok {
			c.errorf(e.Range(), stepsHint, "steps are wanted here, not %s", Kind(v))
		}
	}
	return nil
}

// compileList compiles [step, step, steps...].
func (c *compiler) compileList(list *hclsyntax.TupleConsExpr) program {
	if len(list.Exprs) == 0 {
		c.errorf(list.Range(), `Write [reject(404)] to refuse the call.`, "there are no steps in this list")
		return nil
	}
	var parts []program
	var last *hclsyntax.FunctionCallExpr
	for _, e := range list.Exprs {
		if last != nil {
			c.warnf(e.Range(), "", "this step never runs, since %s() before it ends the call", last.Name)
			last = nil
		}
		var part program
		if f, ok := unparen(e).(*hclsyntax.FunctionCallExpr); ok {
			part = c.compileStep(f)
			if s := findStep(f.Name); s != nil && s.last && e != list.Exprs[len(list.Exprs)-1] {
				last = f
			}
		} else {
			part = c.compileSteps(e)
		}
		parts = append(parts, part)
	}
	if slices.Contains(parts, nil) {
		return nil
	}
	return c.join(list.Range(), parts)
}

// join puts programs one after the other, settled where all of them are.
func (c *compiler) join(at hcl.Range, parts []program) program {
	q := sequence(parts)
	if n := q.size(); n > MaxSteps {
		c.errorf(at, "", "%d steps are too many: at most %d", n, MaxSteps)
		return nil
	}
	var all fixed
	for _, p := range parts {
		steps, ok := settled(p)
		if !ok {
			return q
		}
		all = append(all, steps...)
	}
	return all
}

// compileChoice compiles condition ? steps : steps.
func (c *compiler) compileChoice(e *hclsyntax.ConditionalExpr) program {
	condition, ok := c.compileArgument(e.Condition, readBool)
	yes, no := c.compileSteps(e.TrueResult), c.compileSteps(e.FalseResult)
	if !ok || yes == nil || no == nil {
		return nil
	}
	if condition.expr == nil { // known before any call
		if condition.fixed == true {
			return yes
		}
		return no
	}
	at := e.Condition.Range()
	text := c.written(at)
	return &choice{
		condition: condition, yes: yes, no: no, text: text, at: at,
		arms: [2]*spot{c.spot(text+" is true", e.TrueResult.Range()), c.spot(text+" is false", e.FalseResult.Range())},
	}
}

// compileReference compiles the name of a let that is steps.
func (c *compiler) compileReference(e *hclsyntax.ScopeTraversalExpr) program {
	name := e.Traversal.RootName()
	l := c.lets[name]
	switch {
	case l == nil && c.given(name):
		c.errorf(e.Range(), stepsHint, "steps are wanted here, not the value of %q", name)
	case l == nil && slices.Contains(stepNames(), name):
		c.errorf(e.Range(), fmt.Sprintf("Write %s(...).", name), "%q is a step and wants ( )", name)
	case l == nil:
		c.unknownVariable(e.Traversal)
	case l.broken:
	case l.steps == nil:
		c.errorf(e.Range(), stepsHint, "steps are wanted here, and %q is a value", name)
	case len(e.Traversal) > 1:
		c.errorf(e.Range(), "", "no part of the steps %q can be taken out", name)
	default:
		return l.steps
	}
	return nil
}

// compileStep compiles one step.
func (c *compiler) compileStep(f *hclsyntax.FunctionCallExpr) program {
	spec := findStep(f.Name)
	if spec == nil {
		c.unknownStep(f)
		return nil
	}
	ok := c.checkCount(f, spec)
	if spec.compile != nil {
		if !ok {
			return nil
		}
		return spec.compile(c, f)
	}
	s := &single{spec: spec}
	settled := true
	for i, e := range f.Args {
		if i >= len(spec.params) {
			break
		}
		a, fine := c.compileArgument(e, spec.params[i].read)
		ok = ok && fine
		if a.expr != nil && spec.params[i].name == "targets" {
			ok = c.checkHosts(e, argumentProbes()) && ok
		}
		settled = settled && a.expr == nil
		s.args = append(s.args, a)
	}
	if !ok {
		return nil
	}
	if !settled {
		return s
	}
	values := make([]any, len(s.args))
	for i, a := range s.args {
		values[i] = a.fixed
	}
	s.step = spec.make(values)
	if unfinished(s.step) {
		return s
	}
	return fixed{s.step}
}

func (c *compiler) unknownStep(f *hclsyntax.FunctionCallExpr) {
	name := f.Name
	switch {
	case slices.Contains(laterSteps(), name):
		c.errorf(f.NameRange, "", "the step %s() is not yet in this version", name)
	case slices.Contains(laterFunctions(), name):
		c.errorf(f.NameRange, "", "%s() is not yet in this version", name)
	default:
		hint := DidYouMean(name, stepNames())
		if hint == "" {
			hint = "The steps are " + strings.Join(stepNames(), ", ") + "."
		}
		if _, isFunction := c.plan.base.Functions[name]; isFunction {
			hint = fmt.Sprintf("%s() gives a value, not a step.", name)
		}
		c.errorf(f.NameRange, hint, "there is no step %q", name)
	}
	for _, e := range f.Args { // what stands inside is still checked for names
		c.dependencies(e)
	}
}

// checkCount reports too few or too many arguments.
func (c *compiler) checkCount(f *hclsyntax.FunctionCallExpr, spec *stepSpec) bool {
	hint := "It is written " + spec.form + "."
	switch {
	case f.ExpandFinal:
		c.errorf(f.Range(), hint, "%s() does not take a list in place of its arguments", f.Name)
	case len(f.Args) < spec.least:
		c.errorf(f.Range(), hint, "%s() lacks its %s", f.Name, spec.params[len(f.Args)].name)
	case len(f.Args) > len(spec.params) && len(spec.params) == 0:
		c.errorf(f.Args[0].Range(), hint, "%s() takes nothing", f.Name)
	case len(f.Args) > len(spec.params):
		c.errorf(f.Args[len(spec.params)].Range(), hint, "%s() takes no more than %d arguments", f.Name, len(spec.params))
	default:
		return true
	}
	return false
}

// compileArgument checks an argument as far as can be known before a call, and keeps its value where that is all of it.
func (c *compiler) compileArgument(e hclsyntax.Expression, read reader) (argument, bool) {
	d, ok := c.dependencies(e)
	if !ok {
		return argument{}, false
	}
	before := len(c.diags)
	v, known, ok := c.checkValue(e, read)
	for _, found := range c.diags[before:] {
		ok = ok && found.Severity != hcl.DiagError
	}
	switch {
	case !ok:
		return argument{}, false
	case d.live:
		return argument{expr: e, needs: d.needs, read: read}, true
	}
	// What neither a call nor the file makes known stands where a syntax error was.
	return argument{fixed: v}, known
}
