package dialplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Bounds of prefixes.
const (
	MaxPrefixes     = 500  // names
	MaxPrefixList   = 2000 // prefixes of one name
	maxAlternatives = 4000 // of one row: prefixes of one name times those of another
)

// prefixes is one name of a prefixes block.
type prefixes struct {
	at   hcl.Range
	list []string // beginnings of numbers, each a pattern of its own
}

// brace reads a "{" or "}" of a pattern and says how many octets it took. open is where the capture began that is not
// closed yet, or -1.
func (p *Pattern) brace(text string, i int, open *int) (int, error) {
	if text[i] == '}' {
		last := len(p.captures) - 1
		switch {
		case *open < 0:
			return 0, &PatternError{i, `"}" without a "{" before it`}
		case p.captures[last].from == len(p.elems):
			return 0, &PatternError{i, fmt.Sprintf("%q takes nothing", p.captures[last].name)}
		}
		p.captures[last].to, *open = len(p.elems), -1
		return 1, nil
	}
	if *open >= 0 {
		return 0, &PatternError{i, `"{" inside of another`}
	}
	name, _, ok := strings.Cut(text[i+1:], ":")
	if end := strings.IndexByte(text[i:], '}'); !ok || end >= 0 && end < 1+len(name) {
		return 0, &PatternError{i, `"{" wants a name, a colon and what it takes, such as {number:X.}`}
	}
	switch {
	case !isCaptureName(name):
		return 0, &PatternError{i + 1, fmt.Sprintf("%q is no name: lower case letters, digits and _", name)}
	case slices.Contains(callVariables(), name):
		return 0, &PatternError{i + 1, fmt.Sprintf("%q is given by the call", name)}
	case slices.ContainsFunc(p.captures, func(c capture) bool { return c.name == name }):
		return 0, &PatternError{i + 1, fmt.Sprintf("%q is there twice", name)}
	}
	p.captures = append(p.captures, capture{name: name, from: len(p.elems)})
	*open = i
	return len(name) + 2, nil
}

// isCaptureName says whether s can be the name of a part of a pattern, or of prefixes.
func isCaptureName(s string) bool {
	if s == "" || len(s) > 32 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// captured gives the parts of a number that the pattern takes and has names for; nil where it has none.
func (p *Pattern) captured(number string) map[string]string {
	for i := range p.any {
		if p.any[i].Match(number) {
			return p.any[i].captured(number)
		}
	}
	if len(p.captures) == 0 {
		return nil
	}
	starts := make([]int, len(p.elems)+1)
	if _, _, ok := p.run(number, starts); !ok {
		return nil
	}
	starts[len(p.elems)] = len(number)
	parts := make(map[string]string, len(p.captures))
	for _, c := range p.captures {
		parts[c.name] = number[starts[c.from]:starts[c.to]]
	}
	return parts
}

// captureNames gives the names that every number which the pattern takes has a part for.
func (p *Pattern) captureNames() []string {
	if len(p.any) > 0 {
		return p.any[0].captureNames()
	}
	var names []string
	for _, c := range p.captures {
		names = append(names, c.name)
	}
	return names
}

// missAny says why none of several patterns takes a number: by the one that came furthest, where there are few.
func (p *Pattern) missAny(number string) string {
	if p.Match(number) {
		return ""
	}
	return fmt.Sprintf("%q begins with none of its %d prefixes", number, len(p.any))
}

// collectPrefixes takes the names of a prefixes block.
func (c *compiler) collectPrefixes(b *hclsyntax.Block) {
	if len(b.Labels) > 0 {
		c.errorf(b.LabelRanges[0], `Write prefixes { mobile = ["+4915", "+4916"] } over several lines.`, "prefixes has no name")
	}
	for _, nested := range b.Body.Blocks {
		c.errorf(nested.TypeRange, fmt.Sprintf("Write %s = [...].", nested.Type), "prefixes holds lists, not blocks")
	}
	for _, a := range sortedAttributes(b.Body) {
		first, taken := c.prefixes[a.Name]
		switch {
		case !isCaptureName(a.Name):
			c.errorf(a.NameRange, "", "%q is no name of prefixes: lower case letters, digits and _", a.Name)
		case taken:
			c.errorf(a.NameRange, "", "%q is set twice, first at %s", a.Name, place(first.at))
		case len(c.prefixes) == MaxPrefixes:
			c.errorf(a.NameRange, "", "a plan has at most %d named prefixes", MaxPrefixes)
		default:
			c.prefixes[a.Name] = &prefixes{a.NameRange, c.prefixList(a)}
		}
	}
}

// prefixList reads the prefixes of one name.
func (c *compiler) prefixList(a *hclsyntax.Attribute) []string {
	v, diags := a.Expr.Value(c.plan.base)
	c.diags = append(c.diags, diags...)
	broken := []string{"0"} // it has been told: rows that name it are not told of again
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return broken
	}
	elements := []cty.Value{v}
	if !v.IsNull() && isList(v) {
		elements = v.AsValueSlice()
	}
	if n := len(elements); n == 0 || n > MaxPrefixList {
		c.errorf(a.Expr.Range(), "", "a name stands for 1 to %d prefixes, not %d", MaxPrefixList, n)
		return broken
	}
	var list []string
	for i, one := range elements {
		s, ok, problems := text(one, "a prefix")
		for _, p := range problems {
			p.index = i
			c.problems(a.Expr, []problem{p})
		}
		if !ok {
			continue
		}
		p, err := ParsePattern(s)
		at := partRange(a.Expr, problem{index: i})
		switch {
		case err != nil:
			c.errorf(at, "", "prefix %q: %v", s, err)
		case len(p.captures) > 0 || slices.ContainsFunc(p.elems, func(e element) bool { return e.many }):
			c.errorf(at, `Write how numbers begin, such as "+4915" or "+491[5-7]".`, "prefix %q: what follows it is not written", s)
		default:
			list = append(list, s)
		}
	}
	if list == nil {
		return broken
	}
	return list
}

