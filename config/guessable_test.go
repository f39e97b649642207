package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPasswordsThatAreGuessed(t *testing.T) {
	for password, want := range map[string]bool{"1001": true, "abc": true, "x": true, "1234": true, "password": true, "12345678": true, "aaaaaaaaaa": true, "correct-horse": false, "k3v9x2mqa7": false, "390145872264": false} {
		if got := Guessable("1001", password); got != want {
			t.Errorf("%q is guessed: %v, want %v", password, got, want)
		}
	}
}

// TestGuessedPasswordsAreToldWhereTheyAre: in a table of users at the cell, from env() at the
// attribute; and only by who looks thoroughly, as a warning.
func TestGuessedPasswordsAreToldWhereTheyAre(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"users.csv":  "password,user\n1234,201\ncorrect-horse,202\n",
		"tandem.hcl": "domain = \"pbx.example.com\"\nusers_file = \"users.csv\"\nuser \"203\" { password = env(\"PW\") }\nfrom \"users\" { calls = { \"2XX\" = [dial(\"user:${to}\")] } }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "tandem.hcl")
	o := Options{LookupEnv: env(map[string]string{"PW": "letmein1"})}
	if _, found := Load(path, o); len(found) > 0 {
		t.Errorf("a gateway that starts is told:\n%s", found)
	}
	o.Thorough = true
	_, found := Load(path, o)
	if i := find(found, filepath.Join(dir, "users.csv"), `2:1 the password of user "201" is easily guessed`); i < 0 || !found[i].Warning {
		t.Errorf("of the table it is told:\n%s", found)
	}
	if find(found, path, `3:14 the password of user "203" is easily guessed`) < 0 || len(found) != 2 {
		t.Errorf("of the file it is told:\n%s", found)
	}
}
