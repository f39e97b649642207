package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// Steps in JSON are objects of one member, the step and its arguments; a choice is an object of three. Both may also be
// written as in the other form, in "${ }":
//
//	[{"dial": ["user:${to}", "20s"]}, {"hangup": []}]
//	{"if": "${caller == \"202\"}", "then": [{"echo": []}], "else": "${sales}"}

// steps converts what stands where steps are wanted.
func (c *jsonBody) steps(n *jsonNode) hclsyntax.Expression {
	switch {
	case n.isArray():
		return c.array(n, c.step)
	case isChoice(n):
		return c.choice(n)
	}
	return c.value(n)
}

// step converts an item of a list of steps.
func (c *jsonBody) step(n *jsonNode) hclsyntax.Expression {
	switch {
	case n.isArray(), isChoice(n):
		return c.steps(n)
	case n.isObject() && len(n.members) == 1:
		return c.call(n)
	}
	if s, ok := n.value.(string); ok && isStep(s) {
		c.l.errorf(n.at, fmt.Sprintf(`Write {%q: [...]}, or "${%s}".`, stepOf(s), s), "a step is no text")
		return standIn(n.at)
	}
	return c.value(n)
}

// call converts {"dial": ["user:201", "20s"]}. An argument that is alone and no list may stand without [ ].
func (c *jsonBody) call(n *jsonNode) hclsyntax.Expression {
	m := n.members[0]
	last := hcl.Range{Filename: c.name, Start: n.at.End, End: n.at.End}
	f := &hclsyntax.FunctionCallExpr{Name: m.name, NameRange: inside(m.at), OpenParenRange: inside(m.at), CloseParenRange: last}
	for _, argument := range each(m.value) {
		f.Args = append(f.Args, c.value(argument))
	}
	return f
}

// isChoice says whether a value is an object with if, then and else.
func isChoice(n *jsonNode) bool {
	return n.isObject() && len(n.members) > 1 && slices.ContainsFunc(n.members, func(m jsonMember) bool { return m.name == "if" })
}

// choice converts {"if": ..., "then": ..., "else": ...}.
func (c *jsonBody) choice(n *jsonNode) hclsyntax.Expression {
	e := &hclsyntax.ConditionalExpr{SrcRange: n.at}
	for _, m := range n.members {
		switch m.name {
		case "if":
			e.Condition = c.value(m.value)
		case "then":
			e.TrueResult = c.steps(m.value)
		case "else":
			e.FalseResult = c.steps(m.value)
		case "//":
		default:
			c.l.errorf(inside(m.at), dialplan.DidYouMean(m.name, []string{"if", "then", "else"}), "a choice has if, then and else, and no %q", m.name)
		}
	}
	if e.TrueResult == nil || e.FalseResult == nil {
		c.l.errorf(n.at, `Write {"if": "${...}", "then": [...], "else": [...]}.`, "a choice lacks its then or else")
		return &hclsyntax.TupleConsExpr{Exprs: []hclsyntax.Expression{standIn(n.at)}, SrcRange: n.at, OpenRange: n.at}
	}
	return e
}

// standIn is a step in place of what has been reported, so that nothing else is said of it.
func standIn(at hcl.Range) hclsyntax.Expression {
	return &hclsyntax.FunctionCallExpr{Name: "answer", NameRange: at, OpenParenRange: at, CloseParenRange: at}
}

// isStep says whether a text begins as a step does in the other form.
func isStep(s string) bool { return stepOf(s) != "" }

func stepOf(s string) string {
	for _, f := range dialplan.StepForms() {
		if len(s) > len(f.Name) && s[:len(f.Name)] == f.Name && s[len(f.Name)] == '(' {
			return f.Name
		}
	}
	return ""
}
