package dialplan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Input is what a plan is compiled from.
type Input struct {
	Blocks      []*hclsyntax.Block           // the from, let and test blocks in the order of the file; others are passed over
	TestNumbers *hcl.Range                   // where `include_test_numbers = true` stands; nil leaves them out
	Names       Names                        // who can be called
	Functions   map[string]function.Function // besides those of the language: env and file
	Zone        *time.Location               // that times of day are meant in; nil means UTC
	Classes     []string                     // of numbers, that a row may name
	Sources     map[string][]byte            // text of the files by name, for explanations; nil leaves conditions without theirs
	Numbers     Numbers                      // how numbers are understood, and who may call which
}

// BlockTypes gives the types of the blocks that make up a dialplan.
func BlockTypes() []string {
	return []string{"from", "let", "menu", "queue", "test", "hours", "prefixes"}
}

// Compile checks a dialplan and makes it ready to route. It reports everything that is wrong at once, as errors and
// warnings (see Finding). The plan is usable, as far as it goes, even with errors, and must not be put to use then.
func Compile(in Input) (*Plan, hcl.Diagnostics) {
	if in.Numbers.Plan != nil {
		in.Classes = classWords()
	}
	c := newCompiler(in)
	for _, b := range in.Blocks {
		switch b.Type {
		case "let":
			c.collectLets(b)
		case "hours":
			c.collectHours(b)
		case "prefixes":
			c.collectPrefixes(b)
		}
	}
	c.menus = c.collectLabels(in.Blocks, "menu", c.plan.names.menus, MaxMenus)
	c.queues = c.collectLabels(in.Blocks, "queue", c.plan.names.queues, MaxQueues)
	c.resolveLets()
	for _, b := range c.menus {
		c.compileMenu(b)
	}
	for _, b := range c.queues {
		c.compileQueue(b)
	}
	for _, b := range in.Blocks {
		if b.Type == "hours" {
			c.compileHours(b)
		}
	}
	for _, b := range in.Blocks {
		if b.Type == "from" {
			c.compileFrom(b)
		}
	}
	c.warnShadowed()
	c.checkMenus()
	if in.TestNumbers != nil {
		c.plan.users = append(c.plan.users, testNumbers(*in.TestNumbers)...)
	}
	c.compileNumbers(in)
	for _, b := range in.Blocks {
		if b.Type == "test" {
			c.compileTest(b)
		}
	}
	return c.plan, c.findings()
}

// compiler is the state of one Compile.
type compiler struct {
	report
	plan    *Plan
	lets    map[string]*binding
	order   []*binding       // lets in the order of the file
	unknown *hcl.EvalContext // what expressions see before there is a call: call variables without a value
	rows    int
	// what the file names, and where
	hoursAt  map[string]hcl.Range
	prefixes map[string]*prefixes
	classes  []string
	sources  map[string][]byte
	menus    []*hclsyntax.Block
	queues   []*hclsyntax.Block
	people   []string // numbers of users that can be pressed; nil until they are wanted
	local    []string // variables of the program that is compiled now, beside those of every call: see within
}

// within compiles with further variables, which a call gives a value to where the program runs: f makes the program. A
// name that the file gives a let counts as the let's: it is not known in f.
func (c *compiler) within(variables []string, f func()) {
	before := c.local
	for _, name := range variables {
		if _, taken := c.lets[name]; !taken {
			c.local = append(c.local[:len(c.local):len(c.local)], name)
			c.unknown.Variables[name] = cty.UnknownVal(cty.String).RefineNotNull()
		}
	}
	f()
	for _, name := range c.local[len(before):] {
		delete(c.unknown.Variables, name)
	}
	c.local = before
}

// given says whether a name is a variable that the call gives a value to.
func (c *compiler) given(name string) bool {
	return slices.Contains(callVariables(), name) || slices.Contains(c.local, name)
}

func newCompiler(in Input) *compiler {
	base := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: allFunctions(in.Functions)}
	unknown := base.NewChild()
	unknown.Variables = map[string]cty.Value{}
	unknown.Functions = unknownFunctions()
	for _, name := range callVariables() {
		unknown.Variables[name] = cty.UnknownVal(cty.String).RefineNotNull()
	}
	return &compiler{
		plan: &Plan{
			named: map[string][]*row{}, menus: map[string]*Menu{}, queues: map[string]*Queue{}, base: base, names: newDirectory(in.Names), zone: in.Zone, hours: map[string]*Hours{},
		},
		lets:    map[string]*binding{},
		unknown: unknown, hoursAt: map[string]hcl.Range{}, prefixes: map[string]*prefixes{}, classes: in.Classes, sources: in.Sources,
	}
}

// findings gives what was found, each thing once, in the order of the file.
func (c *compiler) findings() hcl.Diagnostics {
	SortFindings(c.diags)
	return slices.CompactFunc(c.diags, func(a, b *hcl.Diagnostic) bool {
		return a.Summary == b.Summary && a.Detail == b.Detail && comparePlace(a.Subject, b.Subject) == 0
	})
}

// comparePlace orders places by file, then by octet. No place comes first.
func comparePlace(a, b *hcl.Range) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	case a.Filename != b.Filename:
		if a.Filename < b.Filename {
			return -1
		}
		return 1
	}
	return a.Start.Byte - b.Start.Byte
}

// problems reports what is wrong with an argument's value, each at the part of the expression that it is about.
func (c *compiler) problems(expr hclsyntax.Expression, problems []problem) {
	for _, p := range problems {
		at := partRange(expr, p)
		switch {
		case p.warning:
			c.warnf(at, p.hint, "%s", p.message)
		case p.soft:
			c.consequent(at, p.hint, "%s", p.message)
		default:
			c.errorf(at, p.hint, "%s", p.message)
		}
	}
}

// partRange finds where the part of expr stands that a problem is about: the whole of it where it is not written there.
func partRange(expr hclsyntax.Expression, p problem) hcl.Range {
	expr = unparen(expr)
	if p.key != "" {
		object, ok := expr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return expr.Range()
		}
		for _, item := range object.Items {
			if hcl.ExprAsKeyword(item.KeyExpr) == p.key || keyText(item.KeyExpr) == p.key {
				key := p.key
				p.key = ""
				if p.index < 0 && !slices.Contains([]string{"next_on", "caller_id", "record"}, key) {
					return item.KeyExpr.Range()
				}
				return partRange(item.ValueExpr, p)
			}
		}
		return expr.Range()
	}
	if list, ok := expr.(*hclsyntax.TupleConsExpr); ok && p.index >= 0 && p.index < len(list.Exprs) {
		return list.Exprs[p.index].Range()
	}
	return expr.Range()
}

// keyText gives the text of an object's key that is written in quotes.
func keyText(e hclsyntax.Expression) string {
	if v, diags := e.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
		return v.AsString()
	}
	return ""
}

// unparen takes parentheses away.
func unparen(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		p, ok := e.(*hclsyntax.ParenthesesExpr)
		if !ok {
			return e
		}
		e = p.Expression
	}
}

// place gives the line of a range, for messages about a second place.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// SortFindings puts diagnostics in the order of the files.
func SortFindings(diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int { return comparePlace(a.Subject, b.Subject) })
}
