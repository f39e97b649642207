package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tandemgw/tandem/dialplan"
)

// isJSON says whether a file is of the JSON form.
func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

// IsSource says whether a file of a folder, by its name, is one of the configuration's: *.hcl, *.hcl.json and tandem.json.
func IsSource(name string) bool {
	return !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json") || name == "tandem.json")
}

// jsonBody turns the JSON form of a file into what the parser makes of the other form, so that everything behind it is
// the same: objects are blocks where there are blocks of that name, texts are templates as they are between quotes, and
// rows and values may be steps.
type jsonBody struct {
	l      *loader
	name   string
	text   []byte
	blocks map[string]Block
}

// parseJSON parses a source of the JSON form.
func (l *loader) parseJSON(name string, text []byte) {
	top, err := readJSON(text, name)
	if bad, isBad := errors.AsType[*jsonError](err); isBad {
		l.broken = true
		l.errorf(bad.at, bad.hint, "%s", bad.message)
		return
	}
	c := &jsonBody{l, name, text, map[string]Block{}}
	for _, b := range Describe().Blocks[1:] {
		c.blocks[b.Type] = b
	}
	section := l.top(&dialplan.Input{})
	for _, name := range section.laterBlocks {
		if _, known := c.blocks[name]; !known {
			c.blocks[name] = Block{Type: name}
		}
	}
	l.bodies = append(l.bodies, c.body(top, Block{}))
}

// body converts the members of an object: those named as a block, at the top of a file, are blocks.
func (c *jsonBody) body(n *jsonNode, of Block) *hclsyntax.Body {
	b := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: n.at, EndRange: hcl.Range{Filename: c.name, Start: n.at.End, End: n.at.End}}
	for _, m := range n.members {
		if m.name == "//" || m.name == "$schema" && of.Type == "" {
			continue
		}
		if block, isBlock := c.blocks[m.name]; isBlock && of.Type == "" {
			c.block(b, block, m)
			continue
		}
		at := inside(m.at)
		if first := b.Attributes[m.name]; first != nil {
			c.l.errorf(at, "", "%s is set twice, first at %s:%d", m.name, c.name, first.NameRange.Start.Line)
			continue
		}
		b.Attributes[m.name] = &hclsyntax.Attribute{
			Name: m.name, Expr: c.attribute(m.value, of, m.name), SrcRange: hcl.RangeBetween(m.at, m.value.at), NameRange: at, EqualsRange: at,
		}
	}
	return b
}

// inside takes the quotes from a range.
func inside(at hcl.Range) hcl.Range {
	at.Start.Byte, at.Start.Column = at.Start.Byte+1, at.Start.Column+1
	at.End.Byte, at.End.Column = at.End.Byte-1, at.End.Column-1
	return at
}

// block converts a member that is a block, a list of such, or with names a group of them by name.
func (c *jsonBody) block(into *hclsyntax.Body, of Block, m jsonMember) {
	for _, one := range each(m.value) {
		if !one.isObject() {
			c.l.errorf(one.at, "Write it in { }.", "%s is a block, not a single value", of.Type)
			continue
		}
		if of.Label == "" {
			c.add(into, of, m, one, nil)
			continue
		}
		for _, named := range one.members {
			if named.name == "//" {
				continue
			}
			for _, body := range each(named.value) {
				if !body.isObject() {
					c.l.errorf(body.at, fmt.Sprintf(`Write "%s": { %q: { ... } }.`, of.Type, of.Label), "%s %q is a group in { }", of.Type, named.name)
					continue
				}
				c.add(into, of, m, body, &named)
			}
		}
	}
}

// each gives the items of an array, or the value alone.
func each(n *jsonNode) []*jsonNode {
	if n.isArray() {
		return n.items
	}
	return []*jsonNode{n}
}

func (c *jsonBody) add(into *hclsyntax.Body, of Block, m jsonMember, body *jsonNode, label *jsonMember) {
	last := hcl.Range{Filename: c.name, Start: body.at.End, End: body.at.End}
	b := &hclsyntax.Block{Type: of.Type, TypeRange: inside(m.at), OpenBraceRange: body.at, CloseBraceRange: last}
	if label != nil {
		b.Labels, b.LabelRanges = []string{label.name}, []hcl.Range{label.at}
		b.TypeRange = inside(label.at) // each block has a place of its own
	} else if m.value.isArray() {
		b.TypeRange = body.at
	}
	b.Body = c.body(body, of)
	into.Blocks = append(into.Blocks, b)
}

