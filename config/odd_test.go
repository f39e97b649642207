package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOddFilesAreWarnedOf loads every file of testdata/odd, which works and is perhaps not meant, and asks for the warnings
// that it names as testdata/bad does, and for no others.
func TestOddFilesAreWarnedOf(t *testing.T) {
	paths, err := filepath.Glob("testdata/odd/*.hcl")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".hcl"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			private := filepath.Join(t.TempDir(), "t.hcl") // which nobody else may read, wherever this was checked out
			if err := os.WriteFile(private, text, 0o600); err != nil {
				t.Fatal(err)
			}
			file, found := Load(private, Options{Thorough: true})
			if file == nil {
				t.Fatal(found)
			}
			told := map[int]bool{}
			for _, want := range regexp.MustCompile(`(?m)^# want: (.*)$`).FindAllStringSubmatch(string(text), -1) {
				i := find(found, private, want[1])
				if i < 0 {
					t.Errorf("not told: %s\ngot:\n%s", want[1], found)
				}
				told[i] = true
			}
			for i, d := range found {
				if !told[i] {
					t.Errorf("told besides:\n%s", d)
				}
				checkForm(t, d)
			}
		})
	}
}

// TestSecretsThatEverybodyMayReadAreToldOf opens a file, a secret and a key to all, and to a group only.
func TestSecretsThatEverybodyMayReadAreToldOf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		return path
	}
	write("open.txt", "correct-horse", 0o644)
	write("group.txt", "battery-staple", 0o640)
	write("cert.pem", "", 0o644)
	write("key.pem", "", 0o644)
	const plain = "domain = \"x.test\"\nuser \"1\" { password = file(\"group.txt\") }\n"
	for _, c := range []struct {
		text string
		mode os.FileMode
		want string
	}{
		{plain, 0o644, ""},
		{"user \"2\" { password = file(\"open.txt\") }\n" + plain, 0o600, "1:28 everybody on this machine may read " + filepath.Join(dir, "open.txt")},
		{"user \"2\" { password = \"correct-horse\" }\n" + plain, 0o640, ""},
		{"user \"2\" { password = \"correct-horse\" }\n" + plain, 0o644, "1:23 this file holds secrets"},
		{"trunk \"a\" {\n  host = \"192.0.2.1\"\n  register = { user = \"a\", password = \"x\" }\n}\n" + plain, 0o644, "3:39 this file holds secrets"},
		{"user \"2\" { password = env(\"X\") }\n" + plain, 0o644, ""},
		{"tls {\n  mode = \"files\"\n  cert = \"cert.pem\"\n  key = \"key.pem\"\n}\n" + plain, 0o644, "4:9 everybody on this machine may read " + filepath.Join(dir, "key.pem")},
	} {
		path := write("tandem.hcl", c.text, c.mode)
		file, found := Load(path, Options{Thorough: true, LookupEnv: env(map[string]string{"X": "battery-staple"})})
		if file == nil {
			t.Fatal(found)
		}
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || find(found, path, c.want) != 0) {
			t.Errorf("%s, mode %o, want %q\ngot:\n%s", c.text, c.mode, c.want, found)
		}
		if _, found := Load(path, Options{LookupEnv: env(map[string]string{"X": "battery-staple"})}); len(found) > 0 {
			t.Errorf("without being asked:\n%s", found)
		}
	}
}
