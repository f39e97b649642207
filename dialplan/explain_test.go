package dialplan

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of explanations anew")

// explainPlan is the plan that explanations are told of.
func explainPlan(tb testing.TB) *Plan {
	tb.Helper()
	source, err := os.ReadFile("testdata/explain.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	// "203" is dialed and is nobody
	plan, err := Parse("tandem.hcl", string(source), Names{Users: []string{"201", "202", "203"}, Trunks: []string{"alpha"}})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

func explainedCalls(zone *time.Location) []Request {
	day, night := time.Date(2026, 8, 19, 11, 0, 0, 0, zone), time.Date(2026, 12, 25, 11, 0, 0, 0, zone)
	ann, bob, alpha := Source{FromUser, "201"}, Source{FromUser, "202"}, Source{FromTrunk, "alpha"}
	return []Request{
		{From: ann, To: "9030123", At: day},
		{From: bob, To: "9030123", At: day},
		{From: bob, To: "+4473123", At: day},
		{From: bob, To: "300", At: day},
		{From: bob, To: "300", At: day, State: Facts{BusyUsers: []string{"202"}}},
		{From: bob, To: "300", At: night, State: Facts{OpenHours: []string{"x"}}},
		{From: bob, To: "299", At: day, State: Facts{AsleepUsers: []string{"299"}}},
		{From: bob, To: "203", At: day, State: Facts{AsleepUsers: []string{"203"}}},
		{From: bob, To: "412", At: day},
		{From: bob, To: "", At: day},
		{From: alpha, To: "1", At: day, CallerName: "Spam Ltd"},
		{From: alpha, To: "1", At: day, Caller: "0302"},
		{From: alpha, To: "1", At: day, Caller: "sip:x"},
	}
}

// TestExplanationsAreWhatTheyWere compares explanations with those of testdata/explain.golden.
func TestExplanationsAreWhatTheyWere(t *testing.T) {
	plan := explainPlan(t)
	var b strings.Builder
	for _, r := range explainedCalls(plan.Zone()) {
		b.WriteString(plan.Route(r).Explain() + "\n")
	}
	if *update {
		if err := os.WriteFile("testdata/explain.golden", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/explain.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("explanations differ (-want +got); go test ./dialplan -run Explanations -update writes them anew:\n%s", diff)
	}
}

// turning is a world that changes its answer each time that it is asked.
type turning struct{ asked *int }

func (w turning) turn() bool             { *w.asked++; return *w.asked%2 == 1 }
func (w turning) Registered(string) bool { return w.turn() }
func (w turning) Busy(string) bool       { return !w.turn() }
func (w turning) Asleep(string) bool     { return w.turn() }

// TestAnExplanationStaysWhatTheCallHasSeen explains calls in a world that changes with every question, again and again, and
// asks for the steps that were decided and for no further question.
func TestAnExplanationStaysWhatTheCallHasSeen(t *testing.T) {
	plan := explainPlan(t)
	for _, r := range explainedCalls(plan.Zone()) {
		n := 0
		r.State = turning{&n}
		d := plan.Route(r)
		asked := n
		first := d.Explanation()
		for range 3 {
			if diff := cmp.Diff(first, d.Explanation()); diff != "" {
				t.Errorf("%s to %q is explained otherwise:\n%s", r.From, r.To, diff)
			}
		}
		if n != asked {
			t.Errorf("%s to %q: explaining asked the world %d times", r.From, r.To, n-asked)
		}
		checkExplanation(t, d)
	}
}

// checkExplanation asks of every explanation that it is of its decision, and is whole as JSON.
func checkExplanation(t *testing.T, d Decision) {
	t.Helper()
	e := d.Explanation()
	fires := 0
	for i, r := range e.Rows {
		if r.Fires {
			fires++
			if i != len(e.Rows)-1 || r.Line != d.Row.Line || r.Why != "" {
				t.Errorf("row %s fires as number %d of %d", r, i, len(e.Rows))
			}
		} else if r.Why == "" {
			t.Errorf("row %s does not fire and nobody says why", r)
		}
	}
	if (fires == 1) != (d.Row != nil) || len(e.Steps) != len(d.Steps) || e.Status != d.Status {
		t.Errorf("%d rows fire with %d steps and %d, want those of %s", fires, len(e.Steps), e.Status, d)
	}
	for i, s := range d.Steps {
		if e.Steps[i].Step != s.String() || len(e.Steps[i].Targets) != len(StepTargets(s)) {
			t.Errorf("step %d is %+v, want %s", i, e.Steps[i], s)
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Explanation
	if err := json.Unmarshal(text, &back); err != nil || back.String() != e.String() {
		t.Errorf("as JSON it says\n%swant\n%s%v", back, e, err)
	}
}

// TestNobodyPaysForExplanationsThatNobodyAsksFor counts what a call through many rows allocates: the same as through one,
// since the words of the rows that do not fire are made for whoever asks.
func TestNobodyPaysForExplanationsThatNobodyAsksFor(t *testing.T) {
	allocs := func(rows int) float64 {
		plan := manyRows(t, rows)
		r := Request{From: Source{FromUser, "201"}, To: lastOf(rows)}
		if d := plan.Route(r); d.Row == nil || d.Status != 0 || len(d.Tried()) != rows {
			t.Fatalf("%d rows: %s", rows, d)
		}
		return testing.AllocsPerRun(50, func() { plan.Route(r) })
	}
	one, many := allocs(1), allocs(1000)
	if many > one+5 { // what a pool lost to the collector meanwhile, and no row's
		t.Errorf("1000 rows cost %v allocations, one row %v", many, one)
	}
}
