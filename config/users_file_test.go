package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUsersComeFromATable reads users from a table beside those of blocks.
func TestUsersComeFromATable(t *testing.T) {
	folder := t.TempDir()
	table := "\ufeffuser,password,name,ha1_md5,max_calls\r\n" +
		"301,\"secret, \"\"quoted\"\"\",Ann,,2\r\n" +
		"302,,\"Bob Miller\",0123456789abcdef0123456789ABCDEF,\r\n"
	if err := os.WriteFile(filepath.Join(folder, "people.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	f, found := Check(folder, []Source{{"t.hcl", []byte("domain = \"pbx.example.com\"\nusers_file = \"people.csv\"\nuser \"201\" { password = \"x\" }\n" +
		"from \"users\" {\n calls = { \"1\" = [ring([\"user:301\", \"user:302\", \"user:201\"])] }\n}")}}, Options{})
	if f == nil || len(found) > 0 {
		t.Fatal(found)
	}
	by := map[string]User{}
	for _, u := range f.Users {
		by[u.Name] = u
	}
	if u := by["301"]; len(by) != 3 || u.Password != `secret, "quoted"` || u.DisplayName != "Ann" || u.MaxCalls != 2 || u.DTMF != "auto" {
		t.Errorf("301 of %d is %q %q %d", len(by), string(u.Password), u.DisplayName, u.MaxCalls)
	}
	if u := by["302"]; u.HA1.MD5 != "0123456789abcdef0123456789abcdef" || u.DisplayName != "Bob Miller" {
		t.Errorf("302 is %q %q", string(u.HA1.MD5), u.DisplayName)
	}
}

// TestWrongTablesAreRefusedWithoutShowingSecrets reads tables that are wrong, each in one place.
func TestWrongTablesAreRefusedWithoutShowingSecrets(t *testing.T) {
	for table, want := range map[string]string{
		"":                                      `1:1: this is no table of users: it is empty`,
		"name,password\nAnn,hush\n":             `1:1: there is no column "user"`,
		"user,passwort\n301,hush\n":             `hint: Did you mean "password"?`,
		"user,name,user\n301,Ann,hush\n":        `1:11: the column "user" is there twice`,
		"user,password\n301,hush,more\n":        `2:`,
		"user,password\n301,hush\n3 1,hush\n":   `3:1: a name has 1 to 64 letters`,
		"user,password\n301,hush\n301,hush\n":   `3:1: user "301" is defined twice, first at `,
		"user,password\n301,\n":                 `2:1: user "301" has neither password nor ha1`,
		"user,ha1_md5\n301,hush0\n":             `2:5: ha1_md5 has 32 hexadecimal digits`,
		"user,password,max_calls\n301,hush,x\n": `2:10: max_calls is a number`,
		"user,password\n301,\"hush\n":           `this is no line of a table`,
		"user,password\n201,hush\n":             `user "201" is defined twice`,
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "people.csv"), []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		_, found := Check(folder, []Source{{"t.hcl", []byte("domain = \"pbx.example.com\"\nusers_file = \"people.csv\"\nuser \"201\" { password = \"x\" }")}}, Options{})
		if strings.Contains(table, "ha1") { // what cannot be read is missing, too
			found = found[:1]
		}
		if len(found.Errors()) != 1 || !strings.Contains(found.String(), want) {
			t.Errorf("%q\n got %s\nwant %s", table, found, want)
		}
		if strings.Contains(found.String(), "hush") {
			t.Errorf("%q: a secret is shown: %s", table, found)
		}
	}
}

// TestATableThatIsWrongEverywhereIsNotToldOfLineByLine reads the wrong file.
func TestATableThatIsWrongEverywhereIsNotToldOfLineByLine(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "people.csv"), []byte("user\n"+strings.Repeat("no name\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, found := Check(folder, []Source{{"t.hcl", []byte("domain = \"pbx.example.com\"\nusers_file = \"people.csv\"")}}, Options{})
	if n := len(found.Errors()); n == 0 || n > maxUsersErrors {
		t.Errorf("%d errors are told", n)
	}
}

// FuzzUsersFile reads any table: what is taken has names, and nothing panics.
func FuzzUsersFile(f *testing.F) {
	for _, s := range []string{"user,password\n301,x\n", "user\n\"a\nb\"\n", "user,name\n301\n", "\xef\xbb\xbfuser\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, table string) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "p.csv"), []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		file, found := Check(folder, []Source{{"t.hcl", []byte("domain = \"pbx.example.com\"\nusers_file = \"p.csv\"\nregistrar { open = true }")}}, Options{})
		if (file == nil) != found.HasErrors() {
			t.Fatalf("file %v with %s", file != nil, found)
		}
	})
}
