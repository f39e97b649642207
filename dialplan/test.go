package dialplan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// test is a compiled test block.
type test struct {
	name    string
	file    string
	line    int
	request Request
	facts   Facts
	answers map[string][]int
	press   []string // what the caller presses, in each menu that is heard
	expect  []string // nil where the test does not say
	row     string   // pattern of the row that is to fire; empty where the test does not say
	final   int      // status that the caller is to get; 0 where the test does not say
}

// TestResult is what became of one test block.
type TestResult struct {
	Name      string
	File      string // where the test stands
	Line      int
	Request   Request
	Decision  Decision
	Got, Want []string // events; Want is nil where the test does not say

	WantRow             string // pattern; empty where the test does not say
	GotFinal, WantFinal int    // statuses; WantFinal is 0 where the test does not say

	details map[int][]string // of events of Got
	reached map[*spot]bool
}

// Passed says whether the call went as expected.
func (t TestResult) Passed() bool {
	if !t.rowFits() || t.WantFinal != 0 && t.WantFinal != t.GotFinal {
		return false
	}
	if t.Want == nil {
		return true
	}
	if len(t.Want) != len(t.Got) {
		return false
	}
	for i, want := range t.Want {
		if !t.fits(want, i) {
			return false
		}
	}
	return true
}

func (t TestResult) rowFits() bool {
	return t.WantRow == "" || t.Decision.Row != nil && t.Decision.Row.Pattern == t.WantRow
}

// fits says whether an event is what a test wants: its words, and what the test says beside them.
func (t TestResult) fits(want string, i int) bool {
	rest, ok := strings.CutPrefix(want, t.Got[i])
	if !ok {
		return false
	}
	for _, d := range t.details[i] {
		if after, ok := cutDetail(rest, d); ok {
			rest = after
		}
	}
	return rest == ""
}

// cutDetail takes a detail from the beginning of what a test wants beside an event. A length of time may be written
// otherwise: 60s is 1m.
func cutDetail(rest, detail string) (after string, ok bool) {
	if long, is := strings.CutPrefix(detail, "for "); is {
		said, others, more := strings.Cut(strings.TrimPrefix(rest, " for "), " ")
		if d, err := time.ParseDuration(said); err == nil && seconds(d) == long && strings.HasPrefix(rest, " for ") {
			if more {
				others = " " + others
			}
			return others, true
		}
		return rest, false
	}
	after, ok = strings.CutPrefix(rest, " "+detail)
	return after, ok && (after == "" || after[0] == ' ')
}

// stepDetails gives what a test may say beside the event of a step that calls: the number that is shown, and for how long
// it is called.
func stepDetails(s Step) []string {
	o, calls := OptionsOf(s)
	if !calls {
		return nil
	}
	timeout := "for " + seconds(timeoutOf(s))
	if o.CallerID != "" {
		return []string{"as " + o.CallerID, timeout}
	}
	return []string{timeout}
}

// String gives the result on one line, and for a failure what was expected and what happened below it.
func (t TestResult) String() string {
	if t.Passed() {
		return fmt.Sprintf("PASS %s: %s", t.Name, strings.Join(t.Got, " > "))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "FAIL %s (%s:%d)\n", t.Name, t.File, t.Line)
	fmt.Fprintf(&b, "  %s calls %q: %s\n", t.Request.From, t.Request.To, t.Decision)
	t.Decision.Explanation().writeConditions(&b)
	for _, line := range t.Difference() {
		b.WriteString("  " + line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Difference lists what was expected and what happened, in words, a line each: both ("  as expected:"), only expected
// ("- expected:"), only happened ("+ but happened:"). It is empty where there is nothing that the test says.
func (t TestResult) Difference() []string {
	var lines []string
	if !t.rowFits() {
		lines = append(lines, "- expected:     row "+strconv.Quote(t.WantRow), "+ but fired:    "+t.firedRow())
	}
	if t.Want != nil {
		lines = append(lines, t.difference()...)
	}
	if t.WantFinal != 0 && t.WantFinal != t.GotFinal {
		lines = append(lines, "- expected:     the caller gets "+strconv.Itoa(t.WantFinal), "+ but happened: the caller gets "+finalWords(t.GotFinal))
	}
	return lines
}

func (t TestResult) firedRow() string {
	if t.Decision.Row == nil {
		return "no row"
	}
	return t.Decision.Row.String()
}

func finalWords(status int) string {
	if status == 0 {
		return "no answer yet"
	}
	return strconv.Itoa(status)
}

// Tests gives the number of test blocks.
func (p *Plan) Tests() int { return len(p.tests) }

// RunTests runs every test block by the engine that routes calls, in the order of the file.
func (p *Plan) RunTests() []TestResult {
	results := make([]TestResult, 0, len(p.tests))
	for _, t := range p.tests {
		tr := &trace{}
		d := p.route(t.request, tr)
		s := p.simulate(d, script{answers: t.answers, presses: t.press})
		results = append(results, TestResult{
			Name: t.name, File: t.file, Line: t.line, Request: t.request, Decision: d, Got: s.events, Want: t.expect,
			WantRow: t.row, WantFinal: t.final, GotFinal: s.final(), details: s.details, reached: tr.reached,
		})
	}
	return results
}

// final gives the status that the caller gets in the end: 200 once the call is answered, 0 while nothing is decided.
func (s *simulation) final() int {
	if s.answered || slices.Contains(s.events, "answered") {
		return Answered
	}
	last := ""
	if n := len(s.events); n > 0 {
		last = s.events[n-1]
	}
	switch verb, rest, _ := strings.Cut(last, " "); verb {
	case "reject":
		code, _, _ := strings.Cut(rest, " ")
		status, _ := strconv.Atoi(code) // written by ourselves
		return status
	case "no":
		return NoAnswer
	case "busy":
		return Busy
	case "hangup":
		return 480
	case "room", "hold", "read", "queue", "voicemail", "mailbox":
		return Answered
	}
	return 0
}

// difference lists the events that were expected and those that happened (longest common subsequence).
func (t TestResult) difference() []string {
	want, got := t.Want, t.Got
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if t.fits(want[i], j) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var lines []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && t.fits(want[i], j):
			lines = append(lines, "  as expected:  "+want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- expected:     "+want[i])
			i++
		default:
			lines = append(lines, "+ but happened: "+t.whole(j))
			j++
		}
	}
	return lines
}

// whole gives an event with what is beside it, where a test says something beside an event of those words.
func (t TestResult) whole(j int) string {
	for _, want := range t.Want {
		if strings.HasPrefix(want, t.Got[j]+" ") {
			return strings.Join(append([]string{t.Got[j]}, t.details[j]...), " ")
		}
	}
	return t.Got[j]
}
