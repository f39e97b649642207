package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// digitsVariable is what was pressed, for the steps of a key.
const digitsVariable = "digits"

// Keys that are no digits.
const (
	keyElse    = "else"
	keyTimeout = "timeout"
)

// collectLabels takes the names of all blocks of a type, before anything refers to them. One that is taken is reported.
func (c *compiler) collectLabels(blocks []*hclsyntax.Block, kind string, into labels, most int) []*hclsyntax.Block {
	var fine []*hclsyntax.Block
	first := map[string]hcl.Range{}
	for _, b := range blocks {
		if b.Type != kind {
			continue
		}
		if len(b.Labels) != 1 {
			at := b.TypeRange
			if len(b.Labels) > 1 {
				at = b.LabelRanges[1]
			}
			c.errorf(at, fmt.Sprintf("Write %s \"main\" { ... }.", kind), "a %s has one name", kind)
			continue
		}
		name, at := b.Labels[0], b.LabelRanges[0]
		switch before, taken := first[name]; {
		case !IsRoomName(name):
			c.errorf(at, "", "a %s has a name of 1 to %d letters, digits and . - _ + *, which %q is not", kind, MaxRoomName, name)
			continue
		case taken:
			c.errorf(at, "", "there are two of %s %q, the first at %s", kind, name, place(before))
			continue
		case len(first) == most:
			c.errorf(at, "", "a plan has at most %d of %s", most, kind)
			return fine
		}
		first[name], into[name] = at, false
		fine = append(fine, b)
	}
	return fine
}

// attribute is one name of a block of the dialplan: how it is read, and what takes its value.
type attribute struct {
	name string
	read reader
	set  func(v any)
}

// blockAttributes reads the attributes of a block, each known before any call, and reports those that there are not.
// Names that own takes itself are left to it.
func (c *compiler) blockAttributes(b *hclsyntax.Block, all []attribute, own ...string) {
	names := slices.Clone(own)
	for _, a := range all {
		names = append(names, a.name)
	}
	for _, a := range sortedAttributes(b.Body) {
		i := slices.IndexFunc(all, func(k attribute) bool { return k.name == a.Name })
		switch {
		case i >= 0:
			if v, ok := c.setting(a, all[i].read); ok {
				all[i].set(v)
			}
		case !slices.Contains(own, a.Name):
			hint := DidYouMean(a.Name, names)
			if hint == "" {
				hint = "There are " + strings.Join(names, ", ") + "."
			}
			c.errorf(a.NameRange, hint, "%s has no %q", b.Type, a.Name)
		}
	}
	for _, nested := range b.Body.Blocks {
		hint := DidYouMean(nested.Type, names)
		if slices.Contains(names, nested.Type) {
			hint = fmt.Sprintf("Write %s = ...", nested.Type)
		}
		c.errorf(nested.TypeRange, hint, "%s holds no block %q", b.Type, nested.Type)
	}
}

// setting reads the value of an attribute that no call has a part in.
func (c *compiler) setting(a *hclsyntax.Attribute, read reader) (any, bool) {
	if !c.fixedValue(a.Expr) {
		return nil, false
	}
	before := len(c.diags)
	v, known, ok := c.checkValue(a.Expr, read)
	for _, found := range c.diags[before:] {
		ok = ok && found.Severity != hcl.DiagError
	}
	return v, ok && known
}

// fixedValue reports an expression that a call has a part in.
func (c *compiler) fixedValue(e hclsyntax.Expression) bool {
	d, ok := c.dependencies(e)
	if ok && d.live {
		c.errorf(e.Range(), "", "this is settled before any call: nothing of a call has a value here")
	}
	return ok && !d.live
}

