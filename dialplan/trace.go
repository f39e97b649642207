package dialplan

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// trace is how a call comes to its steps, for somebody who wants to know: it takes part in the very evaluation that makes
// them. A nil trace costs nothing.
type trace struct {
	conditions []Condition
	reached    map[*spot]bool
}

// spot is a place of the plan that a call may come by: a row, one side of a condition, a key of a menu.
type spot struct {
	what string
	at   hcl.Range
}

// Condition is a condition of a row that was looked at for a call.
type Condition struct {
	Text  string `json:"text"` // as written
	Value bool   `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// spot makes a place known that tests are to reach.
func (c *compiler) spot(what string, at hcl.Range) *spot {
	s := &spot{what, at}
	c.plan.spots = append(c.plan.spots, s)
	return s
}

// reach notes that a call came by a place.
func (t *trace) reach(s *spot) {
	if t == nil || s == nil {
		return
	}
	if t.reached == nil {
		t.reached = map[*spot]bool{}
	}
	t.reached[s] = true
}

// decided notes how a condition came out.
func (t *trace) decided(c *choice, value bool) {
	if t == nil {
		return
	}
	t.conditions = append(t.conditions, Condition{c.text, value, c.at.Filename, c.at.Start.Line})
	arm := c.arms[1]
	if value {
		arm = c.arms[0]
	}
	t.reach(arm)
}

// maxWritten is how much of a condition is shown, in octets.
const maxWritten = 120

// written gives the text of an expression as it stands in the file, on one line.
func (c *compiler) written(at hcl.Range) string {
	source := c.sources[at.Filename]
	if source == nil || at.End.Byte > len(source) {
		return "the condition"
	}
	text := strings.Join(strings.Fields(string(at.SliceBytes(source))), " ")
	if len(text) > maxWritten {
		text = strings.ToValidUTF8(text[:maxWritten], "") + "..."
	}
	return text
}
