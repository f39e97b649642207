package dialplan

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const programs = `
hours "office" { open = ["mon-fri 09:00-17:00"] }
from "users" {
  calls = {
    "1XX" = [script("route.star")]
    "2XX" = [script("fails.star", { default = [reject(486)] }), hangup()]
    "3XX" = [script("fails.star")]
    "4{n:XX}" = [ask("https://app.example.com/route?key=1", { timeout = "500ms", secret = "s3cret", default = [dial("user:201", "5s")] }), reject(404)]
    "5XX" = [ask("http://127.0.0.1:9/"), reject(404)]
  }
}
test "by script" {
  call    = { from = "user:201", to = "102", at = "2026-11-23T10:00" }
  expect  = ["ring user:202", "answered"]
}
test "the default" {
  call    = { from = "user:202", to = "400" }
  answers = { "user:201" = "busy" }
  expect  = ["ask https://app.example.com/route", "ring user:201", "reject 404"]
}
`

func programNames() Names {
	return Names{Users: []string{"201", "202"}, Trunks: []string{"alpha"}, Script: func(name string) ([]byte, error) {
		switch name {
		case "route.star":
			return []byte(`
def route(call):
    if not open("office") or busy("202"):
        return reject(480, "closed for " + lower(call.caller_name))
    return [dial("user:202", "20s", caller_id = "+442071234567"), dial("trunk:alpha")]
`), nil
		case "fails.star":
			return []byte("def route(call):\n    return [dial(('nobody:' if call.to.endswith('99') else 'sip:') + call.to + '@192.0.2.1')]\n"), nil
		}
		return nil, errors.New("there is no such file")
	}}
}

func programPlan(t *testing.T) *Plan {
	t.Helper()
	p, err := Parse("programs.hcl", programs, programNames())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func steps(d Decision) string {
	if d.Status != 0 {
		return d.String()
	}
	return joinSteps(d.Steps)
}

func TestScriptsGiveStepsOfTheDialplan(t *testing.T) {
	p := programPlan(t)
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		to    string
		at    time.Time
		state State
		want  string
	}{
		{"102", at, nil, "dial user:202 (20s, as +442071234567); dial trunk:alpha 102 (30s)"},
		{"102", at.Add(12 * time.Hour), nil, "reject 480 closed for ann"},
		{"102", at, Facts{BusyUsers: []string{"202"}}, "reject 480 closed for ann"},
		{"299", at, nil, "reject 486; hangup"},
	} {
		d := p.Route(Request{From: Source{FromUser, "201"}, To: c.to, CallerName: "Ann", At: c.at, State: c.state})
		if got := steps(d); got != c.want {
			t.Errorf("%s: %s, want %s", c.to, got, c.want)
		}
	}
	d := p.Route(Request{From: Source{FromUser, "201"}, To: "399", At: at})
	if d.Status != 500 || !strings.Contains(d.Reason, `targets of dial()`) {
		t.Errorf("%d %s", d.Status, d.Reason)
	}
	for _, r := range p.RunTests() {
		if !r.Passed() {
			t.Error(r)
		}
	}
}

