package config

import (
	_ "embed" // the text below is a file, so that who adds an attribute adds a line
	"fmt"
	"strings"

	"github.com/tandemgw/tandem/dialplan"
)

//go:embed about.txt
var aboutText string

// Required is the default of what must be said.
const Required = "required"

// about is one line of about.txt.
type about struct{ path, value, does string }

// readAbout reads about.txt.
func readAbout() []about {
	var all []about
	for line := range strings.Lines(aboutText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := append(strings.SplitN(line, " |", 3), "", "")
		all = append(all, about{strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])})
	}
	return all
}

// Step is a step of the dialplan as people are told of it.
type Step struct {
	dialplan.StepForm
	Does      string
	Arguments []Attribute // those of Params; options are members of theirs
}

// Word is a function or a variable of the dialplan.
type Word struct {
	Name string
	Form string // as it is written
	Does string
}

// Vocabulary is all that a file may say.
type Vocabulary struct {
	Blocks    []Block // the top of a file first
	Steps     []Step
	Functions []Word
	Variables []Word
}

// Describe gives all that a file may say: what the decoder takes, with what it is for.
func Describe() Vocabulary {
	lines := readAbout()
	by := make(map[string]about, len(lines))
	labels := map[string]string{}
	v := Vocabulary{}
	for _, a := range lines {
		kind, rest, _ := strings.Cut(a.path, " ")
		switch name, _, _ := strings.Cut(rest, "("); {
		case kind == "function":
			v.Functions = append(v.Functions, Word{name, rest, a.does})
		case kind == "variable":
			v.Variables = append(v.Variables, Word{name, name, a.does})
		case kind == "step":
			by[a.path] = a
		default:
			by[kind], labels[kind] = a, rest
		}
	}
	v.Blocks = append(surveyBlocks(), planBlocks()...)
	for i := range v.Blocks {
		b := &v.Blocks[i]
		b.Does, b.Label = by[b.Type].does, labels[b.Type]
		prefix := b.Type + "."
		if b.Type == "" {
			prefix, b.Does, b.Label = "", "the top of a file", ""
		}
		describe(b.Attributes, prefix, by)
	}
	for _, f := range dialplan.StepForms() {
		s := Step{StepForm: f, Does: by["step "+f.Name].does}
		for i, p := range f.Params {
			a := Attribute{Name: p, Shape: Shape{Kind: KindValue}}
			if p == "options" {
				a.Shape = Shape{Kind: KindGroup, Members: members(lines, fmt.Sprintf("step %s.options.", f.Name))}
			}
			s.Arguments = append(s.Arguments, a)
			if i < f.Least {
				s.Arguments[i].Default = Required
			}
		}
		describe(s.Arguments, "step "+f.Name+".", by)
		v.Steps = append(v.Steps, s)
	}
	return v
}

// describe says of attributes, and of what is in them, what they are for.
func describe(all []Attribute, prefix string, by map[string]about) {
	for i := range all {
		a := &all[i]
		line := by[prefix+a.Name]
		a.Does, a.Default = line.does, line.value
		describe(a.Shape.Members, prefix+a.Name+".", by)
	}
}

// members gives the attributes that there are lines for below a path.
func members(lines []about, below string) []Attribute {
	var all []Attribute
	for _, a := range lines {
		if name, ok := strings.CutPrefix(a.path, below); ok && !strings.Contains(name, ".") {
			all = append(all, Attribute{Name: name, Shape: Shape{Kind: KindValue}})
		}
	}
	return all
}

// planBlocks are the blocks that package dialplan reads.
func planBlocks() []Block {
	text := Shape{Kind: KindText}
	return []Block{
		{Type: "from", Attributes: []Attribute{{Name: "calls", Shape: Shape{Kind: KindTable, Of: "patterns", Item: &Shape{Kind: KindSteps}}}}},
		menuBlock(),
		queueBlock(),
		{Type: "let", Attributes: []Attribute{{Name: "*", Shape: Shape{Kind: KindValue}}}},
		{Type: "hours", Attributes: []Attribute{
			{Name: "open", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "days and times"}}},
			{Name: "closed", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "days and times"}}},
			{Name: "note", Shape: text},
			{Name: "timezone", Shape: Shape{Kind: KindText, Of: "time zone"}},
		}},
		{Type: "prefixes", Attributes: []Attribute{{Name: "*", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "beginnings of numbers"}}}}},
		{Type: "test", Attributes: []Attribute{
			{Name: "call", Shape: Shape{Kind: KindGroup, Members: []Attribute{
				{Name: "from", Shape: text},
				{Name: "to", Shape: text},
				{Name: "caller", Shape: text},
				{Name: "caller_name", Shape: text},
				{Name: "at", Shape: Shape{Kind: KindText, Of: "date and time of day"}},
			}}},
			{Name: "answers", Shape: Shape{Kind: KindTable, Of: "targets", Item: &Shape{Kind: KindValue}}},
			{Name: "press", Shape: Shape{Kind: KindList, Item: &text}},
			{Name: "expect", Shape: Shape{Kind: KindList, Item: &text}},
			{Name: "row", Shape: Shape{Kind: KindText, Of: "pattern"}},
			{Name: "final", Shape: Shape{Kind: KindNumber, Least: "200", Most: "699"}},
			{Name: "registered", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "name of a user"}}},
			{Name: "busy", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "name of a user"}}},
			{Name: "asleep", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "name of a user"}}},
			{Name: "open", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "name of hours"}}},
			{Name: "closed", Shape: Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindText, Of: "name of hours"}}},
		}},
	}
}
