package dialplan

import (
	"maps"
	"strings"
	"testing"
)

// TestPatternsNameTheirParts takes numbers apart.
func TestPatternsNameTheirParts(t *testing.T) {
	for _, c := range []struct {
		pattern, number string
		want            map[string]string
	}{
		{"9{number:X.}", "9030123", map[string]string{"number": "030123"}},
		{"{area:XXX}{rest:.}", "0301234", map[string]string{"area": "030", "rest": "1234"}},
		{"{a:.}*{b:.}", "1*2*3", map[string]string{"a": "1*2", "b": "3"}},
		{"*{n:[1-3]}#", "*2#", map[string]string{"n": "2"}},
		{"2XX", "201", nil},
		{"9{number:X.}", "8030123", nil},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Fatalf("%q: %v", c.pattern, err)
		}
		if c.want != nil && !p.Match(c.number) {
			t.Errorf("%q does not take %q", c.pattern, c.number)
		}
		if got := p.captured(c.number); !maps.Equal(got, c.want) && (c.pattern != "{a:.}*{b:.}" || got["a"] != "1" || got["b"] != "2*3") {
			t.Errorf("%q takes %q apart as %v, want %v", c.pattern, c.number, got, c.want)
		}
	}
	for pattern, want := range map[string]string{
		"9{number:X": `"{" without a "}"`, "9}": `"}" without a "{"`, "{:X}": "is no name", "{n:}": `"n" takes nothing`, "{to:X}": `"to" is given by the call`,
		"{n:X}{n:X}": `"n" is there twice`, "{n:{m:X}}": `"{" inside of another`, "{n}": "wants a name, a colon", "{N:X}": "is no name", "{": "wants a name, a colon",
	} {
		if _, err := ParsePattern(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
	}
}

const prefixPlan = `
prefixes {
  mobile  = ["+4473", "+4474", "+447[5-9]"]
  outside = "9"
}
from "users" {
  calls = {
    "mobile"                  = [reject(403, "mobile")]
    "9{number:X.}"            = [dial("trunk:alpha/${number}")]
    "{outside}{mobile}"       = [reject(404)]
    "00{country:[1-9]X}{n:.}" = [reject(404, "${country} ${n}")]
    "mobiles"                 = [echo()]
  }
}`

// TestRowsNamePrefixes routes by named prefixes and by parts of patterns.
func TestRowsNamePrefixes(t *testing.T) {
	plan, err := Parse("x.hcl", prefixPlan, Names{Users: []string{"201"}, Trunks: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{
		"+447300123": "reject 403 mobile", "+4478001": "reject 403 mobile", "9030123": "dial trunk:alpha 030123 (30s)",
		"0044201": "reject 404 44 201", "mobiles": "echo", "+4473": "", "+447201": "", "mobile": "", "9+4473001": "reject 404",
	} {
		d := plan.Route(Request{From: Source{FromUser, "201"}, To: to})
		if got := joinSteps(d.Steps); got != want {
			t.Errorf("%q: %q (%s), want %q", to, got, d.Reason, want)
		}
	}
	tried := plan.Route(Request{From: Source{FromUser, "201"}, To: "+44201"}).Tried()
	if len(tried) != 5 || tried[0].Why != `"+44201" begins with none of its 3 prefixes` {
		t.Errorf("tried %+v", tried)
	}
}

// TestPrefixesAndPartsAreChecked compiles what is wrong with them, and rows behind them that can never match.
func TestPrefixesAndPartsAreChecked(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`prefixes { mobile = [] }`, `1:21 a name stands for 1 to 2000 prefixes, not 0`},
		{`prefixes { Mobile = ["1"] }`, `1:12 "Mobile" is no name of prefixes`},
		{`prefixes { mobile = [447] }`, `1:22 a prefix is text in quotes, not a number | Write it in quotes: "447".`},
		{`prefixes { mobile = ["447."] }`, `prefix "447.": what follows it is not written`},
		{"prefixes { m = [\"1\"] }\nprefixes { m = [\"2\"] }", `2:12 "m" is set twice, first at t.hcl:1`},
		{`prefixes "x" { m = ["1"] }`, `1:10 prefixes has no name`},
		{`from "users" { calls = { "{mobil}" = [echo()] } }`, `1:27 pattern "{mobil}": there are no prefixes "mobil"`},
		{`from "users" { calls = { "{n:X.}" = [dial("user:${m}")] } }`, `there is no value named "m"`},
		{"let { n = \"1\" }\nfrom \"users\" { calls = { \"{n:X.}\" = [dial(\"user:201\")] } }", `2:26 "n" is a name of a let already, at t.hcl:1`},
		{"prefixes { m = [\"44\", \"45\"] }\nfrom \"users\" { calls = { \"4.\" = [echo()], \"m\" = [echo()] } }", `2:43 this row can never match: "4." at t.hcl:2 takes`},
		{"prefixes { m = [\"44\", \"45\"] }\nfrom \"users\" { calls = { \"m\" = [echo()], \"4[45]X\" = [echo()] } }", `2:42 this row can never match: "m" at t.hcl:2 takes`},
		{"prefixes { m = [\"44\", \"45\"] }\nfrom \"users\" { calls = { \"m\" = [echo()], \"4[456]X\" = [echo()] } }", ``},
		{`from "users" { calls = { "{n:2XX}" = [echo()], "2XX" = [echo()] } }`, `can never match: "{n:2XX}" at t.hcl:1`},
	} {
		got := findings(t, c.source)
		if len(got) > 1 || (c.want == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.source, got, c.want)
		}
	}
}
