package dialplan

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// stepSpec is a step as the file writes it.
type stepSpec struct {
	name   string
	form   string // how it is written, for messages
	params []param
	least  int  // arguments that must be given
	last   bool // whether steps after it never run
	make   func(args []any) Step
	// compile, where it is set, takes the place of reading the arguments one by one, and of make.
	compile func(c *compiler, f *hclsyntax.FunctionCallExpr) program
}

type param struct {
	name string
	read reader
}

// stepSpecs gives the steps of this version in the order that messages list them.
func stepSpecs() []*stepSpec {
	return []*stepSpec{
		dialStepSpec(),
		ringStepSpec(),
		forwardStepSpec(),
		roomStepSpec(),
		menuStepSpec(),
		queueStepSpec(),
		voicemailStepSpec(),
		mailboxStepSpec(),
		askSpec(),
		scriptSpec(),
		{name: "answer", form: "answer()", make: func([]any) Step { return AnswerStep{} }},
		{name: "echo", form: "echo()", last: true, make: func([]any) Step { return EchoStep{} }},
		playStepSpec(),
		toneStepSpec(),
		recordStepSpec(),
		{
			name: "wait", form: "wait(time)", least: 1, params: []param{{"time", readTime(100*time.Millisecond, MaxWait)}},
			make: func(a []any) Step { return WaitStep{a[0].(time.Duration)} },
		},
		{
			name: "reject", form: "reject(code, phrase)", least: 1, last: true,
			params: []param{{"code", readCode}, {"phrase", readPhrase}},
			make: func(a []any) Step {
				s := RejectStep{Code: a[0].(int)}
				if len(a) > 1 {
					s.Phrase = a[1].(string)
				}
				return s
			},
		},
		redirectStepSpec(),
		hangupStepSpec(),
	}
}

// laterSteps are steps that the language will have.
func laterSteps() []string { return nil }

// laterFunctions are functions that the language will have.
func laterFunctions() []string { return nil }

func findStep(name string) *stepSpec {
	specs := stepSpecs()
	if i := slices.IndexFunc(specs, func(s *stepSpec) bool { return s.name == name }); i >= 0 {
		return specs[i]
	}
	return nil
}

// stepNames gives the names of all steps, those of later versions too: a misspelled one is still recognized.
func stepNames() []string {
	names := laterSteps()
	for _, s := range stepSpecs() {
		names = append(names, s.name)
	}
	return names
}
