package dialplan

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// Row is one line of a `calls` table.
type Row struct {
	From    string // label of its block: "users", "trunks", "user:201" or "trunk:alpha"; "menu main" for a key of a menu
	Pattern string // as written
	File    string // where the row stands
	Line    int
}

// Where gives the place of the row as `file:line`.
func (r *Row) Where() string { return fmt.Sprintf("%s:%d", r.File, r.Line) }

// String gives the row in words: `row "2XX" of from "users" (tandem.hcl:54)`.
func (r *Row) String() string { return fmt.Sprintf("%s (%s)", r.name(), r.Where()) }

// name gives the row in words without its place.
func (r *Row) name() string {
	if menu, is := strings.CutPrefix(r.From, menuLabel("")); is {
		return fmt.Sprintf("key %q of menu %q", r.Pattern, menu)
	}
	return fmt.Sprintf("row %q of from %q", r.Pattern, r.From)
}

// Decision says what becomes of a call. It has either a row with at least one step, or a Status with a Reason.
type Decision struct {
	Request Request
	Row     *Row   // the row that fired; nil when none matched. Shared and immutable
	Steps   []Step // what to do, complete. Shared and immutable: copy before changing
	Status  int    // SIP status to refuse the call with when there are no steps: 404 without a row, 484, 500; else 0
	Reason  string // why, in words, when Status is set

	plan     *Plan            // what decided; asked again for Tried, Route and what comes later in the call
	pressing                  // in a menu; zero for the decision of a row
	Number   numbering.Number // what was dialed, as the plan understands it; zero without a numbering block
	// How the steps came about, to be told again: see Explanation.
	program   program           // nil where the steps are the same for every call
	variables map[string]string // what the program was given beside what every call has
	asked     []asked           // what it asked the world
	trace     *trace            // nil unless somebody takes part
}

// Tried is a row that was looked at, and why it did not fire.
type Tried struct {
	Row *Row
	Why string // for example `"2XX" wants a digit where "20a" has "a"`; empty for the row that fired
}

// String gives the decision on one line, in the words of the call log and of `tandem route`:
// `row "2XX" of from "users" (tandem.hcl:54): dial user:202 (20s)`.
func (d Decision) String() string {
	if d.Row == nil {
		return fmt.Sprintf("%s: reject %d", d.Reason, d.Status)
	}
	if d.Status != 0 {
		return fmt.Sprintf("%s: %s: reject %d", d.Row, d.Reason, d.Status)
	}
	return d.Row.String() + ": " + joinSteps(d.Steps)
}

func joinSteps(steps []Step) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = s.String()
	}
	return strings.Join(words, "; ")
}

// understood says what was made of the number that was dialed: `: +44..., national in GB`.
func (d Decision) understood() string {
	if d.Number.Class == "" {
		return ""
	}
	return fmt.Sprintf(": %s, %s%s", d.Request.To, className(d.Number.Class), country(d.Number))
}

// Explain gives the Explanation in words.
func (d Decision) Explain() string { return d.Explanation().String() }
