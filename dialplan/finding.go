package dialplan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Finding marks an hcl.Diagnostic as one of ours (in its Extra): Summary is then the whole message and Detail the
// suggestion, which may be empty. Diagnostics of HCL itself have a heading as Summary and the message in Detail.
type Finding struct {
	// Consequent says that the finding may only follow from another error, such as a block lost to a syntax error. Whoever
	// shows findings leaves it out when there was one.
	Consequent bool
}

// report collects findings.
type report struct {
	diags hcl.Diagnostics
}

// errorf adds an error; hint may be empty.
func (r *report) errorf(at hcl.Range, hint, format string, args ...any) {
	r.add(hcl.DiagError, Finding{}, at, hint, fmt.Sprintf(format, args...))
}

// consequent adds an error that may follow from another one.
func (r *report) consequent(at hcl.Range, hint, format string, args ...any) {
	r.add(hcl.DiagError, Finding{Consequent: true}, at, hint, fmt.Sprintf(format, args...))
}

// warnf adds a warning; hint may be empty.
func (r *report) warnf(at hcl.Range, hint, format string, args ...any) {
	r.add(hcl.DiagWarning, Finding{}, at, hint, fmt.Sprintf(format, args...))
}

func (r *report) add(severity hcl.DiagnosticSeverity, f Finding, at hcl.Range, hint, message string) {
	r.diags = append(r.diags, &hcl.Diagnostic{
		Severity: severity, Summary: message, Detail: hint, Subject: at.Ptr(), Extra: f,
	})
}

// DidYouMean gives the hint for a word that is not known: `Did you mean "dial"?`, or "" where nothing is near.
func DidYouMean(word string, known []string) string {
	if s := Suggest(word, known); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	return ""
}

// Kind says in words what a value is: "a number", "text", "a list".
func Kind(v cty.Value) string {
	t := v.Type()
	switch {
	case v.IsNull():
		return "null"
	case t == cty.String:
		return "text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		return "a list"
	case t.IsObjectType(), t.IsMapType():
		return "a group in { }"
	}
	return "something else"
}

// problem is what is wrong with one argument's value, with the way to the part that is wrong.
type problem struct {
	key     string // of the options object; "" means none
	index   int    // of the list; -1 means the value as a whole
	message string
	hint    string
	status  int  // answer to a call where the value depends on it; 0 means 500
	soft    bool // may follow from another error
	warning bool
}

func wrong(message, hint string) []problem {
	return []problem{{index: -1, message: message, hint: hint}}
}

// plainWords gives what a diagnostic says as one sentence: ours as they are, those of HCL in our words.
func plainWords(d *hcl.Diagnostic) string {
	if _, ours := d.Extra.(Finding); ours {
		return d.Summary
	}
	return d.Summary + ": " + d.Detail
}
