package config

import (
	"fmt"
	"strings"
)

// Reference gives the pages of docs/reference, by file name.
func Reference() map[string]string {
	v := Describe()
	return map[string]string{
		"configuration.md": v.configurationPage(),
		"steps.md":         v.stepsPage(),
	}
}

const generated = "<!-- Written by `make reference` from the code that reads the file. -->\n"

func (v Vocabulary) configurationPage() string {
	var b strings.Builder
	b.WriteString("# Blocks and attributes\n" + generated + `
Everything that a file may say outside of steps, which are in [steps.md](steps.md). ` + "`tandem config explain trunk.register`" + `
tells the same, and ` + "`tandem config show --origin`" + ` what is in force and where it comes from. How the parts work together is
told in [dialplan.md](../dialplan.md).
`)
	for _, block := range v.Blocks {
		title := "The top of a file"
		if block.Type != "" {
			title = block.written()
		}
		fmt.Fprintf(&b, "\n## %s\n", title)
		if block.Type != "" {
			fmt.Fprintf(&b, "\n%s.\n", upperFirst(block.Does))
		}
		b.WriteString("\n| name | value | default | |\n|---|---|---|---|\n")
		rows(&b, block.Attributes, "")
	}
	return b.String()
}

// written gives a block as it begins in a file.
func (b Block) written() string {
	if b.Label == "" {
		return b.Type
	}
	return fmt.Sprintf("%s %q", b.Type, b.Label)
}

// rows writes attributes and what is in them as rows of a table.
func rows(b *strings.Builder, all []Attribute, prefix string) {
	for _, a := range all {
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, a.Name, cell(a.Shape.InWords()), cell(a.defaultInWords()), cell(a.Does))
		rows(b, a.Shape.Members, prefix+a.Name+".")
	}
}

// cell makes text fit into a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// defaultInWords gives the default as a page shows it.
func (a Attribute) defaultInWords() string {
	words, inBrackets := strings.CutPrefix(a.Default, "(")
	switch {
	case a.Default == "" || a.Default == Required:
		return a.Default
	case inBrackets:
		return strings.TrimSuffix(words, ")")
	}
	return "`" + a.Default + "`"
}

// InWords says what may stand as the value.
func (s Shape) InWords() string {
	words := string(s.Kind)
	switch s.Kind {
	case KindWord:
		words = quoted(s.Words)
	case KindNumber:
		if len(s.Words) > 0 {
			words = oneOf(s.Words)
		}
	case KindTime:
		words = `length of time such as "30s"`
	case KindFlag:
		words = "true or false"
	case KindGroup:
		words = "group in { }"
	case KindSteps:
		words = "steps: a list, a condition with steps on both sides, or the name of a let"
	case KindText, KindValue, KindList, KindTable:
	}
	if s.Kind == KindText && s.Of != "" {
		words = s.Of
	}
	if s.Kind == KindList || s.Kind == KindTable {
		words = s.manyInWords()
	}
	if s.Least != "" {
		words += fmt.Sprintf(", %s to %s", s.Least, s.Most)
	}
	if s.Kind == KindTime && len(s.Words) > 0 {
		words += ", or " + quoted(s.Words)
	}
	if s.Secret {
		words += "; never shown"
	}
	return words
}

func (s Shape) manyInWords() string {
	item := "values"
	if s.Item != nil {
		item = s.Item.InWords()
	}
	switch {
	case s.Kind == KindTable && s.Of != "":
		return fmt.Sprintf("table of %s: each has %s", s.Of, item)
	case s.Kind == KindTable:
		return "table: each name has " + item
	case s.OrItem:
		return item + ", or a list of such"
	}
	return "list of: " + item
}

// quoted joins words as a file writes them.
func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = fmt.Sprintf("%q", w)
	}
	return oneOf(all)
}

func (v Vocabulary) stepsPage() string {
	var b strings.Builder
	b.WriteString("# Steps, functions and values\n" + generated + `
What stands in the rows of ` + "`from`" + ` and in values of ` + "`let`" + `. Everything else is in [configuration.md](configuration.md); how a
call goes through its steps is told in [dialplan.md](../dialplan.md).
`)
	for _, s := range v.Steps {
		fmt.Fprintf(&b, "\n## %s\n\n`%s`: %s.\n", s.Name, s.Form, s.Does)
		if len(s.Arguments) > 0 {
			b.WriteString("\n| argument | default | |\n|---|---|---|\n")
			argumentRows(&b, s.Arguments, "")
		}
	}
	b.WriteString("\n## Functions\n\n| function | gives |\n|---|---|\n")
	for _, f := range v.Functions {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Form, cell(f.Does))
	}
	b.WriteString("\n## Values of a call\n\n| name | is |\n|---|---|\n")
	for _, w := range v.Variables {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.Form, cell(w.Does))
	}
	return b.String()
}

func argumentRows(b *strings.Builder, all []Attribute, prefix string) {
	for _, a := range all {
		fmt.Fprintf(b, "| `%s%s` | %s | %s |\n", prefix, a.Name, cell(a.defaultInWords()), cell(a.Does))
		argumentRows(b, a.Shape.Members, prefix+a.Name+".")
	}
}
