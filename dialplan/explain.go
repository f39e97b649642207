package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Explanation is why a call went where it went: what `tandem route` prints, what the control socket answers, and what is
// kept of a live call. It is made of a Decision when somebody asks, from the answers that the world gave the call then, and
// says the same however often and late.
type Explanation struct {
	From       string          `json:"from"`             // "user:201" or "trunk:alpha"
	To         string          `json:"to"`               // what was dialed
	Number     string          `json:"number,omitempty"` // what was made of it, in words: the number that rows take, its class and country
	Caller     string          `json:"caller"`
	CallerName string          `json:"caller_name,omitempty"`
	At         time.Time       `json:"at"`             // in the zone of the plan
	Zone       string          `json:"zone,omitempty"` // its name
	Then       string          `json:"then,omitempty"` // what came later in the call: `and presses "1" in menu "main"`
	Rows       []ExplainedRow  `json:"rows"`           // every row that was tried, in order; the last one fires unless Status says otherwise
	Asked      []string        `json:"asked,omitempty"`
	Conditions []Condition     `json:"conditions,omitempty"` // of the row that fires, as they were looked at
	Steps      []ExplainedStep `json:"steps,omitempty"`
	Status     int             `json:"status,omitempty"` // with which the call is refused when there are no steps
	Reason     string          `json:"reason,omitempty"`
}

// ExplainedRow is a row that was tried.
type ExplainedRow struct {
	From    string            `json:"from"` // label of its block
	Pattern string            `json:"pattern"`
	File    string            `json:"file"`
	Line    int               `json:"line"`
	Fires   bool              `json:"fires"`
	Why     string            `json:"why,omitempty"`   // it does not fire
	Parts   map[string]string `json:"parts,omitempty"` // of the number, that the pattern names
}

// String gives the row in the words of Row.
func (r ExplainedRow) String() string {
	return (&Row{From: r.From, Pattern: r.Pattern, File: r.File, Line: r.Line}).String()
}

// ExplainedStep is a step of the decision.
type ExplainedStep struct {
	Step    string            `json:"step"` // in words
	Targets []ExplainedTarget `json:"targets,omitempty"`
	Notes   []string          `json:"notes,omitempty"` // what else is known: whom a trunk is told of
}

// ExplainedTarget is a place that a step calls.
type ExplainedTarget struct {
	Target string `json:"target"`           // "user:201", "trunk:alpha", "sip:..."
	Number string `json:"number,omitempty"` // that a trunk is asked for, as it is sent
	Note   string `json:"note,omitempty"`   // what stands against calling it
}

// Explanation works out why. The zero Decision explains nothing.
func (d Decision) Explanation() Explanation {
	e := Explanation{
		From: d.Request.From.String(), To: d.Request.asDialed(), Number: strings.TrimPrefix(d.understood(), ": "), Caller: d.Request.caller(), CallerName: d.Request.CallerName,
		At: d.Request.At, Status: d.Status, Reason: d.Reason, Then: strings.TrimSpace(d.pressing.String()),
	}
	if d.plan != nil {
		e.At, e.Zone = d.Request.At.In(d.plan.Zone()), zoneWords(d.plan.Zone())
	}
	for _, t := range d.Tried() {
		row := ExplainedRow{From: t.Row.From, Pattern: t.Row.Pattern, File: t.Row.File, Line: t.Row.Line, Why: t.Why, Fires: t.Row == d.Row}
		if row.Fires {
			row.Parts = d.parts()
		}
		e.Rows = append(e.Rows, row)
	}
	e.Conditions = d.conditions()
	for _, a := range d.asked {
		e.Asked = append(e.Asked, a.String())
	}
	for _, s := range d.Steps {
		e.Steps = append(e.Steps, d.explainStep(s))
	}
	return e
}

