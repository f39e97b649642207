package dialplan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// testRow reads the pattern of the row that a test wants to fire.
func (c *compiler) testRow(t *test, e hclsyntax.Expression) {
	v, ok := c.constant(e)
	if !ok {
		return
	}
	s, _, problems := text(v, "row")
	c.problems(e, problems)
	t.row = s
	if len(problems) == 0 && s == "" {
		c.errorf(e.Range(), `Write row = "2XX".`, "row is the pattern of a row")
	}
}

// testFinal reads the status that the caller of a test is to get.
func (c *compiler) testFinal(t *test, e hclsyntax.Expression) {
	v, ok := c.constant(e)
	if !ok {
		return
	}
	if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
		if n, _ := v.AsBigFloat().Int64(); n == Answered {
			t.final = Answered
			return
		}
	}
	code, problems := readCode(v, nil)
	for _, p := range problems {
		p.hint = "Write final = 200 for an answer, or the status of a refusal such as 486."
		c.problems(e, []problem{p})
	}
	t.final, _ = code.(int)
}

// testUsers gives a reader of a list of users.
func (c *compiler) testUsers(set func(*test, []string)) func(*test, hclsyntax.Expression) {
	return c.testNames("a user", set, func(name string) []problem { return exists(TargetUser, name, c.plan.names) })
}

// testHours gives a reader of a list of hours.
func (c *compiler) testHours(set func(*test, []string)) func(*test, hclsyntax.Expression) {
	return c.testNames("hours", set, func(name string) []problem {
		if c.plan.hours[name] != nil {
			return nil
		}
		return []problem{{index: -1, message: fmt.Sprintf("there are no hours %q", name), hint: DidYouMean(name, c.plan.HoursNames()), soft: true}}
	})
}

// testNames gives a reader of a list of names, or of a single one.
func (c *compiler) testNames(what string, set func(*test, []string), missing func(string) []problem) func(*test, hclsyntax.Expression) {
	return func(t *test, e hclsyntax.Expression) {
		v, ok := c.constant(e)
		if !ok {
			return
		}
		elements := []cty.Value{v}
		if !v.IsNull() && isList(v) {
			elements = v.AsValueSlice()
		}
		names := []string{}
		for i, element := range elements {
			s, ok, problems := text(element, what)
			if ok {
				problems = missing(s)
			}
			for _, p := range problems {
				p.index = i
				c.problems(e, []problem{p})
			}
			names = append(names, s)
		}
		set(t, names)
	}
}
