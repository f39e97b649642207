package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// maxDiagnostics bounds how much is told of a file that is no configuration at all.
const maxDiagnostics = 500

// diagnostics puts all that was found into words, in the order of the files, each thing once.
func (l *loader) diagnostics() Diagnostics {
	var all Diagnostics
	l.unescape()
	dialplan.SortFindings(l.diags)
	slips := newSlips()
	for _, d := range l.diags {
		f, ours := d.Extra.(dialplan.Finding)
		if ours && f.Consequent && l.broken {
			continue
		}
		if slips.follows(d, ours, all) {
			continue
		}
		if len(all) == maxDiagnostics {
			break
		}
		out := Diagnostic{Warning: d.Severity == hcl.DiagWarning, Message: d.Summary, Hint: d.Detail}
		if !ours {
			out.Message, out.Hint = inWords(d)
			if strings.HasSuffix(out.Message, "quotes, not in others") && d.Subject != nil {
				out.Hint = inQuotes(l.sources[d.Subject.Filename], *d.Subject)
			}
		}
		if d.Subject != nil {
			out.File, out.Line, out.Column = d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column
			out.EndLine, out.EndColumn = d.Subject.End.Line, d.Subject.End.Column
			if source, ok := l.sources[d.Subject.Filename]; ok { // not of a table of users: it holds secrets
				out.Excerpt = excerpt(source, *d.Subject)
			}
		}
		if len(all) == 0 || all[len(all)-1] != out {
			all = append(all, out)
		}
	}
	return all
}

// inWords says what a diagnostic of HCL says, as our own do: a sentence, and what to write instead.
func inWords(d *hcl.Diagnostic) (message, hint string) {
	if call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok {
		if err := call.FunctionCallError(); err != nil {
			return err.Error(), remedy(err.Error())
		}
	}
	if twice := setTwice.FindStringSubmatch(d.Detail); twice != nil {
		return fmt.Sprintf("%s is set twice, first at %s", twice[1], twice[2]), "Take one of them out."
	}
	message = lowerFirst(d.Summary)
	detail := d.Detail
	if before, after, ok := strings.Cut(detail, " Did you mean "); ok {
		detail, hint = before, "Did you mean "+after
	}
	for _, r := range hclWords() {
		if strings.HasPrefix(d.Summary, r.summary) && strings.Contains(d.Detail, r.detail) {
			return r.message, r.hint
		}
	}
	if detail != "" {
		message += ": " + lowerFirst(strings.TrimSuffix(detail, "."))
	}
	return message, hint
}

// hclWord says what is meant by a message of HCL's parser or evaluator where its own words would puzzle.
type hclWord struct{ summary, detail, message, hint string }

func hclWords() []hclWord {
	return []hclWord{
		{"Argument or block definition required", "equals sign", "a name is followed by = and a value, or by { and a block", ""},
		{"Argument or block definition required", "", "a name and = or a block should stand here", ""},
		{"Argument definition required", "", "a block on one line holds one attribute", "Write each attribute on a line of its own."},
		{"Invalid single-argument block definition", "", "a block on one line holds one attribute", "Write each attribute on a line of its own."},
		{"Unclosed configuration block", "", "this block has no closing }", ""},
		{"Missing key/value separator", "", "a name is followed by = and a value", "Patterns and other names with odd characters stand in quotes."},
		{"Missing item separator", "", "a comma is missing between two items of a list", ""},
		{"Missing argument separator", "", "a comma is missing between two arguments", ""},
		{"Missing attribute separator", "", "each name = value stands on a line of its own, or behind a comma", ""},
		{"Invalid argument name", "", "names of attributes stand without quotes", "Rows stand in calls = { ... }."},
		{"Invalid block definition", "equals sign", "a block has no = before its {", ""},
		{"Invalid multi-line string", "", "a text has no closing quote on its line", ""},
		{"Unterminated template string", "", "a text has no closing quote on its line", ""},
		{"Invalid character", "ingle quotes", "text stands in double quotes, not in others", ""},
		{"Invalid character", "urly quotes", "text stands in straight quotes, not in others", ""},
		{"Invalid expression", "", "a value is missing or cannot be read here", ""},
		{"Inconsistent conditional result types", "", "both sides of a condition are of one kind: two texts, two lists of targets", ""},
	}
}

func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
