package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/dialplan"
)

// FuzzCheck loads anything: a file comes out exactly when there are no errors, and every error is fit to be shown.
func FuzzCheck(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.hcl")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("domain = \"a\xff\"\r\n\ufeff"))
	f.Add([]byte("a = \"" + strings.Repeat("${", 100)))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, found := Check("testdata/good", []Source{{"t.hcl", text}}, Options{LookupEnv: env(map[string]string{"X": "y"})})
		if (file != nil) == found.HasErrors() {
			t.Fatalf("a file: %v, with %s", file != nil, found)
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, d := range found {
			if d.Message == "" || d.Line < 1 || d.Line > lines {
				t.Errorf("odd diagnostic at line %d of %d: %q", d.Line, lines, d.Message)
			}
			if strings.ContainsFunc(d.String(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				t.Errorf("control characters in %q", d)
			}
		}
		if file == nil {
			return
		}
		for _, to := range []string{"1", "201", "+441", "alice"} {
			file.Plan.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "201"}, To: to}).Explain()
		}
		for _, r := range file.Plan.RunTests() {
			_ = r.String()
		}
	})
}
