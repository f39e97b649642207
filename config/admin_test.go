package config

import (
	"strings"
	"testing"
)

func TestPeopleOfTheConsoleAreRead(t *testing.T) {
	const hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	for _, c := range []struct{ text, want string }{
		{"admin \"ann\" {\n password_hash = \"" + hash + "\"\n role = \"admin\"\n}", ""},
		{"admin \"ann\" {\n password_hash = \"secret\"\n role = \"admin\"\n}", "is no argon2id hash"},
		{"admin \"ann\" {\n password_hash = \"" + hash + "\"\n role = \"root\"\n}", `"root"`},
		{"admin \"ann\" {\n role = \"admin\"\n}", `admin "ann" has no password_hash`},
		{"admin \"ann\" {\n password_hash = \"" + hash + "\"\n}", `admin "ann" has no role`},
	} {
		f, found := Check(".", []Source{{"t.hcl", []byte("domain = \"example.test\"\nuser \"201\" { password = \"x\" }\n" + c.text + "\n")}}, Options{})
		switch {
		case c.want == "" && (found.HasErrors() || len(f.Admins) == 0):
			t.Errorf("%s: %s", c.text, found)
		case c.want != "" && !strings.Contains(found.String(), c.want):
			t.Errorf("%s: %s, want %s", c.text, found, c.want)
		}
	}
}
