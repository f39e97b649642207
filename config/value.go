package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tandemgw/tandem/dialplan"
)

// value is the value of one attribute, or of one item of it, with its place. Its methods read it, and report what is
// wrong with it.
type value struct {
	l    *loader
	name string // for messages
	v    cty.Value
	expr hclsyntax.Expression
	at   hcl.Range
}

// evaluate works out an attribute. Variables there are none; a bare word is most often text without its quotes.
func (l *loader) evaluate(name string, e hclsyntax.Expression) (value, bool) {
	ok := true
	for _, v := range e.Variables() {
		l.errorf(v.SourceRange(), fmt.Sprintf("Text stands in quotes: %q.", v.RootName()), "there is no value named %q", v.RootName())
		ok = false
	}
	ok = l.checkFunctions(e) && ok
	if !ok {
		return value{}, false
	}
	v, diags := e.Value(l.context)
	l.diags = append(l.diags, diags...)
	return value{l, name, v, e, e.Range()}, !diags.HasErrors() && v.IsWhollyKnown()
}

// checkFunctions reports functions that there are not.
func (l *loader) checkFunctions(e hclsyntax.Expression) bool {
	ok := true
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		f, is := n.(*hclsyntax.FunctionCallExpr)
		if !is {
			return nil
		}
		if _, known := l.context.Functions[f.Name]; !known {
			ok = false
			hint := dialplan.DidYouMean(f.Name, slices.Sorted(maps.Keys(l.context.Functions)))
			if hint == "" {
				hint = `There are env("NAME") and file("PATH").`
			}
			l.errorf(f.NameRange, hint, "there is no function %q here", f.Name)
		}
		return nil
	})
	return ok
}

// text reads text.
func (v value) text(into *string) bool {
	if v.asked(Shape{Kind: KindText}) {
		return false
	}
	if v.v.IsNull() || v.v.Type() != cty.String {
		hint := ""
		if !v.v.IsNull() && v.v.Type() == cty.Number {
			hint = fmt.Sprintf("Write it in quotes: %q.", v.v.AsBigFloat().Text('f', -1))
		}
		v.l.errorf(v.at, hint, "%s is text in quotes, not %s", v.name, dialplan.Kind(v.v))
		return false
	}
	*into = v.v.AsString()
	return true
}

// line reads text of one line, of at least one and at most 255 octets.
func (v value) line(into *string) bool {
	var s string
	switch {
	case !v.text(&s):
		return false
	case s == "":
		v.l.errorf(v.at, "", "%s is empty", v.name)
	case len(s) > 255:
		v.l.errorf(v.at, "", "%s is longer than 255 octets", v.name)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		v.l.errorf(v.at, "", "%s holds characters that cannot be printed", v.name)
	default:
		*into = s
		return true
	}
	return false
}

// secret reads a password.
func (v value) secret(into *Secret) {
	var s string
	if v.asked(Shape{Kind: KindText, Secret: true}) || !v.text(&s) {
		return
	}
	switch {
	case s == "":
		v.l.errorf(v.at, "", "%s is empty", v.name)
	case len(s) > 1024:
		v.l.errorf(v.at, "", "%s is longer than 1024 octets", v.name)
	default:
		*into = Secret(s)
	}
}

// boolean reads true or false.
func (v value) boolean(into *bool) {
	if v.asked(Shape{Kind: KindFlag}) {
		return
	}
	if v.v.IsNull() || v.v.Type() != cty.Bool {
		hint := ""
		if !v.v.IsNull() && v.v.Type() == cty.String {
			hint = "Write it without quotes."
		}
		v.l.errorf(v.at, hint, "%s is true or false, not %s", v.name, dialplan.Kind(v.v))
		return
	}
	*into = v.v.True()
}

// isNumber says whether the value is a number, and reports it where it is not.
func (v value) isNumber() bool {
	if v.asked(Shape{Kind: KindNumber}) {
		return false
	}
	if !v.v.IsNull() && v.v.Type() == cty.Number {
		return true
	}
	hint := ""
	if !v.v.IsNull() && v.v.Type() == cty.String {
		hint = "Write it without quotes."
	}
	v.l.errorf(v.at, hint, "%s is a number, not %s", v.name, dialplan.Kind(v.v))
	return false
}

// float reads a number.
func (v value) float() (float64, bool) {
	if !v.isNumber() {
		return 0, false
	}
	f, _ := v.v.AsBigFloat().Float64()
	return f, true
}

