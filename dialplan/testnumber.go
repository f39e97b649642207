package dialplan

import (
	"time"

	"github.com/hashicorp/hcl/v2"
)

// TestRoom is the room behind test number 608.
const TestRoom = "608"

// testNumbers gives the rows of `include_test_numbers = true`, which stand after all rows for users.
func testNumbers(at hcl.Range) []*row {
	numbers := []struct {
		number string
		steps  []Step
	}{
		{"600", []Step{AnswerStep{}, EchoStep{}}},
		{"601", []Step{AnswerStep{}, PlayStep{File: "welcome.wav"}, ToneStep{Name: "test"}}},
		{"602", []Step{AnswerStep{}, ReadBackStep{}}},
		{"603", []Step{AnswerStep{}, CallBackStep{5 * time.Second}, HangupStep{}}},
		{"604", []Step{WaitStep{10 * time.Minute}, RejectStep{Code: 480}}},
		{"605", []Step{RejectStep{Code: 486}}},
		{"606", []Step{AnswerStep{}, HoldTestStep{10 * time.Second}}},
		{"608", []Step{RoomStep{Name: TestRoom}}},
	}
	var rows []*row
	for _, n := range numbers {
		pattern := Pattern{text: n.number}
		for i := range len(n.number) {
			e := element{text: n.number[i : i+1]}
			e.set.add(n.number[i])
			pattern.elems = append(pattern.elems, e)
		}
		rows = append(rows, &row{
			Row:     Row{From: "users", Pattern: n.number, File: at.Filename, Line: at.Start.Line},
			pattern: pattern, steps: n.steps, at: at,
		})
	}
	return rows
}
