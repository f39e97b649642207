package dialplan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan/numbering"
)

// withNumbers compiles a plan that knows numbers.
func withNumbers(t testing.TB, source string, n Numbers) (*Plan, string) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(source), "plan.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	names := Names{Users: []string{"201", "202", "101"}, Trunks: []string{"alpha", "beta"}}
	plan, diags := Compile(Input{Blocks: file.Body.(*hclsyntax.Body).Blocks, Names: names, Numbers: n})
	var told strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&told, "%s:%d: %s | %s\n", d.Subject.Filename, d.Subject.Start.Line, d.Summary, d.Detail)
	}
	if diags.HasErrors() {
		t.Fatal(told.String())
	}
	return plan, told.String()
}

func british(n Numbers) Numbers {
	n.Plan = &numbering.Config{Country: "GB", Emergency: []string{"999", "112"}}
	if n.Trunks == nil {
		n.Trunks = map[string]TrunkNumbers{"alpha": {Form: "e164"}, "beta": {Form: "00"}}
	}
	return n
}

func TestRowsThatDoNotFitNumbersAreToldOf(t *testing.T) {
	const users = "from \"users\" {\n  calls = {\n    \"emergency\" = [dial(\"trunk:alpha\")]\n%s\n  }\n}\n"
	for _, c := range []struct{ row, want string }{
		{`"00." = [dial("trunk:alpha")]`, `plan.hcl:4: numbers are understood before rows are tried`},
		{`"0X." = [dial("trunk:alpha")]`, `numbers are understood before rows are tried`},
		{`"02079460000" = [dial("user:201")]`, `"02079460000" is +442079460000 by then, which this row does not take | Write what numbers are by then, such as "+442079460000".`},
		{`"101" = [dial("user:201")]`, `plan.hcl:4: 101 may be meant as a service number of GB: this row wins`},
		{`"1XX" = [dial("user:${to}")]`, `more such numbers: this row wins`},
		{`"international" = [dial("trunk:alpha")]`, `nobody may call what this row takes: no permissions open an international number`},
		{`"+33." = [dial("trunk:alpha")]`, `nobody may call what this row takes: no permissions open an international number (FR)`},
		{`"250" = [dial("trunk:alpha")]`, `trunk "alpha" cannot carry "250": it wants numbers as e164, and this is none`},
		{`"250" = [dial("trunk:alpha/12345678")]`, `trunk "alpha" cannot carry "12345678"`},
		{`"2XX" = [dial("user:${to}")]`, ``},
		{`"+." = [dial("trunk:alpha")]`, ``},
		{`"." = [dial("trunk:alpha")]`, ``},
	} {
		_, told := withNumbers(t, fmt.Sprintf(users, c.row), british(Numbers{}))
		if c.want == "" && told != "" || !strings.Contains(told, c.want) {
			t.Errorf("%s: told %q, want %q", c.row, told, c.want)
		}
	}
	for source, want := range map[string]string{
		`from "users" { calls = { "+." = [dial("trunk:alpha")] } }`:                                                 `no row takes calls for help to`,
		"from \"users\" {\n calls = {\n \"XXX\" = [reject(404)]\n \"emergency\" = [dial(\"trunk:alpha\")]\n }\n}\n": `plan.hcl:3: this row takes 112, which calls for help | Put "emergency"`,
	} {
		if _, told := withNumbers(t, source, british(Numbers{})); !strings.Contains(told, want) {
			t.Errorf("%s: told %q, want %q", source, told, want)
		}
	}
	if _, told := withNumbers(t, `from "users" { calls = { "emergency" = [dial("trunk:alpha")] } }`, Numbers{}); !strings.Contains(told, "without a numbering block none is known") {
		t.Errorf("told %q", told)
	}
}

func TestPermissionsDecideByTheNumberThatTheTrunkIsAskedFor(t *testing.T) {
	office := &Permission{Name: "staff", Countries: []string{"FR"}, Hours: "office"}
	n := british(Numbers{
		Permissions: map[string]*Permission{"staff": office, "none": {Name: "none", Allow: []numbering.Class{}}},
		Users:       map[string]UserNumbers{"201": {Permissions: "staff"}, "101": {Permissions: "none"}},
	})
	plan, _ := withNumbers(t, `
hours "office" { open = ["mon-fri 09:00-17:00"] }
from "users" {
  calls = {
    "emergency" = [dial("trunk:alpha")]
    "300"       = [dial("trunk:beta/+33123456789")]
    "8."        = [dial("trunk:beta/${trimprefix(to, "8")}")]
    "+."        = [dial("trunk:alpha"), dial("user:202")]
  }
}
from "trunks" { calls = { "+442079460001" = [dial("trunk:beta/+33123456789")] } }
`, n)
	monday, sunday := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to string
		at       time.Time
		want     string
	}{
		{"user:201", "020 7946 0000", monday, "dial trunk:alpha +442079460000 > answered"},
		{"user:201", "020 7946 0000", sunday, "ring user:202 > answered"},
		{"user:201", "0033 1 23456789", monday, "dial trunk:alpha +33123456789 > answered"},
		{"user:201", "0039 06 12345678", monday, "ring user:202 > answered"},
		{"user:201", "999", sunday, "dial trunk:alpha 999 > answered"},
		{"user:201", "300", monday, "dial trunk:beta 0033123456789 > answered"},
		{"user:201", "300", sunday, "reject 403"},
		{"user:201", "80033123456789", monday, "dial trunk:beta 0033123456789 > answered"},
		{"user:201", "80039061234567", monday, "reject 403"},
		{"user:202", "80033123456789", monday, "reject 403"},
		{"user:202", "300", monday, "reject 403"},
		{"user:202", "07400 123456", monday, "dial trunk:alpha +447400123456 > answered"},
		{"user:101", "020 7946 0000", monday, "ring user:202 > answered"},
		{"user:101", "112", sunday, "dial trunk:alpha 112 > answered"},
		{"trunk:alpha", "+442079460001", monday, "reject 403"},
	} {
		from, err := ParseSource(c.from)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{From: from, To: c.to, At: c.at}
		if got := strings.Join(plan.Simulate(r, nil), " > "); got != c.want {
			t.Errorf("%s calls %s: %s, want %s\n%s", c.from, c.to, got, c.want, plan.Route(r).Explain())
		}
	}
	d := plan.Route(Request{From: Source{FromUser, "201"}, To: "0039 06 12345678", At: monday})
	for _, want := range []string{
		`user:201 calls "0039 06 12345678"`, "+390612345678", "an international number (IT)",
		`(403: user:201 may not call +390612345678, an international number (IT): permissions "staff" do not open it`,
	} {
		if !strings.Contains(d.Explain(), want) {
			t.Errorf("%q is not in\n%s", want, d.Explain())
		}
	}
	d = plan.Route(Request{From: Source{FromUser, "201"}, To: "020 7946 0000", At: sunday})
	if !strings.Contains(d.String(), `are for the hours "office"`) {
		t.Errorf("the hours are not told of: %s", d)
	}
}

