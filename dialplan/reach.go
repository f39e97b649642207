package dialplan

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// called is what steps are known to call, noted while a plan is compiled and only then.
type called struct {
	targets           map[string]bool // by Target.Key
	anyUser, anyTrunk bool            // some step calls one that only a call tells
}

// known notes a target that a step names.
func (c *called) known(t Target) { c.targets[t.Key()] = true }

// begun notes a target of which only the beginning is known before a call. Users that are dialed by their own number are
// left to Plan.Unused, which looks at the rows.
func (c *called) begun(prefix string) {
	kind, rest, _ := strings.Cut(prefix, ":")
	name, _, named := strings.Cut(rest, "/")
	switch {
	case kind == "trunk" && named:
		c.targets["trunk:"+name] = true
	case kind == "trunk":
		c.anyTrunk = true
	case prefix == "" || kind != "user" && !strings.HasPrefix(kind, "sip") && kind != "room":
		c.anyUser, c.anyTrunk = true, true
	}
}

// Unused is what is defined and never comes into play.
type Unused struct {
	Users  []string // that no step calls
	Trunks []string // that no step calls and from which no row takes calls
}

// Unused finds users and trunks that the plan leaves out. Where a step calls what only a call can tell, all are in use that
// it may mean. Where no step calls any user they are not meant to be called. A plan without rows leaves out nobody: it is not there yet.
func (p *Plan) Unused() Unused {
	var u Unused
	if p.names == nil || len(p.users)+len(p.trunks)+len(p.named) == 0 {
		return u
	}
	r := &reach{called: p.names.called}
	for _, rows := range p.named {
		r.rows(rows)
	}
	r.rows(p.users)
	r.rows(p.trunks)
	for _, m := range p.menus {
		r.rows(m.keys)
		r.rows([]*row{m.other, m.silent})
		r.anyUser = r.anyUser || m.Direct
	}
	if !r.anyUser && !p.names.called.anyUser {
		u.Users = slices.DeleteFunc(slices.Clone(p.names.Users), r.reaches)
	}
	if len(u.Users) == len(p.names.Users) { // as where all call a room, and nobody another
		u.Users = nil
	}
	for _, name := range p.names.Trunks {
		specific, general := p.rowsFor(Source{FromTrunk, name})
		if len(specific)+len(general) == 0 && !p.names.called.anyTrunk && !p.names.called.targets["trunk:"+name] {
			u.Trunks = append(u.Trunks, name)
		}
	}
	return u
}

// RoomsOfTrunks gives the rooms that rows for calls of trunks lead into, each once. Those that only a call tells are
// not among them, nor those behind a menu.
func (p *Plan) RoomsOfTrunks() []string {
	var names []string
	note := func(s Step) {
		if r, is := s.(RoomStep); is && !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	for label, rows := range p.named {
		for _, one := range rows {
			if strings.HasPrefix(label, "trunk:") {
				one.each(note)
			}
		}
	}
	for _, one := range p.trunks {
		one.each(note)
	}
	slices.Sort(names)
	return names
}

// each gives those steps of a row that do not depend on the call.
func (r *row) each(f func(Step)) {
	for _, s := range r.steps {
		f(s)
	}
	var walk func(program)
	walk = func(p program) {
		switch p := p.(type) {
		case fixed:
			for _, s := range p {
				f(s)
			}
		case sequence:
			for _, one := range p {
				walk(one)
			}
		case *choice:
			walk(p.yes)
			walk(p.no)
		case *single:
			if p.step != nil {
				f(p.step)
			}
		}
	}
	walk(r.program)
}

// reach is which users the rows may lead to besides those that steps name.
type reach struct {
	called   *called
	anyUser  bool
	byNumber []Pattern // rows that call the user of the number that they take
}

func (r *reach) reaches(user string) bool {
	if r.called.targets["user:"+user] {
		return true
	}
	return slices.ContainsFunc(r.byNumber, func(p Pattern) bool { return p.class != "" || p.Match(user) })
}

func (r *reach) rows(rows []*row) {
	for _, one := range rows {
		if one != nil && one.program != nil {
			r.program(one.program, one)
		}
	}
}

// program looks for arguments that only a call tells.
func (r *reach) program(p program, of *row) {
	switch p := p.(type) {
	case sequence:
		for _, one := range p {
			r.program(one, of)
		}
	case *choice:
		r.program(p.yes, of)
		r.program(p.no, of)
	case *single:
		for i, a := range p.args {
			if a.expr != nil && i < len(p.spec.params) && p.spec.params[i].name == "targets" {
				r.target(a.expr, of)
			}
		}
	}
}

// target looks at one argument, or at each item of a list.
func (r *reach) target(e hclsyntax.Expression, of *row) {
	switch e := unparen(e).(type) {
	case *hclsyntax.TupleConsExpr:
		for _, one := range e.Exprs {
			r.target(one, of)
		}
		return
	case *hclsyntax.ConditionalExpr:
		r.target(e.TrueResult, of)
		r.target(e.FalseResult, of)
		return
	case *hclsyntax.TemplateExpr:
		kind, ok := literal(e.Parts[0])
		switch {
		case ok && !strings.HasPrefix("user:", kind) && !strings.HasPrefix(kind, "user:"):
			return // no user
		case len(e.Parts) == 1:
			return // noted when it was read
		case ok && kind == "user:" && len(e.Parts) == 2 && isNumber(e.Parts[1]):
			r.byNumber = append(r.byNumber, of.pattern)
			return
		}
	}
	r.anyUser = true
}

// literal gives the text of a part of a template that is plain text.
func literal(e hclsyntax.Expression) (string, bool) {
	l, ok := e.(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.Type() != cty.String || l.Val.IsNull() {
		return "", false
	}
	return l.Val.AsString(), true
}

// isNumber says whether a part of a template is the number that the row takes: what was dialed, or pressed in a menu.
func isNumber(e hclsyntax.Expression) bool {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	return ok && len(t.Traversal) == 1 && slices.Contains([]string{"to", "digits"}, t.Traversal.RootName())
}