// number reads a whole number.
func (v value) number(into *int, least, most int64) {
	if v.asked(Shape{Kind: KindNumber, Least: strconv.FormatInt(least, 10), Most: strconv.FormatInt(most, 10)}) || !v.isNumber() {
		return
	}
	n, accuracy := v.v.AsBigFloat().Int64()
	if accuracy != 0 || n < least || n > most {
		v.l.errorf(v.at, "", "%s is a whole number from %d to %d", v.name, least, most)
		return
	}
	*into = int(n)
}

// word reads one of several words. Those of later are refused as not yet there.
func (v value) word(into *string, known, later []string) bool {
	var s string
	if v.asked(Shape{Kind: KindWord, Words: known}) || !v.text(&s) {
		return false
	}
	switch {
	case slices.Contains(known, s):
		*into = s
		return true
	case slices.Contains(later, s):
		v.l.errorf(v.at, "", "%s = %q is not yet in this version", v.name, s)
	default:
		hint := dialplan.DidYouMean(s, slices.Concat(known, later))
		if v.name == "codecs" {
			hint = dialplan.CodecHint(s)
		}
		if hint == "" {
			hint = fmt.Sprintf("It is %s.", oneOf(known))
		}
		v.l.errorf(v.at, hint, "%s cannot be %q", v.name, s)
	}
	return false
}

// items gives the items of a list, each with its own place.
func (v value) items(most int) ([]value, bool) {
	if v.askedItems() {
		return []value{v}, true
	}
	t := v.v.Type()
	if v.v.IsNull() || !t.IsTupleType() && !t.IsListType() {
		v.l.errorf(v.at, "Write it in [ ].", "%s is a list, not %s", v.name, dialplan.Kind(v.v))
		return nil, false
	}
	if n := v.v.LengthInt(); n > most {
		v.l.errorf(v.at, "", "%s has %d items: at most %d", v.name, n, most)
		return nil, false
	}
	tuple, written := v.expr.(*hclsyntax.TupleConsExpr)
	var all []value
	for i, item := range v.v.AsValueSlice() {
		one := value{v.l, v.name, item, v.expr, v.at}
		if written && i < len(tuple.Exprs) {
			one.expr, one.at = tuple.Exprs[i], tuple.Exprs[i].Range()
		}
		all = append(all, one)
	}
	return all, true
}

// members gives the members of an object, each with the place of its value, and reports those that there are not; then it
// returns false.
func (v value) members(keys []key) bool {
	if v.askedMembers(keys) {
		return true
	}
	if t := v.v.Type(); v.v.IsNull() || !t.IsObjectType() {
		v.l.errorf(v.at, "Write it in { }.", "%s is a group in { }, not %s", v.name, dialplan.Kind(v.v))
		return false
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	places := map[string]hclsyntax.ObjectConsItem{}
	if object, ok := v.expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			if name, diags := item.KeyExpr.Value(v.l.context); !diags.HasErrors() && name.Type() == cty.String {
				places[name.AsString()] = item
			}
		}
	}
	known := true
	members := v.v.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		one := value{v.l, v.name + " " + name, members[name], v.expr, v.at}
		at := v.at
		if item, ok := places[name]; ok {
			one.expr, one.at, at = item.ValueExpr, item.ValueExpr.Range(), item.KeyExpr.Range()
		}
		if i := slices.Index(names, name); i >= 0 {
			keys[i].set(one)
			continue
		}
		known = false
		hint := dialplan.DidYouMean(name, names)
		if hint == "" {
			hint = fmt.Sprintf("There are %s.", list(names))
		}
		v.l.errorf(at, hint, "%s has no %q", v.name, name)
	}
	return known
}

// host reads the name of a host.
func (v value) host(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "host name"}) || !v.line(&s) {
		return
	}
	if !dialplan.IsHostName(s) {
		v.l.errorf(v.at, `Write "pbx.example.com", for example.`, "%s %q is no host name", v.name, s)
		return
	}
	*into = strings.ToLower(strings.TrimSuffix(s, "."))
}

// path reads the path of a file or folder, meant from the folder of the configuration.
func (v value) path(into *string) bool {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "path of a file or folder"}) || !v.line(&s) {
		return false
	}
	*into = v.l.beside(s)
	return true
}

// list joins words: a, b and c.
func list(words []string) string { return joined(words, " and ") }

// oneOf joins words: a, b or c.
func oneOf(words []string) string { return joined(words, " or ") }

func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + last + words[len(words)-1]
}