// compileMenu takes one menu block, whose name is fine.
func (c *compiler) compileMenu(b *hclsyntax.Block) {
	at := b.LabelRanges[0]
	m := &Menu{
		Name: b.Labels[0], Wait: MenuWait, Between: MenuBetween, Retries: -1, Answer: true,
		File: at.Filename, Line: at.Start.Line,
	}
	direct := false
	c.blockAttributes(b, []attribute{
		{"play", readPrompts, func(v any) { m.Prompt = v.([]Prompt) }},
		{"wait", readTime(100*time.Millisecond, maxMenuWait), func(v any) { m.Wait = v.(time.Duration) }},
		{"between", readTime(100*time.Millisecond, maxMenuBetween), func(v any) { m.Between = v.(time.Duration) }},
		{"digits", readWhole("digits", 1, MaxMenuDigits), func(v any) { m.Digits = v.(int) }},
		{"retries", readWhole("retries", 0, MaxMenuRetries), func(v any) { m.Retries = v.(int) }},
		{"invalid", readSound, func(v any) { m.Invalid = v.(string) }},
		{"answer", flagReader("answer"), func(v any) { m.Answer = v.(bool) }},
		{"direct", flagReader("direct"), func(v any) { direct = v.(bool) }},
	}, "keys")
	if direct {
		m.direct = &row{Row: Row{From: menuLabel(m.Name), Pattern: "a user's number", File: m.File, Line: m.Line}}
		m.people = c.dialable()
	}
	m.Direct = direct
	c.plan.menus[m.Name] = m
	c.compileKeys(b, m)
	c.menuDigits(b, m)
	if m.Retries < 0 {
		m.Retries = MenuRetries
		if m.other != nil || m.silent != nil {
			m.Retries = 0
		}
	}
}

func menuLabel(name string) string { return "menu " + name }

// dialable gives the numbers of all users that can be pressed; they are sorted once for all menus.
func (c *compiler) dialable() []string {
	if c.people == nil {
		c.people = append([]string{}, dialable(c.plan.names.Users, MaxMenuDigits)...)
	}
	return c.people
}

// menuDigits settles how many digits an entry has.
func (c *compiler) menuDigits(b *hclsyntax.Block, m *Menu) {
	longest := 1
	for _, k := range m.keys {
		longest = max(longest, k.pattern.longest(MaxMenuDigits))
	}
	if m.direct != nil {
		for _, n := range m.people {
			longest = max(longest, len(n))
		}
	}
	if b.Body.Attributes["digits"] == nil || m.Digits == 0 {
		m.Digits = longest
		return
	}
	for _, k := range m.keys {
		if n := k.pattern.longest(MaxMenuDigits + 1); n > m.Digits && n <= MaxMenuDigits {
			c.errorf(k.at, fmt.Sprintf("Write digits = %d, or leave it out.", longest), "this key wants %d digits, and the menu takes at most %d", n, m.Digits)
		}
	}
}

// compileKeys takes the table of keys.
func (c *compiler) compileKeys(b *hclsyntax.Block, m *Menu) {
	const hint = `Write keys = { "1" = [dial("user:201")] }.`
	a := b.Body.Attributes["keys"]
	if a == nil {
		if m.direct == nil && !slices.ContainsFunc(b.Body.Blocks, func(n *hclsyntax.Block) bool { return n.Type == "keys" }) {
			c.consequent(b.LabelRanges[0], hint, "menu %q has no keys", m.Name)
		}
		return
	}
	table, ok := unparen(a.Expr).(*hclsyntax.ObjectConsExpr)
	if !ok {
		c.errorf(a.Expr.Range(), hint, "keys is a table of keys and steps")
		return
	}
	if len(table.Items) == 0 && m.direct == nil {
		c.errorf(a.Expr.Range(), hint, "menu %q has no keys", m.Name)
	}
	if len(table.Items) > MaxMenuKeys {
		c.errorf(a.Expr.Range(), "", "a menu has at most %d keys, not %d", MaxMenuKeys, len(table.Items))
		return
	}
	for _, item := range table.Items {
		c.compileKey(m, item)
	}
	c.warnShadowedIn(m.keys)
}

