package dialplan

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// fixedText reads an argument that no call may have a part in.
func (c *compiler) fixedText(e hclsyntax.Expression, step string, read reader) (string, bool) {
	a, ok := c.compileArgument(e, read)
	if ok && a.expr != nil {
		c.errorf(e.Range(), "", "what %s() asks must not depend on the call", step)
		return "", false
	}
	s, is := a.fixed.(string)
	return s, ok && is
}

// programOptions reads the options of ask and script: default, which is steps, and others, which others reads.
func (c *compiler) programOptions(e hclsyntax.Expression, step string, others map[string]func(hclsyntax.Expression) bool) (fallback program, ok bool) {
	object, is := unparen(e).(*hclsyntax.ObjectConsExpr)
	if !is {
		c.errorf(e.Range(), "Write { default = [reject(503)] }.", "the options of %s() stand in { }", step)
		return nil, false
	}
	ok = true
	known := []string{"default"}
	for name := range others {
		known = append(known, name)
	}
	for _, item := range object.Items {
		key, diags := item.KeyExpr.Value(c.plan.base)
		if diags.HasErrors() || key.IsNull() || key.Type() != cty.String {
			c.errorf(item.KeyExpr.Range(), "", "the names of options are text")
			return nil, false
		}
		name := key.AsString()
		switch read := others[name]; {
		case name == "default":
			fallback = c.compileSteps(item.ValueExpr)
			ok = ok && fallback != nil
		case read != nil:
			ok = read(item.ValueExpr) && ok
		default:
			slices.Sort(known)
			c.errorf(item.KeyExpr.Range(), DidYouMean(name, known), "%s has no option %q", step, name)
			ok = false
		}
	}
	return fallback, ok
}

// named is the reader of options that compile reads: it only says what they are.
func named(options ...string) reader {
	return func(_ cty.Value, in *reading) (any, []problem) {
		if in.known != nil {
			*in.known = append(*in.known, options...)
		}
		return nil, nil
	}
}
