package dialplan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// callVariables are the names that a call gives a value to, in the order that messages list them.
func callVariables() []string {
	return []string{"to", "from", "caller", "caller_name", "dialed", "trunk"}
}

// scope is what expressions see during one call.
type scope struct {
	reading
	plan    *Plan
	request Request
	dialed  string           // the number that targets without one are asked for
	ctx     *hcl.EvalContext // child of the plan's, with the call's variables and functions and the lets that depend on them
	asked   []asked          // what the call has asked the world
	trace   *trace           // nil unless somebody wants to know why
}

// newScope makes the scope of a call. It belongs to one Route and is dropped after it.
func (p *Plan) newScope(r Request) *scope {
	s := &scope{reading: reading{names: p.names, live: true}, plan: p, request: r, dialed: r.To, ctx: p.base.NewChild()}
	trunk := ""
	if r.From.Kind == FromTrunk {
		trunk = r.From.Name
	}
	s.ctx.Variables = map[string]cty.Value{
		"to":          cty.StringVal(r.To),
		"from":        cty.StringVal(r.From.String()),
		"caller":      cty.StringVal(r.caller()),
		"caller_name": cty.StringVal(r.CallerName),
		"dialed":      cty.StringVal(r.asDialed()),
		"trunk":       cty.StringVal(trunk),
	}
	if len(p.uses) > 0 {
		s.ctx.Functions = s.functions()
	}
	return s
}

// with gives further variables to the scope: captures of the row's pattern, the digits of a menu.
func (s *scope) with(variables map[string]string) *scope {
	for name, value := range variables {
		s.ctx.Variables[name] = cty.StringVal(value)
	}
	return s
}

// let is one name of a let block, as a value. (As steps it is compiled where it stands.)
type let struct {
	name  string
	expr  hclsyntax.Expression
	needs []*let // lets that depend on the call and that this one refers to, each after those that it needs itself
	live  bool   // whether it depends on the call
}

// provide works out the lets that an expression needs.
func (s *scope) provide(needs []*let) *failure {
	for _, l := range needs {
		if _, done := s.ctx.Variables[l.name]; done {
			continue
		}
		v, diags := l.expr.Value(s.ctx)
		if diags.HasErrors() {
			return evaluationFailure(diags)
		}
		s.ctx.Variables[l.name] = v
	}
	return nil
}

// argument is an expression that is read for a call, or a value already read.
type argument struct {
	fixed any // set when expr is nil
	expr  hclsyntax.Expression
	needs []*let
	read  reader
}

// value gives the argument for a call.
func (a argument) value(s *scope) (any, *failure) {
	if a.expr == nil {
		return a.fixed, nil
	}
	if err := s.provide(a.needs); err != nil {
		return nil, err
	}
	v, diags := a.expr.Value(s.ctx)
	if diags.HasErrors() {
		return nil, evaluationFailure(diags)
	}
	read, problems := a.read(v, &s.reading)
	if len(problems) > 0 {
		p := problems[0]
		status := p.status
		if status == 0 {
			status = 500
		}
		return nil, &failure{status, p.message}
	}
	return read, nil
}

// evaluationFailure puts the first error of an evaluation into words.
func evaluationFailure(diags hcl.Diagnostics) *failure {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			where := ""
			if d.Subject != nil {
				where = fmt.Sprintf(" (%s:%d)", d.Subject.Filename, d.Subject.Start.Line)
			}
			return &failure{500, plainWords(d) + where}
		}
	}
	return &failure{500, "the steps cannot be worked out"}
}
