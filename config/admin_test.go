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

func TestASignInServiceIsRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`issuer = "https://login.example.com" client_id = "tandem" role = "viewer"`, ""},
		{`issuer = "http://127.0.0.1:5556/dex" client_id = "tandem" rules = { admin = ["groups=voice-admins", "email=*@example.com"] }`, ""},
		{`issuer = "http://login.example.com" client_id = "tandem" role = "viewer"`, "would let everybody on the way sign in"},
		{`issuer = "login.example.com" client_id = "tandem" role = "viewer"`, "is no https URL"},
		{`client_id = "tandem" role = "viewer"`, "oidc lacks its issuer"},
		{`issuer = "https://login.example.com" role = "viewer"`, "oidc lacks its client_id"},
		{`issuer = "https://login.example.com" client_id = "tandem"`, "lets nobody in"},
		{`issuer = "https://login.example.com" client_id = "tandem" rules = { root = ["groups=x"] }`, `has no "root"`},
		{`issuer = "https://login.example.com" client_id = "tandem" rules = { admin = ["voice-admins"] }`, "is no claim with its value"},
		{`issuer = "https://login.example.com" client_id = "tandem" rules = { admin = ["email=ann@*"] }`, "at the beginning"},
		{`issuer = "https://login.example.com" client_id = "tandem" rules = { admin = ["sub=*"] }`, "whoever the sign-in service knows"},
		{`issuer = "https://login.example.com" client_id = "tandem" role = "viewer" scopes = ["a b"]`, "is no scope"},
		{`issuer = "https://login.example.com" client_id = "tandem" role = "root"`, `"root"`},
	} {
		text := strings.NewReplacer(" client_id", "\nclient_id", " role =", "\nrole =", " rules", "\nrules", " scopes", "\nscopes").Replace(c.text)
		f, found := Check(".", []Source{{"t.hcl", []byte("domain = \"example.test\"\nuser \"201\" { password = \"x\" }\noidc {\n" + text + "\n}\n")}}, Options{})
		switch {
		case c.want == "" && (found.HasErrors() || f.OIDC.ClientID != "tandem"):
			t.Errorf("%s: %s", c.text, found)
		case c.want != "" && !strings.Contains(found.String(), c.want):
			t.Errorf("%s: %s, want %s", c.text, found, c.want)
		}
	}
}