// parts gives the parts of the number, or of what was pressed, that the pattern which fired has names for.
func (d Decision) parts() map[string]string {
	if d.program != nil {
		parts := maps.Clone(d.variables)
		delete(parts, digitsVariable) // the explanation says them already
		return parts
	}
	n := d.plan.number(d.Request)
	specific, general := d.plan.rowsFor(d.Request.From)
	for _, rows := range [2][]*row{specific, general} {
		for _, r := range rows {
			if &r.Row == d.Row {
				return r.pattern.captured(n.to)
			}
		}
	}
	return nil
}

// conditions evaluates the program again, with the answers that it was given, and takes note of its conditions.
func (d Decision) conditions() []Condition {
	if d.program == nil || d.plan == nil {
		return nil
	}
	s := d.plan.newScope(d.Request).with(d.variables)
	s.asked = append(s.asked, d.asked...)
	s.trace = &trace{}
	_, _ = d.program.run(s) // what fails has failed the call, too
	return s.trace.conditions
}

// explainStep gives a step with what it calls.
func (d Decision) explainStep(s Step) ExplainedStep {
	e := ExplainedStep{Step: s.String()}
	for _, t := range StepTargets(s) {
		one := ExplainedTarget{Target: t.Key(), Number: t.Number}
		if t.Kind == TargetUser && d.plan != nil && d.plan.names != nil && !d.plan.names.knows(t.Name, d.Request.State) {
			one.Note = fmt.Sprintf("there is no user %q: 404", t.Name)
		}
		e.Targets = append(e.Targets, one)
	}
	return e
}

// StepTargets gives the targets that a step calls; none where it calls nobody.
func StepTargets(s Step) []Target {
	if c, ok := s.(interface{ targets() []Target }); ok {
		return c.targets()
	}
	return nil
}

func (s DialStep) targets() []Target { return s.Targets }
func (s RingStep) targets() []Target { return s.Targets }

func (s ForwardStep) targets() []Target { return s.Targets }

// String gives the explanation over several lines: who calls what, every row that was tried and why it did not fire, the
// row that did, its conditions, and its steps.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s calls %q", e.From, e.To)
	if e.Number != "" {
		b.WriteString(": " + e.Number)
	}
	if e.Then != "" {
		b.WriteString(" " + e.Then)
	}
	if !e.At.IsZero() {
		fmt.Fprintf(&b, " on %s, %s", e.At.Format("Mon 2006-01-02 15:04"), e.Zone)
	}
	b.WriteByte('\n')
	for _, r := range e.Rows {
		if !r.Fires {
			fmt.Fprintf(&b, "  not %s: %s\n", r, r.Why)
			continue
		}
		fmt.Fprintf(&b, "  fires: %s\n", r)
		for _, name := range sortedKeys(r.Parts) {
			fmt.Fprintf(&b, "    with %s = %q\n", name, r.Parts[name])
		}
	}
	e.writeConditions(&b)
	for i, s := range e.Steps {
		fmt.Fprintf(&b, "  %d. %s%s\n", i+1, s.Step, s.against())
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "     %s\n", note)
		}
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "  %s: reject %d\n", e.Reason, e.Status)
	}
	return b.String()
}

// writeConditions writes the conditions, and what they asked; a condition that is nothing but a question once.
func (e Explanation) writeConditions(b *strings.Builder) {
	told := map[string]bool{}
	for _, c := range e.Conditions {
		words := fmt.Sprintf("%s is %t", c.Text, c.Value)
		for _, a := range e.Asked {
			if a == words || strings.HasPrefix(a, words+": ") {
				words, told[a] = a, true
				break
			}
		}
		fmt.Fprintf(b, "    since %s (%s:%d)\n", words, c.File, c.Line)
	}
	for _, a := range e.Asked {
		if !told[a] {
			fmt.Fprintf(b, "    where %s\n", a)
		}
	}
}

// against says what stands against calling the targets of a step.
func (s ExplainedStep) against() string {
	var b strings.Builder
	for _, t := range s.Targets {
		if t.Note != "" {
			b.WriteString("; " + t.Note)
		}
	}
	return b.String()
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
