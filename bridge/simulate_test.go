package bridge

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

// TestTheBridgeDoesWhatSimulateSays runs the same rows and answers through
// dialplan.Simulate and through a real call, and compares whom they call, whether
// anybody answers, and how it ends.
func TestTheBridgeDoesWhatSimulateSays(t *testing.T) {
	statuses := []int{dialplan.Answered, dialplan.NoAnswer, dialplan.Busy, 480, 503, 603}
	targets := map[string][]string{
		"1": {"user:202"}, "2": {"user:202"}, "3": {"trunk:alpha", "trunk:beta"}, "4": {"trunk:alpha", "trunk:beta"},
		"5": {"user:201", "user:202", "user:203"}, "6": nil, "7": {"user:202"}, "8": nil, "9": nil, "10": nil,
		"11": {"user:202", "user:203"}, "12": nil, "13": nil, "14": {"user:201", "user:202", "user:203"},
		"15": {"user:201", "user:202", "user:203"}, "16": nil, "17": {"user:202"}, "77": nil,
		"50": {"user:201", "user:202", "user:203"}, "51": {"user:202", "trunk:alpha"}, "52": {"user:202"},
	}
	for to, names := range targets {
		for _, chosen := range combinations(names, statuses) {
			compare(t, to, chosen)
		}
	}
}

// combinations are all ways to give each target a status.
func combinations(names []string, statuses []int) []map[string]int {
	if len(names) == 0 {
		return []map[string]int{{}}
	}
	var out []map[string]int
	for _, rest := range combinations(names[1:], statuses) {
		for _, status := range statuses {
			m := map[string]int{names[0]: status}
			for k, v := range rest {
				m[k] = v
			}
			out = append(out, m)
		}
	}
	return out
}

func compare(t *testing.T, to string, chosen map[string]int) {
	t.Helper()
	want := simulated(mustPlan(t).Simulate(dialplan.Request{
		From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: to, Caller: "201", At: time.Now(),
	}, chosen))
	onStage(t, func(s *stage) {
		for target, status := range chosen {
			s.does[target] = []func(*fakeLeg) tandem.Cause{device(status)}
		}
		caller := s.call(to)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		ended := caller.over
		caller.hangUp()
		synctest.Wait()
		if got := s.lived(ended); got != want {
			t.Errorf("%s with %v: the call went\n  %s\nthe simulator says\n  %s", to, chosen, got, want)
		}
	})
}

// device does what an answer of Simulate says. A refusal comes after those who
// answer have answered, as Simulate has it: whoever answers has the call.
func device(status int) func(*fakeLeg) tandem.Cause {
	switch status {
	case dialplan.Answered:
		return answers(time.Second)
	case dialplan.NoAnswer:
		return rings(nil)
	}
	return refuses(2*time.Second, status)
}

// simulated is what Simulate says, in the words of lived.
func simulated(events []string) string {
	var out []string
	answered := false
	for _, e := range events {
		verb, rest, _ := strings.Cut(e, " ")
		switch verb {
		case "ring", "dial":
			out = append(out, e)
		case "forward":
			if strings.HasPrefix(rest, "user:") {
				out = append(out, "ring "+rest)
			} else {
				out = append(out, "dial "+rest)
			}
		case "redirect":
			out = append(out, "end 302")
		case "answered":
			out = append(out, "talk")
		case "answer":
			answered = true
			out = append(out, "answer")
		case "no":
			out = append(out, "end 408")
		case "busy":
			out = append(out, "end 486")
		case "reject":
			status, _ := strconv.Atoi(strings.Fields(rest)[0])
			out = append(out, fmt.Sprint("end ", status))
		case "hangup":
			if answered {
				out = append(out, "end 0")
			} else {
				out = append(out, "end 480")
			}
		}
	}
	return strings.Join(out, ", ")
}

// lived is how a call went; ended says that it was over before the caller hung
// up.
func (s *stage) lived(ended bool) string {
	var out []string
	for _, line := range strings.Split(s.told(), ", ") {
		who, what, _ := strings.Cut(line, " ")
		switch {
		case who == "ring" || who == "dial":
			out = append(out, line)
		case who == "caller" && what == "is answered":
			out = append(out, "answer")
		case strings.Contains(line, "talks with"):
			out = append(out, "talk")
		}
	}
	if ended && (len(out) == 0 || out[len(out)-1] != "talk") {
		out = append(out, fmt.Sprint("end ", s.last(Ended).Cause.Status))
	}
	return strings.Join(out, ", ")
}
