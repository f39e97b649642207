package dialplan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// findings compiles a source and gives what was found as `line:column message | hint` with a W before warnings.
func findings(t *testing.T, source string) []string {
	t.Helper()
	return findingsWith(t, source, testNames)
}

func findingsWith(t *testing.T, source string, names Names) []string {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(source), "t.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	_, diags = Compile(Input{Blocks: file.Body.(*hclsyntax.Body).Blocks, Names: names})
	var all []string
	for _, d := range diags {
		kind := ""
		if d.Severity == hcl.DiagWarning {
			kind = "W "
		}
		all = append(all, fmt.Sprintf("%s%d:%d %s | %s", kind, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail))
	}
	return all
}

// row puts steps into the second line, where they begin at column 9.
func rowSource(steps string) string {
	return "from \"users\" { calls = {\n\"3XX\" = " + steps + "\n} }\n"
}

func TestCompileReportsWhatIsWrongWithARow(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{`[dail("user:201")]`, `2:10 there is no step "dail" | Did you mean "dial"?`},
		{`[dial("usr:201")]`, `2:15 "usr:" is no kind of target | Did you mean "user"?`},
		{`[dial("user:20l")]`, `2:15 there is no user "20l" | Did you mean "user:201"?`},
		{`[dial("trunk:betta")]`, `2:15 there is no trunk "betta" | Did you mean "trunk:beta"?`},
		{`[dial(["user:201", "trunk:betta/1"])]`, `2:28 there is no trunk "betta" | Did you mean "trunk:beta"?`},
		{`[dial("trunk:betta/${to}")]`, `2:15 there is no trunk "betta"`},
		{`[dial("usr:${to}")]`, `2:15 "usr:" is no kind of target | Did you mean "user"?`},
		{`[dial("alice")]`, `2:15 "alice" is no target | Did you mean "user:alice"?`},
		{`[dial("201x")]`, `2:15 "201x" is no target | A target is`},
		{`[dial(201)]`, `2:15 a target is text in quotes, not a number | Write it in quotes: "201".`},
		{`[dial("room:a b")]`, `2:15 a room has a name of 1 to 64 letters`},
		{`[dial("user:")]`, `2:15 "user:" names no user`},
		{`[dial("trunk:alpha/")]`, `the number is empty`},
		{`[dial("trunk:alpha/1 2")]`, `2:15 trunk "alpha" cannot be asked for "1 2": ' ' cannot stand in a number`},
		{`[dial("sip:bob@exa mple")]`, `is no SIP URI`},
		{`[dial("sip:bob@192.0.2.1:99999")]`, `"99999" is no port`},
		{`[dial("sip:bob@192.0.2.999")]`, `"192.0.2.999" is no host`},
		{`[dial("sip:bob@2001:db8::1")]`, `an IPv6 address stands in [ ]`},
		{`[dial("sip:@192.0.2.1")]`, `nothing stands before the @`},
		{`[dial("sip:bob@[2001:db8::x]")]`, `is no IPv6 address`},
		{`[dial("sip:${to}")]`, `2:15 the host of a sip: target must not come from the call`},
		{`[dial("sip:bob@${caller}")]`, `the host of a sip: target must not come from the call`},
		{`[dial(to)]`, `the host of a sip: target must not come from the call`},
		{`[dial(to == "1" ? "user:201" : "sip:${to}")]`, `the host of a sip: target must not come from the call`},
		{`[dial(to == "1" ? "user:201" : "user:209")]`, `there is no user "209" | Did you mean "user:201"?`},
		{`[dial("user:201", 20)]`, `2:27 a time has a unit | Write "20s".`},
		{`[dial("user:201", "20")]`, `2:27 "20" is no time | Times are written`},
		{`[dial("user:201", "11m")]`, `2:27 "11m" is out of range: from 1s to 10m`},
		{`[dial("user:201", "0s")]`, `out of range`},
		{`[dial("user:201", "-5s")]`, `out of range`},
		{`[dial("user:201", "20s", { nxt_on = [503] })]`, `2:36 dial has no option "nxt_on" | Did you mean "next_on"?`},
		{`[dial("user:201", "20s", { next_on = [503, 200] })]`, `2:52 200 is no status that refuses a call: 400 to 699`},
		{`[dial("user:201", "20s", { next_on = 503 })]`, `next_on is a list of statuses, not a number`},
		{`[dial("user:201", "20s", { caller_id = 44 })]`, `2:48 caller_id is text in quotes, not a number`},
		{`[dial("user:201", "20s", { "caller_id" = "a b" })]`, `cannot be shown as a caller's number`},
		{`[dial("user:201", "20s", { record = "yes" })]`, `record is true or false, not text`},
		{`[dial("user:201", "20s", [503])]`, `2:34 options stand in { }, not as a list`},
		{`[dial()]`, `2:10 dial() lacks its targets | It is written dial(targets, timeout, {options}).`},
		{`[dial([])]`, `a step calls 1 to 32 targets, not 0`},
		{`[dial(null)]`, `a target is text, not null`},
		{`[ring("user:201", "20s", {}, 1)]`, `2:38 ring() takes no more than 3 arguments`},
		{`[answer("now")]`, `2:17 answer() takes nothing`},
		{`[reject("busy")]`, `2:17 a status is a number, not text`},
		{`[reject(200)]`, `2:17 200 is no status that refuses a call`},
		{`[reject(486.5)]`, `486.5 is no status`},
		{`[reject(486, "a\nb")]`, `a phrase is at most 128 octets on one line`},
		{`[tone("bussy")]`, `2:15 there is no tone "bussy" | Did you mean "busy"?`},
		{`[tone("x")]`, `There are ringback, busy, congestion, dial, info, waiting, test.`},
		{`[play("../etc/passwd")]`, `leads out of the folder of sounds`},
		{`[play("/etc/x.wav")]`, `leads out of the folder of sounds`},
		{`[play("")]`, `a sound file has a name`},
		{`[wait("2h")]`, `out of range: from 100ms to 1h`},
		{`[voicemail()]`, `2:10 voicemail() lacks its box`},
		{`[voicemail("201", { greting = "a.wav" })]`, `voicemail has no option "greting" | Did you mean "greeting"?`},
		{`[menu("main"), dail("user:201")]`, `2:24 there is no step "dail"`},
		{`open("office") ? [echo()] : [hangup()]`, `2:14 there are no hours "office" | Write hours "office"`},
		{`[substr("a", 0, 1)]`, `substr() gives a value, not a step.`},
		{`echo()`, `2:9 steps stand in a list, also a single one | Write [echo(...)].`},
		{`"user:201"`, `2:9 steps are wanted here, not text | Write [dial`},
		{`["user:201"]`, `2:10 steps are wanted here, not text`},
		{`[]`, `2:9 there are no steps in this list | Write [reject(404)]`},
		{`to`, `steps are wanted here, not the value of "to"`},
		{`[echo]`, `2:10 "echo" is a step and wants ( )`},
		{`[dial(user)]`, `2:15 there is no value named "user" | Text stands in quotes`},
		{`[dial("user:${too}")]`, `there is no value named "too" | Did you mean "to"?`},
		{`sails`, `there is no value named "sails"`},
		{`[reject(to)]`, `a status is a number, not text`},
		{`to ? [echo()] : [hangup()]`, `a condition is true or false, not text`},
		{`[dial(upper(trimprefx("user:201", "x")))]`, `there is no function "trimprefx" | Did you mean "trimprefix"?`},
		{`[dial(dial("user:201"))]`, `2:15 dial() is a step and cannot be a value`},
		{`[for u in ["201"] : dial("user:${u}")]`, `steps cannot be made by for`},
		{`[dial(["user:201"]...)]`, `does not take a list in place of its arguments`},
		{`[play(["a.wav", "b.wav"][to])]`, `2:1 this row never works; when "300" is dialed`},
		{`[play(["a.wav"][7])]`, `Invalid index`},
		{`[dial("trunk:alpha/${substr(to, 9, 1)}")]`, `2:1 this row never works; when "300" is dialed: trunk "alpha" cannot be asked for ""`},
	} {
		got := findings(t, rowSource(c.steps))
		if len(got) != 1 && !(strings.HasPrefix(c.steps, "[menu") && len(got) == 2) || !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.steps, got, c.want)
		}
	}
}

