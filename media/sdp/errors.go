package sdp

import (
	"fmt"
	"slices"
	"strings"
)

// ParseError says why a description cannot be read.
type ParseError struct {
	// Line is the number of the line from 1; 0 is the body as a whole.
	Line int
	// Reason is in words, without a period.
	Reason string
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return "session description: " + e.Reason
	}
	return fmt.Sprintf("session description line %d: %s", e.Line, e.Reason)
}

// Warning codes of RFC 3261 §20.43.
const (
	WarnMediaType   = 304 // media type not available
	WarnMediaFormat = 305 // incompatible media format
	WarnOther       = 399 // miscellaneous, in words
)

// NegotiationError says why an offer or an answer is refused.
type NegotiationError struct {
	// Status is the SIP status owed for an offer: 400 for a body that cannot
	// be read, 488 for one that cannot be served, 491 when our own offer is
	// pending. For an answer it only classifies.
	Status int
	// Warning is the code of the Warning header: 304, 305 or 399.
	Warning int
	// Text is for people: one line of printable ASCII without quotes or
	// backslashes, fit for the Warning header.
	Text string

	cause error
}

func (e *NegotiationError) Error() string {
	return fmt.Sprintf("%d (%d) %s", e.Status, e.Warning, e.Text)
}

// Unwrap returns the *ParseError behind a 400.
func (e *NegotiationError) Unwrap() error { return e.cause }

// refuse returns a 488 with a warning.
func refuse(warning int, text string) *NegotiationError {
	return &NegotiationError{Status: 488, Warning: warning, Text: text}
}

// maxQuoted bounds what is quoted from the far side in an error text.
const maxQuoted = 64

// clean returns text of the far side fit to be quoted in a header: printable
// ASCII without quotes and backslashes, short.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxQuoted {
		text = text[:maxQuoted] + "..."
	}
	return text
}

// codecList names up to eight codecs for an error text, with their clocks where the other
// side has one of the same name.
func codecList(codecs, others []Codec) string {
	if len(codecs) == 0 {
		return "none"
	}
	var names []string
	for i, c := range codecs {
		if i == 8 {
			names = append(names, "...")
			break
		}
		name := c.displayName()
		if slices.ContainsFunc(others, func(o Codec) bool { return strings.EqualFold(o.Name, c.Name) }) {
			name = c.String()
		}
		names = append(names, clean(name))
	}
	return strings.Join(names, ", ")
}
