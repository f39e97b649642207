package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChangesAreToldInWordsOfTheFile(t *testing.T) {
	const base = `
domain = "pbx.example.com"
user "201" { password = "first secret" }
user "202" { password = "b" }
trunk "alpha" { host = "192.0.2.1" }
trunk "beta" { host = "192.0.2.2" }
room "board" { pin = "1234" }
from "users" {
  calls = {
    "2XX" = [dial("user:${to}")]
    "8X." = [dial("trunk:alpha")]
    "9X." = [dial("trunk:beta")]
  }
}
`
	load := func(text string) *File {
		t.Helper()
		f, found := Check(".", []Source{{"t.hcl", []byte(text)}}, Options{LookupEnv: env(nil)})
		if f == nil {
			t.Fatal(found)
		}
		return f
	}
	was := load(base)
	for _, c := range []struct {
		name     string
		old, new string // in the text
		want     string // each change on a line
		restart  string
	}{
		{"nothing", "", "", "", ""},
		{"a comment", `user "201"`, "# here is Ann\nuser \"201\"", "", ""},
		{"a user added", `trunk "alpha"`, "user \"203\" { password = \"c\" }\ntrunk \"alpha\"", "user 203 added", ""},
		{"a user removed", `user "202" { password = "b" }`, "", "user 202 removed", ""},
		{"a password", "first secret", "second secret", "user 201 changed: password", ""},
		{
			"several keys", `user "202" { password = "b" }`, "user \"202\" {\n  name = \"Bob\"\n  password = \"bb\"\n  max_calls = 2\n}",
			"user 202 changed: name, password, max_calls", "",
		},
		{"a host", `"192.0.2.1"`, `"192.0.2.9:5070"`, "trunk alpha changed: host, allow", ""},
		{"a room", "1234", "12345", "room board changed: pin", ""},
		{"a row", `dial("user:${to}")`, `dial("user:${to}", "9s")`, "dialplan: 1 row changed", ""},
		{"rows", `"8X." = [dial("trunk:alpha")]`, "\"81X.\" = [dial(\"trunk:alpha\")]\n\"82X.\" = [dial(\"trunk:alpha\")]", "dialplan: 2 rows added\ndialplan: 1 row removed", ""},
		{"the order of rows", `    "8X." = [dial("trunk:alpha")]
    "9X." = [dial("trunk:beta")]`, `    "9X." = [dial("trunk:beta")]
    "8X." = [dial("trunk:alpha")]`, "dialplan: rows stand in another order", ""},
		{"test numbers", `domain =`, "include_test_numbers = true\ndomain =", "dialplan: include_test_numbers changed", ""},
		{"listeners", `domain =`, "listen { sip = [\":5070/udp\", \":5060/tcp\"] }\ndomain =", "listener :5060/udp of sip removed\nlistener :5061/tls of sip removed\nlistener :5070/udp of sip added", ""},
		{"limits", `domain =`, "limits { guesses = 3 }\ndomain =", "limits changed: guesses", ""},
		{"what a restart is for", `domain = "pbx.`, "state = \"s\"\nmedia { ice = \"lite\" }\nlisten { media = [\":9000/udp\"] }\ndomain = \"sip.", "domain changed\nstate changed\nlistener :8443/udp of media removed\nlistener :9000/udp of media added\nmedia changed: ice", "domain state listen.media media.ice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(base, c.old, c.new, 1)
			if c.name != "nothing" && text == base {
				t.Fatal("the text is the same")
			}
			is := load(text)
			var got []string
			for _, ch := range was.Changes(is) {
				if strings.Contains(ch.Text, "secret") {
					t.Errorf("a secret is shown: %s", ch.Text)
				}
				got = append(got, ch.Text)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := strings.Join(was.Restart(is), " "); got != c.restart {
				t.Errorf("restart for %q, want %q", got, c.restart)
			}
		})
	}
}

func TestManyChangesAreCounted(t *testing.T) {
	a, b := &File{}, &File{}
	for i := range 120 {
		b.Users = append(b.Users, User{Name: strings.Repeat("1", i+1)})
	}
	all := a.Changes(b)
	if n := len(all); n != maxNamed+1 || all[n-1].Text != "70 more users added" {
		t.Errorf("%d changes, the last %q", n, all[n-1])
	}
}
