package dialplan

import "slices"

// StepForm is a step as the file writes it.
type StepForm struct {
	Name   string
	Form   string   // such as "dial(targets, timeout, {options})"
	Params []string // names of its arguments, in order
	Least  int      // how many of them must be given
	Last   bool     // steps after it never run
}

// StepForms gives the steps of this version in the order that messages list them.
func StepForms() []StepForm {
	var all []StepForm
	for _, s := range stepSpecs() {
		f := StepForm{Name: s.name, Form: s.form, Least: s.least, Last: s.last}
		for _, p := range s.params {
			f.Params = append(f.Params, p.name)
		}
		all = append(all, f)
	}
	return all
}

// FunctionNames gives the functions of the language, in alphabetical order; env and file are given to it from outside.
func FunctionNames() []string {
	return slices.Sorted(slices.Values(append(functionNames(allFunctions(nil)), callFunctionNames()...)))
}

// CallVariables gives the names that a call gives a value to.
func CallVariables() []string { return slices.Clone(callVariables()) }
