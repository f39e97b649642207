package dialplan

import (
	"slices"
	"time"
)

// stepSpec is a step as the file writes it.
type stepSpec struct {
	name   string
	form   string // how it is written, for messages
	params []param
	least  int  // arguments that must be given
	last   bool // whether steps after it never run
	make   func(args []any) Step
}

type param struct {
	name string
	read reader
}

// stepSpecs gives the steps of this version in the order that messages list them.
func stepSpecs() []*stepSpec {
	targets := param{"targets", readTargets}
	timeout := param{"timeout", readTime(MinTimeout, MaxTimeout)}
	return []*stepSpec{
		{
			name: "dial", form: "dial(targets, timeout, {options})", least: 1,
			params: []param{targets, timeout, {"options", readOptions}},
			make: func(a []any) Step {
				s := DialStep{Targets: a[0].([]Target), Timeout: DefaultTimeout, Options: DialOptions{NextOn: DefaultNextOn()}}
				if len(a) > 1 {
					s.Timeout = a[1].(time.Duration)
				}
				if len(a) > 2 {
					s.Options = a[2].(DialOptions)
				}
				return s
			},
		},
		{
			name: "ring", form: "ring(targets, timeout)", least: 1, params: []param{{"targets", readRinging}, timeout},
			make: func(a []any) Step {
				s := RingStep{Targets: a[0].([]Target), Timeout: DefaultTimeout}
				if len(a) > 1 {
					s.Timeout = a[1].(time.Duration)
				}
				return s
			},
		},
		roomStepSpec(),
		menuStepSpec(),
		voicemailStepSpec(),
		mailboxStepSpec(),
		{name: "answer", form: "answer()", make: func([]any) Step { return AnswerStep{} }},
		{name: "echo", form: "echo()", last: true, make: func([]any) Step { return EchoStep{} }},
		{
			name: "play", form: "play(file)", least: 1, params: []param{{"file", readSound}},
			make: func(a []any) Step { return PlayStep{a[0].(string)} },
		},
		{
			name: "tone", form: "tone(name)", least: 1, params: []param{{"name", readTone}},
			make: func(a []any) Step { return ToneStep{a[0].(string)} },
		},
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
		{name: "hangup", form: "hangup()", last: true, make: func([]any) Step { return HangupStep{} }},
	}
}

// laterSteps are steps that the language will have.
func laterSteps() []string { return []string{"redirect"} }

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
