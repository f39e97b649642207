package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// What follows from one slip of the pen only is not told: it would hide the slip.

// slips says of each diagnostic, which are in order, whether it is told.
type slips struct {
	openText  map[string]bool      // files in which a text was not closed
	openBlock map[string]int       // the place in the list of the block that was not closed, by file
	last      map[string]hcl.Range // the last one of HCL's own, by file
}

func newSlips() *slips {
	return &slips{openText: map[string]bool{}, openBlock: map[string]int{}, last: map[string]hcl.Range{}}
}

// follows says that a diagnostic follows from one before; all are those that are told.
func (s *slips) follows(d *hcl.Diagnostic, ours bool, all Diagnostics) bool {
	if d.Subject == nil {
		return false
	}
	at := *d.Subject
	if ours {
		i, open := s.openBlock[at.Filename]
		if !open || at.Start.Column != 1 || !strings.Contains(d.Summary, " no block ") {
			return false
		}
		if all[i].Hint == "" {
			all[i].Hint = fmt.Sprintf("A } is missing, perhaps before line %d.", at.Start.Line)
		}
		return true
	}
	was, same := s.last[at.Filename]
	s.last[at.Filename] = at
	switch {
	case s.openText[at.Filename]:
		return true
	case same && was.Start.Line == at.Start.Line && d.Severity == hcl.DiagError && (was.Start == at.Start || strings.Contains(d.Detail, "quotes")):
		return true
	case d.Summary == "Invalid multi-line string", d.Summary == "Unterminated template string":
		s.openText[at.Filename] = true
	case d.Summary == "Unclosed configuration block":
		s.openBlock[at.Filename] = len(all)
	}
	return false
}

// otherQuotes is what stands in quotes of another kind, up to where they end.
var otherQuotes = regexp.MustCompile(`^['‘’“”]([^'‘’“”"\n]*)['‘’“”]`)

// inQuotes says what to write in place of text in other quotes.
func inQuotes(source []byte, at hcl.Range) string {
	if at.Start.Byte < len(source) {
		if found := otherQuotes.FindSubmatch(source[at.Start.Byte:]); found != nil {
			return fmt.Sprintf("Write %q.", found[1])
		}
	}
	return `Write "...".`
}

// setTwice is where an attribute was first set, as HCL says it.
var setTwice = regexp.MustCompile(`^The argument (".*") was already set at (.*:\d+),`)

// remedy is a hint for what a function of the file finds wrong.
func remedy(message string) string {
	switch {
	case strings.HasPrefix(message, "the environment variable "):
		return "Set it where tandem is started, such as in the systemd unit."
	case strings.HasPrefix(message, "there is no file "):
		return "Its path begins at the folder of the configuration."
	}
	return ""
}

// nameFor is a name that a block of a type may have.
func nameFor(block string) string {
	if block == "user" {
		return "201"
	}
	return "alpha"
}

// withoutScheme gives the host of a URI of SIP (RFC 3261 §19.1); "sip:5060" is a port of the host sip.
func withoutScheme(s string) (host string, isURI bool) {
	scheme, rest, found := strings.Cut(s, ":")
	if kind := strings.ToLower(scheme); !found || kind != "sip" && kind != "sips" || strings.Trim(rest, "0123456789") == "" {
		return s, false
	}
	return rest[strings.LastIndexByte(rest, '@')+1:], true
}
