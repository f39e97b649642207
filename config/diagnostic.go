package config

import (
	"fmt"
	"slices"
	"strings"
)

// Diagnostic is one thing that is wrong, or odd, at one place of a file.
type Diagnostic struct {
	Warning bool   // it works, but perhaps not as meant; else an error
	File    string // empty when it is about no place
	Line    int    // from 1; 0 when it is about the file as a whole
	Column  int    // from 1, in characters
	// EndLine and EndColumn are behind the last character that is meant.
	EndLine, EndColumn int
	Message            string // one sentence without a period
	Hint               string // what to write instead; may be empty
	Excerpt            string // the source line, the one before it, and a caret below what is meant; may be empty
}

// String gives the place and the message on the first line, then the excerpt, then the hint.
func (d Diagnostic) String() string {
	var b strings.Builder
	if d.File != "" {
		b.WriteString(d.File + ":")
		if d.Line > 0 {
			fmt.Fprintf(&b, "%d:%d:", d.Line, d.Column)
		}
		b.WriteByte(' ')
	}
	if d.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	if d.Excerpt != "" {
		b.WriteString("\n" + d.Excerpt)
	}
	if d.Hint != "" {
		b.WriteString("\n  hint: " + d.Hint)
	}
	return b.String()
}

// Diagnostics is everything that was found, in the order of the files.
type Diagnostics []Diagnostic

// HasErrors says whether the configuration cannot be used.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return !d.Warning })
}

// Errors gives those that are errors.
func (ds Diagnostics) Errors() Diagnostics { return ds.only(false) }

// Warnings gives those that are warnings.
func (ds Diagnostics) Warnings() Diagnostics { return ds.only(true) }

func (ds Diagnostics) only(warning bool) Diagnostics {
	var some Diagnostics
	for _, d := range ds {
		if d.Warning == warning {
			some = append(some, d)
		}
	}
	return some
}

// Summary counts: "2 errors, 1 warning". It is empty when nothing was found.
func (ds Diagnostics) Summary() string {
	var words []string
	if n := len(ds.Errors()); n > 0 {
		words = append(words, count(n, "error"))
	}
	if n := len(ds.Warnings()); n > 0 {
		words = append(words, count(n, "warning"))
	}
	return strings.Join(words, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// String gives all of them, one below the other, with an empty line between.
func (ds Diagnostics) String() string {
	words := make([]string, len(ds))
	for i, d := range ds {
		words[i] = d.String()
	}
	return strings.Join(words, "\n\n")
}
