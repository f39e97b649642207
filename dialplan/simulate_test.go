package dialplan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSimulateWalksSteps(t *testing.T) {
	p := mustParse(t, `
from "users" {
  calls = {
    "1" = [dial("user:202", "20s")]
    "2" = [dial("user:202", "20s"), play("closed.wav")]
    "3" = [dial(["trunk:alpha", "trunk:beta/5"], "60s")]
    "4" = [dial(["trunk:alpha", "trunk:beta"], "60s", { next_on = [486] })]
    "5" = [ring(["user:201", "user:202", "sip:bob@192.0.2.1"])]
    "6" = [answer(), play("closed.wav")]
    "7" = [answer(), dial("user:202")]
    "8" = [tone("busy"), wait("5s"), hangup()]
    "9" = [reject(403, "No")]
    "10" = [answer(), echo()]
    "12" = [play("closed.wav")]
    "13" = [dial("trunk:alpha/7")]
    "2XX" = [dial("user:${to}")]
  }
}`)
	for _, c := range []struct {
		to      string
		answers map[string]int
		want    string
	}{
		{"1", nil, "ring user:202, answered"},
		{"1", map[string]int{"user:202": NoAnswer}, "ring user:202, no answer"},
		{"1", map[string]int{"user:202": Busy}, "ring user:202, busy"},
		{"1", map[string]int{"user:202": 603}, "ring user:202, reject 603"},
		{"1", map[string]int{"user:202": 480}, "ring user:202, reject 480"},
		{"2", map[string]int{"user:202": NoAnswer}, "ring user:202, play closed.wav, no answer"},
		{"3", nil, "dial trunk:alpha 3, answered"},
		{"3", map[string]int{"trunk:alpha": 503}, "dial trunk:alpha 3, dial trunk:beta 5, answered"},
		{"3", map[string]int{"trunk:alpha": NoAnswer}, "dial trunk:alpha 3, dial trunk:beta 5, answered"},
		{"3", map[string]int{"trunk:alpha": Busy}, "dial trunk:alpha 3, busy"},
		{"3", map[string]int{"trunk:alpha": 503, "trunk:beta 5": 500}, "dial trunk:alpha 3, dial trunk:beta 5, reject 500"},
		{"4", map[string]int{"trunk:alpha": 503}, "dial trunk:alpha 4, reject 503"},
		{"4", map[string]int{"trunk:alpha": Busy}, "dial trunk:alpha 4, dial trunk:beta 4, answered"},
		{"5", nil, "ring user:201, ring user:202, dial sip:bob@192.0.2.1, answered"},
		{"5", map[string]int{"user:201": Busy}, "ring user:201, ring user:202, dial sip:bob@192.0.2.1, answered"},
		{
			"5",
			map[string]int{"user:201": 480, "user:202": NoAnswer, "sip:bob@192.0.2.1": 503},
			"ring user:201, ring user:202, dial sip:bob@192.0.2.1, no answer",
		},
		{"6", nil, "answer, play closed.wav, hangup"},
		{"7", map[string]int{"user:202": Busy}, "answer, ring user:202, hangup"},
		{"8", nil, "tone busy, wait 5s, hangup"},
		{"9", nil, "reject 403"},
		{"10", nil, "answer, echo"},
		{"12", nil, "play closed.wav, reject 480"},
		{"13", map[string]int{"trunk:alpha 7": 404}, "dial trunk:alpha 7, reject 404"},
		{"13", map[string]int{"trunk:alpha 8": 404}, "dial trunk:alpha 7, answered"},
		{"299", nil, "reject 404"},
		{"77", nil, "reject 404"},
	} {
		got := p.Simulate(user("201", c.to), c.answers)
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s with %v: %q, want %s", c.to, c.answers, got, c.want)
		}
	}
}

func TestTestBlocksRunTheMatcher(t *testing.T) {
	p := mustParse(t, office+`
test "colleague" {
  call    = { from = "user:201", to = "202", at = "2026-08-19T11:00" }
  answers = { "user:202" = "no-answer" }
  expect  = ["ring user:202", "hangup"]
}
test "first carrier down" {
  call    = { from = "user:201", to = "+442079460000", caller = "7" }
  answers = { "trunk:alpha/+442079460000" = 503, "trunk:beta" = "answer" }
  expect  = ["dial trunk:alpha +442079460000", "dial trunk:beta +442079460000", "answered"]
}
test "wrong on purpose" {
  call   = { from = "trunk:alpha", to = "+442071234567" }
  expect = ["ring user:202", "answered", "hangup"]
}`)
	results := p.RunTests()
	passed := []bool{}
	for _, r := range results {
		passed = append(passed, r.Passed())
	}
	if !slices.Equal(passed, []bool{true, true, false}) || p.Tests() != 3 {
		t.Fatalf("passed %v of %v", passed, results)
	}
	if got, want := results[0].String(), "PASS colleague: ring user:202 > hangup"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want := `FAIL wrong on purpose (tandem.hcl:43)
  trunk:alpha calls "+442071234567": row "+442071234567" of from "trunks" (tandem.hcl:27): dial user:201 (30s)
  - expected:     ring user:202
  + but happened: ring user:201
    as expected:  answered
  - expected:     hangup`
	if diff := cmp.Diff(want, results[2].String()); diff != "" {
		t.Errorf("failure in words (-want +got):\n%s", diff)
	}
}