// namedPrefix finds the last {name} before an octet of a pattern.
func namedPrefix(text string, before int) (name string, from, to int, ok bool) {
	for from = strings.LastIndexByte(text[:before], '{'); from >= 0; from = strings.LastIndexByte(text[:from], '{') {
		if end := strings.IndexByte(text[from:], '}'); end > 0 && isCaptureName(text[from+1:from+end]) {
			return text[from+1 : from+end], from, from + end + 1, true
		}
	}
	return "", 0, 0, false
}

// alternatives gives what a pattern stands for that names prefixes; nil where it names none. A name alone, or at the end,
// takes what begins with one of them and goes on.
func (c *compiler) alternatives(text string) ([]string, *PatternError) {
	if p := c.prefixes[text]; p != nil {
		text = "{" + text + "}"
	}
	all := []string{""}
	found := false
	for {
		name, from, to, ok := namedPrefix(text, len(text))
		if !ok {
			break
		}
		p := c.prefixes[name]
		if p == nil {
			return nil, &PatternError{from, fmt.Sprintf("there are no prefixes %q", name)}
		}
		after := text[to:]
		if after == "" && !found {
			after = "."
		}
		if len(all)*len(p.list) > maxAlternatives {
			return nil, &PatternError{from, fmt.Sprintf("the prefixes of a row make at most %d patterns", maxAlternatives)}
		}
		var longer []string
		for _, begin := range p.list {
			for _, end := range all {
				longer = append(longer, begin+after+end)
			}
		}
		all, text, found = longer, text[:from], true
	}
	if !found {
		return nil, nil
	}
	for i := range all {
		all[i] = text + all[i]
	}
	return all, nil
}

// parseRow reads the left side of a row: a pattern, the name of prefixes or of a class of numbers.
func (c *compiler) parseRow(text string) (Pattern, error) {
	all, bad := c.alternatives(text)
	switch {
	case bad != nil:
		return Pattern{text: text}, bad
	case all == nil && slices.Contains(c.classes, text):
		return Pattern{text: text, class: text}, nil
	case all == nil: // most rows
		return ParsePattern(text)
	}
	p := Pattern{text: text}
	for _, one := range all {
		alternative, err := ParsePattern(one)
		if err != nil {
			return p, &PatternError{0, fmt.Sprintf("with the prefix it is %q: %v", one, err)}
		}
		p.any = append(p.any, alternative)
	}
	return p, nil
}
