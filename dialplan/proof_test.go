package dialplan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const proofPlan = `
timezone = "Europe/London"
hours "office" {
  open = ["mon-fri 09:00-17:30"]
}
let {
  closed = [reject(480, "Closed")]
}
from "users" {
  calls = {
    "2XX" = [dial("user:${to}", "20s"), dial("user:${to}", "5s"), ring(["user:201", "user:202"])]
    "9."  = [dial(["trunk:alpha", "trunk:beta"], "60s", { caller_id = "+442071234567" })]
    "300" = open("office") ? busy("202") ? [reject(486)] : [dial("user:202")] : closed
    "301" = asleep("202") ? [reject(480)] : [answer(), echo()]
    "302" = caller_name == "Ann" ? [answer(), hangup()] : [hangup()]
    "99"  = [echo()]
  }
}
`

// proofNames are who is there for proofPlan.
func proofNames() Names {
	return Names{Users: []string{"201", "202"}, Trunks: []string{"alpha", "beta"}}
}

// TestATestSaysWhatItIsAbout runs test blocks that hold, each with another way to say what is the case and what is wanted.
func TestATestSaysWhatItIsAbout(t *testing.T) {
	for name, body := range map[string]string{
		"an answer for each try": `call = { from = "user:201", to = "202" }
			answers = { "user:202" = ["no-answer", "busy", 503], "user:201" = "busy" }
			expect  = ["ring user:202", "ring user:202", "ring user:201", "ring user:202", "busy"]
			final   = 486`,
		"the last answer holds on": `call = { from = "user:201", to = "202" }
			answers = { "user:202" = ["busy", "no-answer"], "user:201" = 603 }
			final   = 603`,
		"what is beside a call": `call = { from = "user:201", to = "9030" }
			answers = { "trunk:alpha" = 503 }
			expect  = ["dial trunk:alpha 9030 as +442071234567 for 60s", "dial trunk:beta 9030 for 60s", "answered"]`,
		"the row and the end": "call = { from = \"user:201\", to = \"9030\" }\nrow = \"9.\"\nfinal = 200",
		"who is registered": `call = { from = "user:201", to = "202" }
			registered = ["201"]
			expect = ["ring user:201", "answered"]`,
		"nobody is registered":   "call = { from = \"user:201\", to = \"202\" }\nregistered = []\nexpect = [\"reject 480\"]",
		"who is busy":            "call = { from = \"user:201\", to = \"300\" }\nbusy = \"202\"\nexpect = [\"reject 486\"]",
		"who is asleep":          "call = { from = \"user:201\", to = \"301\" }\nasleep = [\"202\"]\nfinal = 480",
		"who is not asleep":      "call = { from = \"user:201\", to = \"301\" }\nexpect = [\"answer\", \"echo\"]\nfinal = 200",
		"hours that are closed":  "call = { from = \"user:201\", to = \"300\" }\nclosed = [\"office\"]\nexpect = [\"reject 480\"]",
		"hours that are open":    "call = { from = \"user:201\", to = \"300\", at = \"2026-08-23T11:00\" }\nopen = \"office\"\nexpect = [\"ring user:202\", \"answered\"]",
		"hours by the time":      "call = { from = \"user:201\", to = \"300\", at = \"2026-08-23T11:00\" }\nexpect = [\"reject 480\"]",
		"no time is a Wednesday": "call = { from = \"user:201\", to = \"300\" }\nexpect = [\"ring user:202\", \"answered\"]",
		"the caller's name":      "call = { from = \"user:201\", to = \"302\", caller_name = \"Ann\" }\nexpect = [\"answer\", \"hangup\"]\nfinal = 200",
		"nobody's name":          "call = { from = \"user:201\", to = \"302\" }\nexpect = [\"hangup\"]\nfinal = 480",
	} {
		plan, err := Parse("t.hcl", proofPlan+"test \""+name+"\" {\n"+body+"\n}", proofNames())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r := plan.RunTests()[0]; !r.Passed() || r.Difference() != nil && strings.Contains(strings.Join(r.Difference(), ""), "but") {
			t.Errorf("%s", r)
		}
	}
}

