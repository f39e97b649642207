package dialplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

const fromHint = `It is from "users", "trunks", "user:NAME" or "trunk:NAME".`

// compileFrom takes the rows of one from block.
func (c *compiler) compileFrom(b *hclsyntax.Block) {
	label, ok := c.fromLabel(b)
	calls := b.Body.Attributes["calls"]
	for _, a := range sortedAttributes(b.Body) {
		if a.Name != "calls" {
			hint := DidYouMean(a.Name, []string{"calls"})
			if hint == "" {
				hint = "Rows stand in calls = { ... }."
			}
			c.errorf(a.NameRange, hint, "from has no %q", a.Name)
		}
	}
	for _, nested := range b.Body.Blocks {
		hint := ""
		if nested.Type == "calls" || Suggest(nested.Type, []string{"calls"}) != "" {
			hint = "Write calls = { ... }."
		}
		c.errorf(nested.TypeRange, hint, "from holds no block %q", nested.Type)
	}
	if calls == nil {
		if len(b.Body.Attributes) == 0 && len(b.Body.Blocks) == 0 {
			c.consequent(b.TypeRange, "Rows stand in calls = { ... }.", "from %q has no rows", label)
		}
		return
	}
	table, isTable := unparen(calls.Expr).(*hclsyntax.ObjectConsExpr)
	if !isTable {
		c.errorf(calls.Expr.Range(), `Write calls = { "2XX" = [dial("user:${to}")] }.`, "calls is a table of patterns and steps")
		return
	}
	for _, item := range table.Items {
		r := c.compileRow(label, item)
		if r != nil && ok {
			c.keep(label, r)
		}
	}
}

// fromLabel reads the label of a from block.
func (c *compiler) fromLabel(b *hclsyntax.Block) (string, bool) {
	if len(b.Labels) != 1 {
		at := b.TypeRange
		if len(b.Labels) > 1 {
			at = b.LabelRanges[1]
		}
		c.errorf(at, fromHint, "from has one label, not %d", len(b.Labels))
		return "", false
	}
	label, at := b.Labels[0], b.LabelRanges[0]
	if label == "users" || label == "trunks" {
		return label, true
	}
	source, err := ParseSource(label)
	if err != nil {
		hint := DidYouMean(label, []string{"users", "trunks"})
		if kind, name, ok := strings.Cut(label, ":"); ok {
			if s := Suggest(kind, []string{"user", "trunk"}); s != "" {
				hint = fmt.Sprintf("Did you mean %q?", s+":"+name)
			}
		}
		if hint == "" {
			hint = fromHint
		}
		c.errorf(at, hint, "no calls come from %q", label)
		return label, false
	}
	kind := TargetUser
	if source.Kind == FromTrunk {
		kind = TargetTrunk
	}
	missing := exists(kind, source.Name, c.plan.names)
	for _, p := range missing {
		c.consequent(at, p.hint, "%s", p.message)
	}
	return label, len(missing) == 0
}

// compileRow compiles one row; nil when it has been reported as wrong.
func (c *compiler) compileRow(label string, item hclsyntax.ObjectConsItem) *row {
	at := item.KeyExpr.Range()
	c.rows++
	if c.rows == MaxRows+1 {
		c.errorf(at, "", "a plan has at most %d rows", MaxRows)
	}
	pattern, ok := c.rowPattern(item.KeyExpr)
	names := pattern.captureNames()
	for _, name := range names {
		if l := c.lets[name]; l != nil {
			c.errorf(at, "", "%q is a name of a let already, at %s", name, place(l.at))
			ok = false
		}
	}
	var steps program
	c.within(names, func() { steps = c.compileSteps(item.ValueExpr) })
	if !ok || steps == nil || c.rows > MaxRows {
		return nil
	}
	r := &row{
		Row:     Row{From: label, Pattern: pattern.text, File: at.Filename, Line: at.Start.Line},
		pattern: pattern, at: at,
	}
	r.spot = c.spot(r.Row.name(), at)
	c.checkRedirects(r, steps)
	if done, ok := settled(steps); ok {
		r.steps = done
		return r
	}
	r.program = steps
	c.trySamples(r)
	return r
}

