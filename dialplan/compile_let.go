package dialplan

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// binding is one name of a let block while the plan is compiled. It is a value or steps, never both.
type binding struct {
	let
	at       hcl.Range // of the name
	state    bindingState
	steps    program // what it is as steps; nil for a value
	broken   bool    // it has been reported: what refers to it is not looked at
	hasSteps bool
}

type bindingState uint8

const (
	untouched bindingState = iota
	inProgress
	resolved
)

// collectLets takes the names of a let block.
func (c *compiler) collectLets(b *hclsyntax.Block) {
	if len(b.Labels) > 0 {
		c.errorf(b.LabelRanges[0], "Write let { ... }.", "let has no name")
	}
	for _, nested := range b.Body.Blocks {
		c.errorf(nested.TypeRange, nested.Type+" = ... gives a value a name.", "let holds values, not blocks")
	}
	for _, a := range sortedAttributes(b.Body) {
		if slices.Contains(callVariables(), a.Name) {
			c.errorf(a.NameRange, "", "%q is given by the call and cannot be set", a.Name)
			continue
		}
		if first, taken := c.lets[a.Name]; taken {
			c.errorf(a.NameRange, "", "%q is set twice, first at %s", a.Name, place(first.at))
			continue
		}
		l := &binding{let: let{name: a.Name, expr: a.Expr}, at: a.NameRange}
		c.lets[a.Name] = l
		c.order = append(c.order, l)
	}
}

// sortedAttributes gives the attributes of a body in the order of the file.
func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	var all []*hclsyntax.Attribute
	for _, a := range b.Attributes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(x, y *hclsyntax.Attribute) int { return comparePlace(&x.NameRange, &y.NameRange) })
	return all
}

// resolveLets works out every let: in the order of the file, but each after those that it refers to.
func (c *compiler) resolveLets() {
	for _, l := range c.order {
		c.resolve(l, nil)
	}
}

// resolve works out one let. path is the lets whose resolving led here.
func (c *compiler) resolve(l *binding, path []string) {
	switch l.state {
	case resolved:
		return
	case inProgress:
		c.errorf(l.at, "", "%q refers to itself: %s", l.name, strings.Join(append(path, l.name), " > "))
		l.broken = true
		return
	case untouched:
	}
	l.state = inProgress
	defer func() { l.state = resolved }()
	for _, v := range l.expr.Variables() {
		if other := c.lets[v.RootName()]; other != nil {
			c.resolve(other, append(slices.Clone(path), l.name))
			l.hasSteps = l.hasSteps || other.hasSteps
			l.broken = l.broken || other.broken
		}
	}
	if l.broken {
		return
	}
	l.hasSteps = l.hasSteps || callsStep(l.expr)
	if l.hasSteps {
		l.steps = c.compileSteps(l.expr)
		l.broken = l.steps == nil
		return
	}
	l.broken = !c.resolveValue(l)
}

// resolveValue works out a let that is a value, as far as it can be known before a call.
func (c *compiler) resolveValue(l *binding) bool {
	d, ok := c.dependencies(l.expr)
	if !ok {
		return false
	}
	l.live, l.needs = d.live, d.needs
	v, diags := l.expr.Value(c.unknown)
	c.diags = append(c.diags, diags...)
	if diags.HasErrors() {
		return false
	}
	if l.live {
		c.unknown.Variables[l.name] = v
		return c.checkHosts(l.expr, letProbes())
	}
	c.plan.base.Variables[l.name] = v
	return true
}

// callsStep says whether an expression holds a step, of this version or a later one.
func callsStep(e hclsyntax.Expression) bool {
	found := false
	visit(e, func(n hclsyntax.Node) {
		if f, ok := n.(*hclsyntax.FunctionCallExpr); ok && slices.Contains(stepNames(), f.Name) {
			found = true
		}
	})
	return found
}

// visit calls f for every node below and including n.
func visit(n hclsyntax.Node, f func(hclsyntax.Node)) {
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		f(n)
		return nil
	})
}

// dependency is what the value of an expression hangs on.
type dependency struct {
	live  bool   // a call
	needs []*let // lets that hang on a call, each after those that it needs itself
}

// dependencies finds what an expression refers to and reports every name that there is not. ok is false when there is
// something wrong, here or in a let that is referred to.
func (c *compiler) dependencies(e hclsyntax.Expression) (d dependency, ok bool) {
	ok = c.checkFunctions(e)
	d.live = asksTheCall(e)
	for _, v := range e.Variables() {
		name := v.RootName()
		if c.given(name) {
			d.live = true
			continue
		}
		l := c.lets[name]
		switch {
		case l == nil:
			c.unknownVariable(v)
			ok = false
		case l.broken:
			ok = false
		case l.hasSteps:
			c.errorf(v.SourceRange(), "", "%q is steps and cannot be a value", name)
			ok = false
		case l.live:
			d.live = true
			for _, need := range append(slices.Clone(l.needs), &l.let) {
				if !slices.Contains(d.needs, need) {
					d.needs = append(d.needs, need)
				}
			}
		}
	}
	return d, ok
}

// asksTheCall says whether an expression holds a function whose value only a call can tell.
func asksTheCall(e hclsyntax.Expression) bool {
	asks, names := false, callFunctionNames()
	visit(e, func(n hclsyntax.Node) {
		f, ok := n.(*hclsyntax.FunctionCallExpr)
		asks = asks || ok && slices.Contains(names, f.Name)
	})
	return asks
}

func (c *compiler) unknownVariable(v hcl.Traversal) {
	known := append(callVariables(), c.local...)
	for _, l := range c.order {
		known = append(known, l.name)
	}
	name := v.RootName()
	hint := DidYouMean(name, known)
	if hint == "" {
		hint = `Text stands in quotes; a value is named in let { ... } or by the call: to, from, caller.`
	}
	c.consequent(v.SourceRange(), hint, "there is no value named %q", name)
}

// checkFunctions reports every function of a value that there is not.
func (c *compiler) checkFunctions(e hclsyntax.Expression) bool {
	ok := true
	visit(e, func(n hclsyntax.Node) {
		f, is := n.(*hclsyntax.FunctionCallExpr)
		if !is {
			return
		}
		if _, known := c.plan.base.Functions[f.Name]; known {
			return
		}
		if is, fine := c.checkCall(f); is {
			ok = ok && fine
			return
		}
		ok = false
		switch {
		case slices.Contains(laterFunctions(), f.Name):
			c.errorf(f.NameRange, "", "%s() is not yet in this version", f.Name)
		case slices.Contains(stepNames(), f.Name):
			c.errorf(f.NameRange, "", "%s() is a step and cannot be a value", f.Name)
		default:
			known := slices.Concat(functionNames(c.plan.base.Functions), callFunctionNames(), laterFunctions())
			c.errorf(f.NameRange, DidYouMean(f.Name, append(known, stepNames()...)), "there is no function %q", f.Name)
		}
	})
	return ok
}

// evaluate gives the value of an expression before there is a call, and reports what fails.
func (c *compiler) evaluate(e hclsyntax.Expression) (cty.Value, bool) {
	v, diags := e.Value(c.unknown)
	c.diags = append(c.diags, diags...)
	return v, !diags.HasErrors()
}