// compileKey takes one row of the table.
func (c *compiler) compileKey(m *Menu, item hclsyntax.ObjectConsItem) {
	at := item.KeyExpr.Range()
	pattern, ok := c.keyPattern(item.KeyExpr)
	var steps program
	c.within(append(pattern.captureNames(), digitsVariable), func() { steps = c.compileSteps(item.ValueExpr) })
	if !ok || steps == nil {
		return
	}
	r := &row{
		Row:     Row{From: menuLabel(m.Name), Pattern: pattern.text, File: at.Filename, Line: at.Start.Line},
		pattern: pattern, program: steps, at: at,
	}
	r.spot = c.spot(r.Row.name(), at)
	switch pattern.text {
	case keyElse, keyTimeout:
		into := &m.other
		if pattern.text == keyTimeout {
			into = &m.silent
		}
		if *into != nil {
			c.errorf(at, "", "%q is there twice, first at %s", pattern.text, place((*into).at))
			return
		}
		*into = r
		return
	}
	m.keys = append(m.keys, r)
	c.tryKey(r)
}

// keyPattern reads the left side of a key: digits, a pattern of them, "else" or "timeout".
func (c *compiler) keyPattern(key hclsyntax.Expression) (Pattern, bool) {
	if v, diags := key.Value(c.plan.base); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
		if s := v.AsString(); s == keyElse || s == keyTimeout {
			return Pattern{text: s}, true
		}
	}
	p, ok := c.rowPattern(key)
	if !ok {
		return p, false
	}
	if part, fine := p.pressable(); !fine {
		hint := DidYouMean(p.text, []string{keyElse, keyTimeout})
		if hint == "" {
			hint = `A key is of 0-9, *, #, X, N, Z, [1-5] and ., or "else" or "timeout".`
		}
		c.errorf(key.Range(), hint, "nobody can press %q", part)
		return p, false
	}
	if n := len(p.elems); n > MaxMenuDigits {
		c.errorf(key.Range(), "", "a key has at most %d digits, not %d", MaxMenuDigits, n)
		return p, false
	}
	return p, true
}

// tryKey works the steps of a key out for digits that it takes, and reports one that fails for each of them.
func (c *compiler) tryKey(r *row) {
	if _, same := settled(r.program); same {
		return
	}
	first := ""
	for i, digits := range r.pattern.pressSamples() {
		request := Request{From: Source{FromUser, "1"}, To: "1", Caller: "1"}
		_, err := r.program.run(c.plan.newScope(request).with(r.pressed(digits)))
		if err == nil {
			return
		}
		if i == 0 {
			first = fmt.Sprintf("when %q is pressed: %s", digits, err.reason)
		}
	}
	if first != "" {
		c.errorf(r.at, "", "this key never works; %s", first)
	}
}

// pressSamples gives digits that the pattern takes: its least and its greatest.
func (p Pattern) pressSamples() []string {
	var least, greatest strings.Builder
	for _, e := range p.elems {
		for i := range len(keypad) {
			if e.set.has(keypad[i]) {
				least.WriteByte(keypad[i])
				break
			}
		}
		for i := range len(keypad) {
			if k := keypad[(9-i+len(keypad))%len(keypad)]; e.set.has(k) { // from the 9 down
				greatest.WriteByte(k)
				break
			}
		}
	}
	return []string{least.String(), greatest.String()}
}

// flagReader gives a reader of true or false.
func flagReader(name string) reader {
	return func(v cty.Value, _ *reading) (any, []problem) { return readFlag(v, name) }
}

// readWhole gives a reader of whole numbers from least to most.
func readWhole(what string, least, most int64) reader {
	return readNumber(what, least, most, func(cty.Value) string {
		return fmt.Sprintf("%s is a whole number from %d to %d", what, least, most)
	})
}

// readNumber gives a reader of whole numbers from least to most; refusal says what is
// wrong with any other number.
func readNumber(what string, least, most int64, refusal func(cty.Value) string) reader {
	return func(v cty.Value, _ *reading) (any, []problem) {
		if later(v, cty.Number) {
			return nil, nil
		}
		if v.IsNull() || v.Type() != cty.Number {
			return nil, wrong(fmt.Sprintf("%s is a number, not %s", what, Kind(v)), "")
		}
		n, accuracy := v.AsBigFloat().Int64()
		if accuracy != 0 || n < least || n > most {
			return nil, wrong(refusal(v), "")
		}
		return int(n), nil
	}
}
