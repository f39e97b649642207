package config

import (
	"strings"
	"testing"
)

// One slip is told once, with what to write: what follows from it only is not.
func TestOneSlipIsToldOnce(t *testing.T) {
	const good = `domain = "pbx.example.test"
user "201" {
  name     = "Ann"
  password = "choose-a-long-one"
}
user "202" { password = "and-another-one" }
trunk "alpha" { host = "203.0.113.7" }
from "users" { calls = { "2XX" = [dial("user:${to}", "20s")] } }
`
	for _, c := range []struct{ name, from, to, at, message, hint string }{
		{"no closing brace", "one\"\n}", "one\"", "2:12", "this block has no closing }", "A } is missing, perhaps before line 5."},
		{"no closing quote", `"Ann"`, `"Ann`, "3:18", "a text has no closing quote on its line", ""},
		{"single quotes", `"Ann"`, `'Ann'`, "3:14", `text stands in double quotes`, `Write "Ann".`},
		{"curly quotes", `"Ann"`, "\u201cAnn\u201d", "3:14", `text stands in straight quotes`, `Write "Ann".`},
		{"set twice", "domain = \"pbx.example.test\"\n", "domain = \"pbx.example.test\"\ndomain = \"b\"\n", "2:1", `"domain" is set twice, first at tandem.hcl:1`, "Take one of them out."},
		{"a variable that is not set", `"and-another-one"`, `env("NO_SUCH_ONE")`, "6:30", "the environment variable NO_SUCH_ONE is not set", "Set it where tandem is started, such as in the systemd unit."},
		{"a file that is not there", `"and-another-one"`, `file("ben.secret")`, "6:31", "there is no file ", "Its path begins at the folder of the configuration."},
		{"no name of a trunk", `trunk "alpha"`, `trunk`, "7:1", "trunk has one name, not 0", `Write trunk "alpha" { ... }.`},
		{"a URI for a host", `"203.0.113.7"`, `"sip:203.0.113.7"`, "7:24", `host "sip:203.0.113.7" is a URI`, `Write "203.0.113.7".`},
		{"a step of others", "dial(", "goto(", "8:35", `there is no step "goto"`, "dial"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.from, c.to, 1)
			_, found := Check(t.TempDir(), []Source{{Name: "tandem.hcl", Text: []byte(text)}}, Options{LookupEnv: func(string) (string, bool) { return "", false }})
			errs := found.Errors()
			if len(errs) != 1 || !strings.HasPrefix(errs[0].String(), "tandem.hcl:"+c.at+": "+c.message) || !strings.Contains(errs[0].Hint, c.hint) {
				t.Errorf("want %s: %s | %s once, got:\n%s", c.at, c.message, c.hint, errs)
			}
		})
	}
}