func TestAProgramThatIsAskedAnswersWithSteps(t *testing.T) {
	p := programPlan(t)
	d := p.Route(Request{From: Source{FromUser, "202"}, To: "407", CallerName: "Bob", At: time.Unix(0, 0)})
	step, ok := d.Steps[0].(AskStep)
	if !ok || step.Timeout != 500*time.Millisecond || step.Secret() != "s3cret" || step.String() != "ask https://app.example.com/route (500ms)" {
		t.Fatalf("%v", d.Steps)
	}
	if strings.Contains(d.Explain(), "s3cret") || strings.Contains(d.Explain(), "key=1") {
		t.Errorf("an explanation tells secrets: %s", d.Explain())
	}
	var q map[string]any
	if err := json.Unmarshal(d.Question("c1", time.Unix(1, 0)), &q); err != nil {
		t.Fatal(err)
	}
	if q["from"] != "user:202" || q["to"] != "407" || q["caller"] != "202" || q["caller_name"] != "Bob" || q["call"] != "c1" ||
		q["values"].(map[string]any)["n"] != "07" {
		t.Errorf("asked %v", q)
	}
	for reply, want := range map[string]string{
		`[{"dial": ["user:201", "20s", {"record": true}]}, "answer", {"reject": 404}]`:                    "dial user:201 (20s, recorded); answer; reject 404",
		`{"steps": [{"dial": {"targets": ["trunk:alpha", "user:201"], "timeout": "9s"}}], "more": "yes"}`: "dial trunk:alpha 407, then user:201 (9s each)",
		`[]`:                                "502 0 steps",
		`{}`:                                "502 0 steps",
		`"dial"`:                            "502 no list of steps",
		`[{"dial": ["user:201"], "x": 1}]`:  "502 a step is written",
		`[{"dail": ["user:201"]}]`:          `502 there is no step "dail"`,
		`[{"dial": []}]`:                    "502 dial() lacks its targets",
		`[{"dial": ["user:201", 20]}]`:      "502 timeout of dial(): a time has a unit",
		`[{"dial": {"timeout": "20s"}}]`:    `502 there is no "timeout", or something before it is missing`,
		`[{"dial": [null]}]`:                "502 targets of dial()",
		`[{"ask": ["https://a.example/"]}]`: "502 ask cannot be answered with",
		`[{"menu": ["main"]}]`:              `502 name of menu(): there is no menu "main"`,
		`[{"dial": ["user:201` + strings.Repeat(" ", MaxReply) + `"]}]`: "502 it is larger",
		"[" + strings.Repeat(`"answer",`, MaxSteps) + `"answer"]`:       "502 65 steps",
		strings.Repeat("[", 20000):                                      "502 no list",
	} {
		d := d.Answered([]byte(reply), time.Now(), nil)
		got := steps(d)
		if status, words, refused := strings.Cut(want, " "); refused && status == "502" {
			if d.Status != 502 || !strings.Contains(d.Reason, words) {
				t.Errorf("%.80s: %d %s, want %s", reply, d.Status, d.Reason, want)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: %s, want %s", reply, got, want)
		}
	}
	if got := steps(d.Unanswered(step, time.Now(), nil)); got != "dial user:201 (5s)" {
		t.Errorf("without an answer: %s", got)
	}
	d = p.Route(Request{From: Source{FromUser, "202"}, To: "500"})
	if got := d.Unanswered(d.Steps[0].(AskStep), time.Now(), nil); len(got.Steps) != 0 || got.Status != 0 {
		t.Errorf("without a default: %v", got)
	}
}

func TestWhatProgramsAskIsChecked(t *testing.T) {
	for expr, want := range map[string]string{
		`ask("ftp://a.example/")`:                                "is not https",
		`ask("http://a.example/")`:                               "is not https",
		`ask("https://u:p@a.example/")`:                          "holds no password",
		`ask("https://a.example/${to}")`:                         "must not depend on the call",
		`ask("https://a.example/", { timeout = "1h" })`:          "out of range",
		`ask("https://a.example/", { timout = "1s" })`:           `ask has no option "timout"`,
		`ask("https://a.example/", { default = reject(404) })`:   "steps stand in a list",
		`ask("https://a.example/", { secret = caller })`:         "must not depend on the call",
		`ask("https://a.example/", "5s")`:                        "stand in { }",
		`ask()`:                                                  "lacks its url",
		`script("gone.star")`:                                    "there is no such file",
		`script("../route.star")`:                                "leads out of the folder",
		`script("route.star", { default = [dial("user:999")] })`: `no user "999"`,
		`script("route.star", { timeout = "1s" })`:               `script has no option "timeout"`,
	} {
		_, err := Parse("x.hcl", "from \"users\" { calls = { \"1\" = ["+expr+"] } }", programNames())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", expr, err, want)
		}
	}
}

// FuzzReply looks for answers of programs that do harm.
func FuzzReply(f *testing.F) {
	f.Add([]byte(`[{"dial": ["user:201", "20s", {"record": true}]}, "answer", {"reject": 404}]`))
	f.Add([]byte(`{"steps": [{"dial": {"targets": ["trunk:alpha", "sip:a@b"], "timeout": "9s"}}]}`))
	p, err := Parse("programs.hcl", programs, programNames())
	if err != nil {
		f.Fatal(err)
	}
	d := p.Route(Request{From: Source{FromUser, "202"}, To: "407"})
	f.Fuzz(func(t *testing.T, reply []byte) {
		if next := d.Answered(reply, time.Time{}, nil); (next.Status == 0) != (len(next.Steps) > 0) {
			t.Errorf("%d with %d steps", next.Status, len(next.Steps))
		}
	})
}
