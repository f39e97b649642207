package dialplan

import (
	"slices"
	"strings"
	"testing"
)

const withBoxes = `
let { sales = [ring(["user:201", "user:202"], "5s"), voicemail("sales", { greeting = "closed.wav", busy = true })] }
from "users" {
  calls = {
    "20X" = [dial("user:${to}", "20s"), voicemail(to), reject(404)]
    "300" = sales
    "97"  = [mailbox()]
    "98"  = [mailbox("sales")]
  }
}`

func TestVoicemailSteps(t *testing.T) {
	p, err := Parse("plan.hcl", withBoxes, Names{Users: []string{"201", "202"}, Boxes: []string{"202", "sales"}, Sound: func(string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to, want, steps string
		answers         map[string]int
	}{
		{"202", "ring user:202, voicemail 202", "dial user:202 (20s); voicemail 202; reject 404", map[string]int{"user:202": NoAnswer}},
		{"202", "ring user:202, answered", "", nil},
		{"201", "ring user:201, reject 404", "", map[string]int{"user:201": Busy}}, // no such box
		{"300", "ring user:201, ring user:202, voicemail sales", "voicemail sales (greeting closed.wav, busy)", map[string]int{"user:201": Busy, "user:202": NoAnswer}},
		{"97", "mailbox", "mailbox", nil},
		{"98", "mailbox sales", "mailbox sales", nil},
	} {
		if got := strings.Join(p.Simulate(user("201", c.to), c.answers), ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.to, got, c.want)
		}
		if got := p.Route(user("201", c.to)).String(); !strings.Contains(got, c.steps) {
			t.Errorf("%s: %s, want %s in it", c.to, got, c.steps)
		}
	}
	if got := p.Unreached(); got != nil { // voicemail(to) may name any
		t.Errorf("unreached: %q", got)
	}
}

func TestBoxesThatNoRowFillsAreFound(t *testing.T) {
	p, err := Parse("plan.hcl", `from "users" { calls = { "1" = [voicemail("202")] } }`, Names{Boxes: []string{"201", "202", "sales"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Unreached(); !slices.Equal(got, []string{"201", "sales"}) {
		t.Errorf("unreached: %q", got)
	}
}