// TestAFailedTestSaysWhatDiffers reads the difference of a test that fails in everything.
func TestAFailedTestSaysWhatDiffers(t *testing.T) {
	plan, err := Parse("t.hcl", proofPlan+`test "x" {
  call   = { from = "user:201", to = "9030" }
  answers = { "trunk:alpha" = 503, "trunk:beta" = 503 }
  row    = "99"
  expect = ["dial trunk:alpha 9030 as +1", "dial trunk:beta 9030", "answered"]
  final  = 200
}
test "y" {
  call   = { from = "user:201", to = "300" }
  busy   = ["202"]
  expect = ["ring user:202", "answered"]
}`, proofNames())
	if err != nil {
		t.Fatal(err)
	}
	results := plan.RunTests()
	want := `FAIL x (t.hcl:19)
  user:201 calls "9030": row "9." of from "users" (t.hcl:12): dial trunk:alpha 9030, then trunk:beta 9030 (1m each, as +442071234567)
  - expected:     row "99"
  + but fired:    row "9." of from "users" (t.hcl:12)
  - expected:     dial trunk:alpha 9030 as +1
  + but happened: dial trunk:alpha 9030 as +442071234567 for 1m
    as expected:  dial trunk:beta 9030
  - expected:     answered
  + but happened: reject 503
  - expected:     the caller gets 200
  + but happened: the caller gets 503`
	if diff := cmp.Diff(want, results[0].String()); diff != "" {
		t.Errorf("x (-want +got):\n%s", diff)
	}
	want = `FAIL y (t.hcl:26)
  user:201 calls "300": row "300" of from "users" (t.hcl:13): reject 486
    since open("office") is true: as the file says
    since busy("202") is true (t.hcl:13)
  - expected:     ring user:202
  - expected:     answered
  + but happened: reject 486`
	got := strings.ReplaceAll(results[1].String(), `open by "mon-fri 09:00-17:30", it is Wed 2026-01-07 12:00 in Europe/London (t.hcl:13)`, "as the file says")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("y (-want +got):\n%s", diff)
	}
}

// TestCoverageNamesWhatNoTestReaches counts rows and sides of conditions.
func TestCoverageNamesWhatNoTestReaches(t *testing.T) {
	plan, err := Parse("t.hcl", proofPlan+`test "x" {
  call   = { from = "user:201", to = "300" }
  final = 200
}
test "y" {
  call  = { from = "user:201", to = "300" }
  closed = ["office"]
  final = 480
}
test "z" {
  call  = { from = "user:201", to = "201" }
  final = 200
}`, proofNames())
	if err != nil {
		t.Fatal(err)
	}
	c := plan.Coverage(plan.RunTests())
	var missed []string
	for _, p := range c.Missed {
		missed = append(missed, p.What)
	}
	want := []string{
		`row "9." of from "users"`, `busy("202") is true`, `row "301" of from "users"`, `asleep("202") is true`, `asleep("202") is false`,
		`row "302" of from "users"`, `caller_name == "Ann" is true`, `caller_name == "Ann" is false`, `row "99" of from "users"`,
	}
	if diff := cmp.Diff(want, missed); diff != "" || c.Total != 14 || c.Reached != 5 {
		t.Errorf("%d of %d are reached; missed (-want +got):\n%s", c.Reached, c.Total, diff)
	}
}

// TestTestsAreChecked compiles what is wrong with test blocks.
func TestTestsAreChecked(t *testing.T) {
	const call = `call = { from = "user:201", to = "1" }`
	for body, want := range map[string]string{
		call + "\nfinal = 199": `3:9 199 is no status that refuses a call: 400 to 699 | Write final = 200`,
		call + "\nrow = 7":     `row is text in quotes`,
		call + "\nregistered = [\"202\", \"203\"]\nfinal = 200":          `3:22 there is no user "203" | Did you mean "user:20`,
		call + "\nclosed = \"ofice\"\nfinal = 200":                       `3:10 there are no hours "ofice"`,
		call + "\nregistred = []\nfinal = 200":                           `test has no "registred" | Did you mean "registered"?`,
		call + "\nanswers = { \"user:202\" = [\"bussy\"] }\nfinal = 200": `nobody can do "bussy" | Did you mean "busy"?`,
		call: `this test lacks its expect | Write expect`,
	} {
		got := findings(t, "test \"x\" {\n"+body+"\n}")
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s\n got %q\nwant %q", body, got, want)
		}
	}
}