func TestRowsSeeTheNumberAndDialedIsAsItWas(t *testing.T) {
	plan, _ := withNumbers(t, `
from "users" {
  calls = {
    "emergency" = [dial("trunk:alpha")]
    "+44."      = dialed == "020 7946 0000" && to == "+442079460000" ? [dial("user:201")] : [reject(404)]
    "premium"   = [reject(403, "Not from here")]
  }
}
from "trunks" { calls = { "+442079460001" = caller == "+442079460000" ? [dial("user:201")] : [reject(404)] } }
`, british(Numbers{Trunks: map[string]TrunkNumbers{"alpha": {Form: "national", Strip: "99"}, "beta": {}}}))
	for _, r := range []Request{
		{From: Source{FromUser, "201"}, To: "020 7946 0000"},
		{From: Source{FromTrunk, "alpha"}, To: "9902079460001", Caller: "02079460000"},
		{From: Source{FromTrunk, "beta"}, To: "+442079460001", Caller: "00442079460000"},
	} {
		if got := plan.Simulate(r, nil); got[0] != "ring user:201" {
			t.Errorf("%v: %v", r, got)
		}
	}
	if d := plan.Route(Request{From: Source{FromUser, "201"}, To: "0900 123 4567"}); d.Row == nil || d.Row.Pattern != "+44." {
		t.Errorf("%s", d)
	}
	d := plan.Route(Request{From: Source{FromUser, "201"}, To: "+33899123456"})
	if d.Row == nil || d.Row.Pattern != "premium" || d.Number.Country != "FR" {
		t.Errorf("%s", d)
	}
}

func TestCallersAreShownInTheTrunksForm(t *testing.T) {
	plan, _ := withNumbers(t, `from "users" { calls = { "emergency" = [dial("trunk:alpha")] } }`, british(Numbers{
		Trunks: map[string]TrunkNumbers{"alpha": {Form: "e164-without-plus"}, "beta": {Form: "national"}},
		Users:  map[string]UserNumbers{"201": {Number: "+442079460201"}},
	}))
	d := plan.Route(Request{From: Source{FromUser, "201"}, To: "999"})
	for _, c := range []struct {
		target       Target
		caller, want string
	}{
		{Target{Kind: TargetTrunk, Name: "alpha"}, "201", "442079460201"},
		{Target{Kind: TargetTrunk, Name: "beta"}, "201", "02079460201"},
		{Target{Kind: TargetTrunk, Name: "beta"}, "+33123456789", "0033123456789"},
		{Target{Kind: TargetTrunk, Name: "alpha"}, "202", "202"},
		{Target{Kind: TargetTrunk, Name: "alpha"}, "", ""},
		{Target{Kind: TargetUser, Name: "202"}, "201", "201"},
	} {
		if got := d.Shown(c.target, c.caller); got != c.want {
			t.Errorf("%s sees %q as %q, want %q", c.target, c.caller, got, c.want)
		}
	}
	if got := (Decision{}).Shown(Target{Kind: TargetTrunk}, "201"); got != "201" {
		t.Errorf("without a plan: %q", got)
	}
}

func BenchmarkRouteWithNumbers(b *testing.B) {
	var rows strings.Builder
	rows.WriteString("from \"users\" {\n calls = {\n \"emergency\" = [dial(\"trunk:alpha\")]\n")
	for i := range 998 {
		fmt.Fprintf(&rows, " \"+49%06d.\" = [dial(\"trunk:beta\")]\n", i)
	}
	rows.WriteString(" \"+.\" = [dial([\"trunk:alpha\", \"trunk:beta\"])]\n }\n}\n")
	plan, _ := withNumbers(b, rows.String(), british(Numbers{}))
	b.Run("the same number", func(b *testing.B) {
		for b.Loop() {
			plan.Route(Request{From: Source{FromUser, "201"}, To: "020 7946 0000"})
		}
	})
	b.Run("always another", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			plan.Route(Request{From: Source{FromUser, "201"}, To: fmt.Sprintf("020 7%03d %04d", n/10000%1000, n%10000)})
		}
	})
}
