package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/dialplan"
)

// entry is one thing that can be explained.
type entry struct {
	path string // "trunk", "trunk.register.user", "dial", "dial.options.next_on", "substr"
	text func() string
}

// Explain says what a block, an attribute, a step, a function or a value of a call is: "trunk.register", "register",
// "dial", "dial.timeout". Of what is in several blocks it tells of each. Where there is none of that name text is empty,
// and near is what may have been meant, or empty.
func Explain(key string) (text, near string) {
	entries := Describe().entries()
	key = strings.Trim(strings.ReplaceAll(key, " ", "."), ".")
	var found []entry
	for _, e := range entries {
		if e.path == key {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		for _, e := range entries {
			if strings.HasSuffix(e.path, "."+key) || withoutOptions(e.path) == key || strings.HasSuffix(withoutOptions(e.path), "."+key) {
				found = append(found, e)
			}
		}
	}
	if len(found) == 0 {
		return "", nearest(key, entries)
	}
	texts := make([]string, len(found))
	for i, e := range found {
		texts[i] = e.text()
	}
	return strings.Join(texts, "\n"), ""
}

// withoutOptions lets "dial.next_on" be asked for.
func withoutOptions(path string) string { return strings.Replace(path, ".options.", ".", 1) }

// nearest gives the path that was likely meant.
func nearest(key string, entries []entry) string {
	var whole, last []string
	for _, e := range entries {
		whole = append(whole, e.path, withoutOptions(e.path))
		last = append(last, e.path[strings.LastIndexByte(e.path, '.')+1:])
	}
	return dialplan.Suggest(key, append(whole, last...))
}

// Explained gives all paths that Explain knows, in the order of the reference.
func Explained() []string {
	var all []string
	for _, e := range Describe().entries() {
		all = append(all, e.path)
	}
	return all
}

// entries gives everything that can be explained.
func (v Vocabulary) entries() []entry {
	var all []entry
	for _, b := range v.Blocks {
		prefix := ""
		if b.Type != "" {
			all = append(all, entry{b.Type, b.explain})
			prefix = b.Type + "."
		}
		eachPath(b.Attributes, prefix, func(path string, a Attribute) {
			all = append(all, entry{path, func() string { return a.explain(path, b.place()) }})
		})
	}
	for _, s := range v.Steps {
		all = append(all, entry{s.Name, s.explain})
		eachPath(s.Arguments, s.Name+".", func(path string, a Attribute) {
			all = append(all, entry{path, func() string { return a.explain(path, s.Form) }})
		})
	}
	for _, w := range slices.Concat(v.Functions, v.Variables) {
		all = append(all, entry{w.Name, func() string { return fmt.Sprintf("%s: %s.\n", w.Form, w.Does) }})
	}
	return all
}

func eachPath(all []Attribute, prefix string, f func(path string, a Attribute)) {
	for _, a := range all {
		f(prefix+a.Name, a)
		eachPath(a.Shape.Members, prefix+a.Name+".", f)
	}
}

// place says where the attributes of a block stand.
func (b Block) place() string {
	if b.Type == "" {
		return "at the top of a file"
	}
	return "in " + b.written() + " { ... }"
}

func (b Block) explain() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s { ... }: %s.\n", b.written(), b.Does)
	wide := 0
	for _, a := range b.Attributes {
		wide = max(wide, len(a.Name))
	}
	for _, a := range b.Attributes {
		fmt.Fprintf(&t, "  %-*s  %s\n", wide, a.Name, a.Does)
	}
	return t.String()
}

func (a Attribute) explain(path, where string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s: %s.\n  stands   %s\n", path, a.Does, where)
	if a.Shape.Kind != KindValue {
		fmt.Fprintf(&t, "  value    %s\n", a.Shape.InWords())
	}
	if words := strings.Trim(a.defaultInWords(), "`"); words == Required {
		t.WriteString("  must be said\n")
	} else {
		fmt.Fprintf(&t, "  default  %s\n", words)
	}
	for _, m := range a.Shape.Members {
		fmt.Fprintf(&t, "    %-12s %s\n", m.Name, m.Does)
	}
	return t.String()
}

func (s Step) explain() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s: %s.\n", s.Form, s.Does)
	eachPath(s.Arguments, "", func(path string, a Attribute) {
		words := strings.Trim(a.defaultInWords(), "`")
		if words != Required {
			words = "default: " + words
		}
		fmt.Fprintf(&t, "  %-20s %s (%s)\n", withoutOptions("." + path)[1:], a.Does, words)
	})
	return t.String()
}
