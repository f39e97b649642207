package dialplan

import (
	"fmt"
	"slices"
	"strings"
)

// test is a compiled test block.
type test struct {
	name    string
	file    string
	line    int
	request Request
	answers map[string]int
	press   []string // what the caller presses, in each menu that is heard
	expect  []string
}

// TestResult is what became of one test block.
type TestResult struct {
	Name      string
	File      string // where the test stands
	Line      int
	Request   Request
	Decision  Decision
	Got, Want []string // events
}

// Passed says whether the call went as expected.
func (t TestResult) Passed() bool { return slices.Equal(t.Got, t.Want) }

// String gives the result on one line, and for a failure what was expected and what happened below it.
func (t TestResult) String() string {
	if t.Passed() {
		return fmt.Sprintf("PASS %s: %s", t.Name, strings.Join(t.Got, " > "))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "FAIL %s (%s:%d)\n", t.Name, t.File, t.Line)
	fmt.Fprintf(&b, "  %s calls %q: %s\n", t.Request.From, t.Request.To, t.Decision)
	for _, line := range difference(t.Want, t.Got) {
		b.WriteString("  " + line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Tests gives the number of test blocks.
func (p *Plan) Tests() int { return len(p.tests) }

// RunTests runs every test block through Route and Simulate, in the order of the file.
func (p *Plan) RunTests() []TestResult {
	results := make([]TestResult, 0, len(p.tests))
	for _, t := range p.tests {
		results = append(results, TestResult{
			Name: t.name, File: t.file, Line: t.line, Request: t.request,
			Decision: p.Route(t.request), Got: p.Simulate(t.request, t.answers, t.press...), Want: t.expect,
		})
	}
	return results
}

// difference lists the events that were expected and those that happened, in words: both, only expected, only happened
// (longest common subsequence).
func difference(want, got []string) []string {
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
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
		case i < len(want) && j < len(got) && want[i] == got[j]:
			lines = append(lines, "  as expected:  "+got[j])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- expected:     "+want[i])
			i++
		default:
			lines = append(lines, "+ but happened: "+got[j])
			j++
		}
	}
	return lines
}
