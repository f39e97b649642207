package config

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tandemgw/tandem/dialplan"
)

// ToJSON gives the JSON form of a file, indented; comments have no place in it and are left out. The file is parsed and not
// checked: what is wrong in it stays so. The error is a Diagnostics of one where it cannot be parsed.
func ToJSON(s Source) ([]byte, Diagnostics) {
	l := newLoader("", Options{})
	l.inOne = true
	l.parse(s)
	if found := l.diagnostics(); found.HasErrors() {
		return nil, found
	}
	w := &jsonWriter{source: l.sources[s.Name], blocks: map[string]Block{}}
	for _, b := range Describe().Blocks {
		w.blocks[b.Type] = b
	}
	w.body(l.bodies[0], Block{})
	var out bytes.Buffer
	if err := json.Indent(&out, w.out.Bytes(), "", "  "); err != nil {
		return nil, Diagnostics{{File: s.Name, Message: "this has no JSON form"}}
	}
	return append(out.Bytes(), '\n'), nil
}

// jsonWriter writes the JSON form. What is no plain value becomes a text with "${ }" around what the file says.
type jsonWriter struct {
	source []byte
	blocks map[string]Block
	out    bytes.Buffer
}

func (w *jsonWriter) text(s string) {
	e := json.NewEncoder(&w.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	w.out.Truncate(w.out.Len() - 1)
}

// group writes an object of n members.
func (w *jsonWriter) group(open, end byte, n int, member func(i int)) {
	w.out.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.out.WriteByte(',')
		}
		member(i)
	}
	w.out.WriteByte(end)
}

func (w *jsonWriter) name(s string) {
	w.text(s)
	w.out.WriteByte(':')
}

// body writes attributes, then blocks, those of one type as a list in the order of the file.
func (w *jsonWriter) body(b *hclsyntax.Body, of Block) {
	var types []string
	byType := map[string][]*hclsyntax.Block{}
	for _, block := range b.Blocks {
		if byType[block.Type] == nil {
			types = append(types, block.Type)
		}
		byType[block.Type] = append(byType[block.Type], block)
	}
	attributes := sorted(b)
	w.group('{', '}', len(attributes)+len(types), func(i int) {
		if i < len(attributes) {
			a := attributes[i]
			w.name(a.Name)
			w.attribute(a, of)
			return
		}
		kind := types[i-len(attributes)]
		w.name(kind)
		w.all(byType[kind], w.blocks[kind])
	})
}

// all writes the blocks of one type.
func (w *jsonWriter) all(blocks []*hclsyntax.Block, of Block) {
	one := func(i int) {
		if len(blocks[i].Labels) == 0 {
			w.body(blocks[i].Body, of)
			return
		}
		w.group('{', '}', 1, func(int) {
			w.name(blocks[i].Labels[0])
			w.body(blocks[i].Body, of)
		})
	}
	if len(blocks) == 1 {
		one(0)
		return
	}
	w.group('[', ']', len(blocks), one)
}

func (w *jsonWriter) attribute(a *hclsyntax.Attribute, of Block) {
	shape := Shape{}
	for _, known := range of.Attributes {
		if known.Name == a.Name {
			shape = known.Shape
		}
	}
	object, isObject := a.Expr.(*hclsyntax.ObjectConsExpr)
	_, isTuple := a.Expr.(*hclsyntax.TupleConsExpr)
	switch {
	case shape.Kind == KindSteps, of.Type == "let" && isTuple:
		w.steps(a.Expr)
	case shape.Kind == KindTable && shape.Item.Kind == KindSteps && isObject:
		w.object(object, w.steps)
	default:
		w.value(a.Expr)
	}
}

// steps writes what stands where steps are wanted.
func (w *jsonWriter) steps(e hclsyntax.Expression) {
	switch e := plainExpr(e).(type) {
	case *hclsyntax.TupleConsExpr:
		w.group('[', ']', len(e.Exprs), func(i int) { w.steps(e.Exprs[i]) })
	case *hclsyntax.FunctionCallExpr:
		if !isStepName(e.Name) {
			w.value(e)
			return
		}
		w.group('{', '}', 1, func(int) {
			w.name(e.Name)
			w.group('[', ']', len(e.Args), func(i int) { w.value(e.Args[i]) })
		})
	case *hclsyntax.ConditionalExpr:
		w.group('{', '}', 3, func(i int) {
			w.name([]string{"if", "then", "else"}[i])
			if i == 0 {
				w.value(e.Condition)
			} else {
				w.steps([]hclsyntax.Expression{e.TrueResult, e.FalseResult}[i-1])
			}
		})
	default:
		w.value(e)
	}
}

func plainExpr(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		p, ok := e.(*hclsyntax.ParenthesesExpr)
		if !ok {
			return e
		}
		e = p.Expression
	}
}

func (w *jsonWriter) object(o *hclsyntax.ObjectConsExpr, value func(hclsyntax.Expression)) {
	w.group('{', '}', len(o.Items), func(i int) {
		key, diags := o.Items[i].KeyExpr.Value(&hcl.EvalContext{})
		if diags.HasErrors() || key.IsNull() || key.Type() != cty.String {
			w.name(string(o.Items[i].KeyExpr.Range().SliceBytes(w.source)))
		} else {
			w.name(key.AsString())
		}
		value(o.Items[i].ValueExpr)
	})
}

// value writes any value.
func (w *jsonWriter) value(e hclsyntax.Expression) {
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		w.group('[', ']', len(e.Exprs), func(i int) { w.value(e.Exprs[i]) })
		return
	case *hclsyntax.ObjectConsExpr:
		w.object(e, w.value)
		return
	case *hclsyntax.TemplateExpr:
		w.template(e)
		return
	case *hclsyntax.LiteralValueExpr:
		if b, err := ctyjson.Marshal(e.Val, e.Val.Type()); err == nil {
			w.out.Write(b)
			return
		}
	}
	if v, diags := e.Value(nil); !diags.HasErrors() && v.IsWhollyKnown() && v.Type() == cty.Number { // -1 is an operation
		if b, err := ctyjson.Marshal(v, v.Type()); err == nil {
			w.out.Write(b)
			return
		}
	}
	w.text("${" + string(e.Range().SliceBytes(w.source)) + "}")
}

// template writes text that values stand in.
func (w *jsonWriter) template(t *hclsyntax.TemplateExpr) {
	var b strings.Builder
	for _, p := range t.Parts {
		if lit, ok := p.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String {
			b.WriteString(strings.NewReplacer("${", "$${", "%{", "%%{").Replace(lit.Val.AsString()))
			continue
		}
		b.WriteString("${" + string(p.Range().SliceBytes(w.source)) + "}")
	}
	w.text(b.String())
}

// isStepName says whether the language has a step of that name.
func isStepName(name string) bool {
	for _, f := range dialplan.StepForms() {
		if f.Name == name {
			return true
		}
	}
	return false
}
