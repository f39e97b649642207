package dialplan

import (
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestAProgramGoesOnInTheScopeOfItsCall compiles a program that wants a variable which only comes later, and evaluates it
// for a call that its row has taken already.
func TestAProgramGoesOnInTheScopeOfItsCall(t *testing.T) {
	expr, diags := hclsyntax.ParseExpression([]byte(`[dial("user:${digits}", "20s"), play("${caller}.wav")]`), "x.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c := newCompiler(Input{Names: Names{Users: []string{"201", "202"}}})
	var p program
	c.within([]string{"digits"}, func() { p = c.compileSteps(expr) })
	if p == nil || c.diags.HasErrors() {
		t.Fatalf("the program does not compile: %v", c.diags)
	}
	if c.given("digits") || c.compileSteps(expr) != nil {
		t.Errorf("digits is known outside of within")
	}
	d := Decision{Request: Request{From: Source{FromTrunk, "alpha"}, To: "1", Caller: "0301"}, plan: c.plan, Status: 404}
	at := time.Date(2026, 8, 19, 11, 0, 0, 0, time.UTC)
	next := d.continued(p, sequel{variables: map[string]string{"digits": "202"}, at: at})
	if got, want := joinSteps(next.Steps), "dial user:202 (20s); play 0301.wav"; got != want || next.Status != 0 {
		t.Errorf("the steps are %q with %d %s, want %q", got, next.Status, next.Reason, want)
	}
	if !next.Request.At.Equal(at) {
		t.Errorf("it goes on at %s, want %s", next.Request.At, at)
	}
	if next := d.continued(p, sequel{variables: map[string]string{"digits": ""}}); next.Status != 500 || next.Steps != nil {
		t.Errorf("with what makes no target it goes on with %v and %d", next.Steps, next.Status)
	}
	if next := (Decision{}).continued(p, sequel{}); next.Status != 500 {
		t.Errorf("without a plan it goes on with %d", next.Status)
	}
}

// TestAFurtherNumberIsAskedOfTheSamePlan holds a decision on to the plan that it came from.
func TestAFurtherNumberIsAskedOfTheSamePlan(t *testing.T) {
	plan, err := Parse("x.hcl", `from "users" { calls = { "1" = [echo()], "2" = [hangup()] } }`, Names{Users: []string{"201"}})
	if err != nil {
		t.Fatal(err)
	}
	r := Request{From: Source{FromUser, "201"}, To: "1"}
	d := plan.Route(r)
	r.To = "2"
	if got := d.Route(r); got.Row == nil || got.Row.Pattern != "2" {
		t.Errorf("the decision's plan says %s", got)
	}
	if got := (Decision{}).Route(r); got.Status != 404 {
		t.Errorf("no plan says %s", got)
	}
}

// TestTheCallGivesItsVariables reads every variable of a call.
func TestTheCallGivesItsVariables(t *testing.T) {
	plan, err := Parse("x.hcl", `from "trunks" { calls = { "1" = [reject(403, "${to} ${from} ${caller} ${caller_name} ${dialed} ${trunk}")] } }`, Names{Trunks: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	d := plan.Route(Request{From: Source{FromTrunk, "alpha"}, To: "1", Caller: "0301", CallerName: "Ann"})
	if got, want := joinSteps(d.Steps), "reject 403 1 trunk:alpha 0301 Ann 1 alpha"; got != want {
		t.Errorf("the call gives %q, want %q", got, want)
	}
}
