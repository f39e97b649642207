package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// PlanPart is a row of the dialplan, or another block of it.
type PlanPart struct {
	Row  bool
	Name string // of the block, and the pattern of a row
	Text string // as the file has it
}

// planParts takes a plan apart.
func (l *loader) planParts(in dialplan.Input) []PlanPart {
	var parts []PlanPart
	text := func(r hcl.Range) string { return string(r.SliceBytes(l.sources[r.Filename])) }
	for _, b := range in.Blocks {
		name := strings.Join(append([]string{b.Type}, b.Labels...), " ")
		whole := b.Range()
		whole.End = b.CloseBraceRange.End
		rows, ok := rowsOf(b)
		if !ok {
			parts = append(parts, PlanPart{false, name, text(whole)})
			continue
		}
		for _, r := range rows {
			pattern := text(r.KeyExpr.Range())
			parts = append(parts, PlanPart{true, name + " " + pattern, text(r.ValueExpr.Range())})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(l.planOutside.given)) {
		parts = append(parts, PlanPart{false, "what " + k + " gives", fmt.Sprintf("%q", l.planOutside.given[k])})
	}
	if in.TestNumbers != nil {
		parts = append(parts, PlanPart{false, "include_test_numbers", ""})
	}
	return parts
}

// rowsOf are the rows of a block; false where it has none, or more than rows.
func rowsOf(b *hclsyntax.Block) ([]hclsyntax.ObjectConsItem, bool) {
	calls := b.Body.Attributes["calls"]
	if calls == nil || len(b.Body.Attributes) > 1 || len(b.Body.Blocks) > 0 {
		return nil, false
	}
	object, ok := calls.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil, false
	}
	return object.Items, true
}

// planChanges counts the rows that differ, and names what else does.
func planChanges(a, b []PlanPart, add func(string, ...any)) {
	before, after := map[string]string{}, map[string]string{}
	rows := map[string]bool{}
	for _, p := range a {
		before[p.Name] += "\x00" + p.Text
		rows[p.Name] = p.Row
	}
	for _, p := range b {
		after[p.Name] += "\x00" + p.Text
		rows[p.Name] = p.Row
	}
	var added, removed, changed int
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case had && has && was == is:
		case !rows[name]:
			add("dialplan: %s changed", name)
		case !had:
			added++
		case !has:
			removed++
		default:
			changed++
		}
	}
	for _, c := range []struct {
		n    int
		what string
	}{{changed, "changed"}, {added, "added"}, {removed, "removed"}} {
		if c.n > 0 {
			add("dialplan: %s %s", count(c.n, "row"), c.what)
		}
	}
	order := func(parts []PlanPart) (names []string) {
		for _, p := range parts {
			names = append(names, p.Name)
		}
		return names
	}
	if added+removed == 0 && !slices.Equal(order(a), order(b)) && sameNames(before, after) {
		add("dialplan: rows stand in another order")
	}
}

func sameNames(a, b map[string]string) bool {
	for name := range a {
		if _, ok := b[name]; !ok {
			return false
		}
	}
	return len(a) == len(b)
}