// attribute converts a value by what stands there: steps, a table of them, or anything else.
func (c *jsonBody) attribute(n *jsonNode, of Block, name string) hclsyntax.Expression {
	if of.Type == "let" {
		return c.letValue(n)
	}
	i := slices.IndexFunc(of.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return c.value(n)
	}
	switch s := of.Attributes[i].Shape; {
	case s.Kind == KindSteps:
		return c.steps(n)
	case s.Kind == KindTable && s.Item != nil && s.Item.Kind == KindSteps && n.isObject():
		return c.object(n, c.steps)
	}
	return c.value(n)
}

// letValue converts what let gives a name to: steps where it can be nothing else.
func (c *jsonBody) letValue(n *jsonNode) hclsyntax.Expression {
	if n.isArray() || isChoice(n) {
		return c.steps(n)
	}
	return c.value(n)
}

// value converts a value.
func (c *jsonBody) value(n *jsonNode) hclsyntax.Expression {
	switch v := n.value.(type) {
	case string:
		return c.template(v, n.at)
	case json.Number:
		number, err := cty.ParseNumberVal(v.String())
		if err != nil {
			number = cty.Zero
			c.l.errorf(n.at, "", "this number cannot be read")
		}
		return &hclsyntax.LiteralValueExpr{Val: number, SrcRange: n.at}
	case bool:
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(v), SrcRange: n.at}
	case jsonObject:
		return c.object(n, c.value)
	case jsonArray:
		return c.array(n, c.value)
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: n.at}
}

func (c *jsonBody) array(n *jsonNode, item func(*jsonNode) hclsyntax.Expression) hclsyntax.Expression {
	list := &hclsyntax.TupleConsExpr{SrcRange: n.at, OpenRange: n.at}
	for _, one := range n.items {
		list.Exprs = append(list.Exprs, item(one))
	}
	return list
}

func (c *jsonBody) object(n *jsonNode, value func(*jsonNode) hclsyntax.Expression) hclsyntax.Expression {
	object := &hclsyntax.ObjectConsExpr{SrcRange: n.at, OpenRange: n.at}
	for _, m := range n.members {
		if m.name == "//" {
			continue
		}
		key := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(m.name), SrcRange: m.at}
		object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: value(m.value)})
	}
	return object
}

// template reads a text as what it is between the quotes of the other form, "${to}" in it included; one that is a single
// "${...}" is what stands in it.
func (c *jsonBody) template(s string, at hcl.Range) hclsyntax.Expression {
	whole := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(s), SrcRange: at}
	if !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
		return whole
	}
	if e, has := escapes(c.text, at); has {
		c.l.escapes[c.name] = append(c.l.escapes[c.name], e)
	}
	if _, deep := tooDeep([]byte("<<E\n"+s+"\nE\n"), c.name); deep {
		c.l.errorf(at, "", "this is nested too deeply")
		return whole
	}
	e, diags := hclsyntax.ParseTemplate([]byte(s), c.name, inside(at).Start)
	c.l.diags = append(c.l.diags, diags...)
	c.l.broken = c.l.broken || diags.HasErrors()
	if e == nil || diags.HasErrors() {
		return whole
	}
	if w, ok := e.(*hclsyntax.TemplateWrapExpr); ok {
		return w.Wrapped
	}
	return e
}

// unescape puts the places of what was found in texts with escapes back to where it is written.
func (l *loader) unescape() {
	for _, d := range l.diags {
		if d.Subject == nil {
			continue
		}
		for _, e := range l.escapes[d.Subject.Filename] {
			line := d.Subject.Start.Line
			start, ok := e.place(d.Subject.Start, line)
			if !ok {
				continue
			}
			end, ok := e.place(d.Subject.End, line)
			if !ok {
				end = start
			}
			d.Subject = &hcl.Range{Filename: d.Subject.Filename, Start: start, End: end}
			break
		}
	}
	clear(l.escapes)
}
