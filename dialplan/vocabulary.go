package dialplan

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// StepForm is a step as the file writes it.
type StepForm struct {
	Name   string
	Form   string   // such as "dial(targets, timeout, {options})"
	Params []string // names of its arguments, in order
	Least  int      // how many of them must be given
	Last   bool     // steps after it never run
	// Options are those of its last argument, in alphabetical order; nil where it has none, or where they are not told.
	Options []string
}

// StepForms gives the steps of this version in the order that messages list them.
func StepForms() []StepForm {
	var all []StepForm
	for _, s := range stepSpecs() {
		f := StepForm{Name: s.name, Form: s.form, Least: s.least, Last: s.last}
		for _, p := range s.params {
			f.Params = append(f.Params, p.name)
			if p.name == "options" && p.read != nil {
				f.Options = optionsOf(p.read)
			}
		}
		all = append(all, f)
	}
	return all
}

// optionsOf asks a reader of options for their names, by having it read none. One that is refused whatever it says, as it
// belongs elsewhere, is none.
func optionsOf(read reader) []string {
	var names []string
	read(cty.EmptyObjectVal, &reading{names: newDirectory(Names{}), known: &names})
	return slices.DeleteFunc(names, func(name string) bool {
		_, problems := read(cty.ObjectVal(map[string]cty.Value{name: cty.DynamicVal}), &reading{names: newDirectory(Names{})})
		return len(problems) > 0
	})
}

// FunctionNames gives the functions of the language, in alphabetical order; env and file are given to it from outside.
func FunctionNames() []string {
	return slices.Sorted(slices.Values(append(functionNames(allFunctions(nil)), callFunctionNames()...)))
}

// CallVariables gives the names that a call gives a value to.
func CallVariables() []string { return slices.Clone(callVariables()) }