// rowPattern reads the left side of a row.
func (c *compiler) rowPattern(key hclsyntax.Expression) (Pattern, bool) {
	at := key.Range()
	v, diags := key.Value(c.plan.base)
	if diags.HasErrors() {
		c.diags = append(c.diags, diags...)
		return Pattern{}, false
	}
	if v.IsNull() || v.Type() != cty.String {
		hint := "Patterns stand in quotes."
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
			hint = fmt.Sprintf("Write it in quotes, such as %q, so that no zero is lost.", v.AsBigFloat().Text('f', -1))
		}
		c.errorf(at, hint, "a pattern is text in quotes, not %s", Kind(v))
		return Pattern{}, false
	}
	p, err := c.parseRow(v.AsString())
	if bad, isBad := errors.AsType[*PatternError](err); isBad {
		hint := "X is a digit, N 2-9, Z 1-9, [1-5] one of a class, . one or more of anything."
		c.errorf(within(at, p.text, bad.Offset), hint, "pattern %q: %s", p.text, bad.Reason)
		return p, false
	}
	return p, true
}

// within narrows the range of a quoted text to one octet of it, where the text is written as it is meant.
func within(at hcl.Range, text string, offset int) hcl.Range {
	if at.End.Byte-at.Start.Byte != len(text)+2 || offset >= len(text) {
		return at
	}
	for _, b := range []byte(text[:offset]) {
		if b >= 0x80 {
			return at
		}
	}
	at.Start.Byte += 1 + offset
	at.Start.Column += 1 + offset
	at.End = at.Start
	at.End.Byte++
	at.End.Column++
	return at
}

// keep puts a row where Route looks for it.
func (c *compiler) keep(label string, r *row) {
	switch label {
	case "users":
		c.plan.users = append(c.plan.users, r)
	case "trunks":
		c.plan.trunks = append(c.plan.trunks, r)
	default:
		c.plan.named[label] = append(c.plan.named[label], r)
	}
}

// trySamples works the row out for numbers that it takes, and reports a row that fails for each of them.
func (c *compiler) trySamples(r *row) {
	var first string
	samples := r.pattern.samples()
	if len(samples) == 0 {
		return
	}
	for i, number := range samples {
		source := Source{FromUser, "1"}
		if kind, name, ok := strings.Cut(r.From, ":"); ok && kind == "trunk" {
			source = Source{FromTrunk, name}
		}
		s := c.plan.newScope(Request{From: source, To: number, Caller: number})
		_, err := r.program.run(s.with(r.pattern.captured(number)))
		if err == nil {
			return
		}
		if i == 0 {
			first = fmt.Sprintf("when %q is dialed: %s", number, err.reason)
		}
	}
	c.errorf(r.at, "", "this row never works; %s", first)
}

// samples gives numbers that the pattern takes: its least, its greatest and a long one.
func (p *Pattern) samples() []string {
	if len(p.any) > 0 {
		return p.any[0].samples()
	}
	if p.class != "" {
		return nil
	}
	least, greatest, long := "", "", ""
	for _, e := range p.elems {
		if e.many {
			least, greatest, long = least+"0", greatest+"9", long+"2071234567"
			continue
		}
		bytes := e.set.members()
		least += string(bytes[:1])
		greatest += string(bytes[len(bytes)-1:])
		long += string(bytes[len(bytes)/2 : len(bytes)/2+1])
	}
	return slices.DeleteFunc([]string{least, greatest, long}, func(s string) bool {
		_, status := unfit(s)
		return status != 0
	})
}

// members lists the octets of a set.
func (o *octets) members() []byte {
	var all []byte
	for b := range 256 {
		if o.has(byte(b)) {
			all = append(all, byte(b))
		}
	}
	return all
}