func TestCompileReportsWhatIsWrongWithBlocks(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`from "user" { calls = { "1" = [echo()] } }`, `1:6 no calls come from "user" | Did you mean "users"?`},
		{`from "usr:201" { calls = { "1" = [echo()] } }`, `Did you mean "user:201"?`},
		{`from "user:203" { calls = { "1" = [echo()] } }`, `1:6 there is no user "203"`},
		{`from { calls = { "1" = [echo()] } }`, `1:1 from has one label, not 0`},
		{`from "users" "trunks" { calls = { "1" = [echo()] } }`, `1:14 from has one label, not 2`},
		{`from "users" { cals = { "1" = [echo()] } }`, `1:16 from has no "cals" | Did you mean "calls"?`},
		{"from \"users\" {\n calls {\n }\n}", `2:2 from holds no block "calls" | Write calls = { ... }.`},
		{`from "users" { }`, `from "users" has no rows`},
		{`from "users" { calls = [] }`, `calls is a table of patterns and steps`},
		{`from "users" { calls = { 201 = [echo()] } }`, `1:26 a pattern is text in quotes, not a number | Write it in quotes, such as "201"`},
		{`from "users" { calls = { "2[1-5" = [echo()] } }`, `1:28 pattern "2[1-5": "[" without a "]" after it`},
		{`from "users" { calls = { "" = [echo()] } }`, `a pattern must not be empty`},
		{`let { to = "1" }`, `"to" is given by the call and cannot be set`},
		{"let {\n a = \"1\"\n}\nlet {\n a = \"2\"\n}", `5:2 "a" is set twice, first at t.hcl:2`},
		{"let {\n a = b\n b = a\n}", `"a" refers to itself: a > b > a`},
		{`let { a = bb }`, `there is no value named "bb"`},
		{`let "x" { a = "1" }`, `let has no name`},
		{"let {\n a {\n }\n}", `let holds values, not blocks`},
		{`let { a = [dial("user:209")] }`, `there is no user "209"`},
		{"let {\n s = [echo()]\n v = \"x${s}\"\n}\nfrom \"users\" { calls = { \"1\" = [dial(s)] } }", `"s" is steps and cannot be a value`},
		{"let { v = \"user:201\" }\nfrom \"users\" { calls = { \"1\" = v } }", `steps are wanted here, and "v" is a value`},
		{"let { v = startswith(to, \"9\") ? \"sip:${to}\" : \"user:201\" }", `the host of a sip: target must not come from the call`},
		{`test { }`, `a test has one name`},
		{"test \"a\" {\n expct = []\n}", `test has no "expct" | Did you mean "expect"?`},
		{"test \"a\" {\n call = { from = \"user:203\", to = \"1\" }\n expect = [\"answer\"]\n}", `2:18 there is no user "203"`},
		{"test \"a\" {\n call = { frm = \"user:201\", to = \"1\" }\n expect = [\"answer\"]\n}", `2:11 call has no "frm" | Did you mean "from"?`},
		{"test \"a\" {\n call = { from = \"201\", to = \"1\" }\n expect = [\"answer\"]\n}", `no calls come from "201"`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\", at = \"noon\" }\n expect = [\"answer\"]\n}", `"noon" is no time of day on a date`},
		{"test \"a\" {\n call = { from = \"user:201\", to = 1 }\n expect = [\"answer\"]\n}", `2:35 to is text in quotes, not a number`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\" }\n expect = \"answer\"\n}", `expect is a list of events, not text`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\" }\n expect = []\n}", `a test expects 1 to 200 events`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\" }\n answers = { \"user:202\" = \"no-anser\" }\n expect = [\"answer\"]\n}", `nobody can do "no-anser" | Did you mean "no-answer"?`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\" }\n answers = { \"user:222\" = 486 }\n expect = [\"answer\"]\n}", `there is no user "222"`},
		{"test \"a\" {\n call = { from = \"user:201\", to = \"1\" }\n answers = { \"user:202\" = 100 }\n expect = [\"answer\"]\n}", `100 is no status that refuses a call`},
		{"test \"a\" {\n call = { from = \"user:201\", to = to }\n expect = [\"answer\"]\n}", `there is no call here yet`},
		{`test "a" { call = { from = "user:201", to = "1" } }`, `this test lacks its expect`},
	} {
		if got := strings.Join(findings(t, c.source), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}

func TestCompileReportsEverythingAtOnce(t *testing.T) {
	got := findings(t, `
from "users" {
  calls = {
    "1" = [dail("user:201"), tone("bussy")]
    "2[" = [dial(["user:2O1", "trunk:gamma"], "20", { x = 1 })]
  }
}
from "usrs" {
  calls = { "3" = [reject(1)] }
}
`)
	if len(got) != 9 {
		t.Errorf("found %d things, want 9:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func TestMissingSoundIsAWarning(t *testing.T) {
	got := findings(t, rowSource(`[play("gone.wav"), play("closed.wav")]`))
	if len(got) != 1 || !strings.HasPrefix(got[0], `W 2:15 there is no sound "gone.wav"`) {
		t.Errorf("found %q", got)
	}
}

func TestStepsThatNeverRunAreAWarning(t *testing.T) {
	got := findings(t, rowSource(`[answer(), echo(), hangup()]`))
	if len(got) != 1 || !strings.HasPrefix(got[0], `W 2:28 this step never runs, since echo() before it ends the call`) {
		t.Errorf("found %q", got)
	}
}

func TestRowsThatNeverMatchAreAWarning(t *testing.T) {
	for _, c := range []struct {
		rows string // patterns, in order
		want string // the last of them is covered by these; empty: it is not
	}{
		{"2XX 201", `"2XX" at t.hcl:2`},
		{"201 2XX", ""},
		{". alice", `"." at`},
		{"1. 1X", `"1." at`},
		{"1. 1", ""},
		{"1X. 1.", ""},
		{"1.. 1XX", `"1.." at`},
		{"1.. 1X", ""},
		{".1 X1", `".1" at`},
		{".1 .21", `".1" at`},
		{".1. 1.1", ""},
		{"1.3 1.2.3", `"1.3" at`},
		{"[0-4]X [5-9]X XX", "together"},
		{"[0-4]X [6-9]X XX", ""},
		{"X X. [0-9]1", `"X." at`},
		{"1 1. 1.", `"1." at`},
		{"é é", `"é" at`},
		{"N Z", ""},
		{"Z N", `"Z" at`},
		{"X XX XXX. [1-3].", ""},
		{"200 201", ""},
	} {
		var b strings.Builder
		b.WriteString("from \"users\" { calls = {\n")
		patterns := strings.Fields(c.rows)
		for _, p := range patterns {
			fmt.Fprintf(&b, "%q = [echo()]\n", p)
		}
		b.WriteString("} }\n")
		last := ""
		for _, f := range findings(t, b.String()) {
			if strings.HasPrefix(f, fmt.Sprintf("W %d:1 this row can never match", len(patterns)+1)) {
				last = f
			}
		}
		if (c.want == "") != (last == "") || !strings.Contains(last, c.want) {
			t.Errorf("%s: %q, want %q", c.rows, last, c.want)
		}
	}
}

// FuzzCovers asks that a covered pattern takes nothing that the others leave.
func FuzzCovers(f *testing.F) {
	f.Add("2XX", "20.", "201", "201")
	f.Add("[0-4].", "[5-9].", "X.", "77")
	f.Fuzz(func(t *testing.T, a, b, c, number string) {
		p, err1 := ParsePattern(a)
		q, err2 := ParsePattern(b)
		r, err3 := ParsePattern(c)
		if err1 != nil || err2 != nil || err3 != nil || len(a)+len(b)+len(c) > 40 {
			return
		}
		covered := covers([]Pattern{p, q}, r)
		for _, n := range append(r.samples(), number) {
			if covered && r.Match(n) && !p.Match(n) && !q.Match(n) {
				t.Errorf("%q and %q cover %q, but not %q", a, b, c, n)
			}
		}
	})
}
