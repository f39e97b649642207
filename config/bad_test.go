package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBadFilesAreRefused loads every file of testdata/bad. What it must be told stands in the file itself:
//
//	# want: LINE:COLUMN part of the message | part of the hint
//
// Nothing else may be told as an error.
func TestBadFilesAreRefused(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".hcl"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, found := Load(path, Options{})
			if file != nil || !found.HasErrors() {
				t.Fatalf("loaded, with %v", found)
			}
			wants := regexp.MustCompile(`(?m)^# want: (.*)$`).FindAllStringSubmatch(string(text), -1)
			if len(wants) == 0 {
				t.Error("the file does not say what is wanted")
			}
			told := map[int]bool{}
			for _, want := range wants {
				i := find(found.Errors(), path, want[1])
				if i < 0 {
					t.Errorf("not told: %s\ngot:\n%s", want[1], found)
				}
				told[i] = true
			}
			for i, d := range found.Errors() {
				if !told[i] && !strings.HasPrefix(filepath.Base(path), "syntax") {
					t.Errorf("told besides:\n%s", d)
				}
				checkForm(t, d)
			}
		})
	}
}

// find gives the index of the diagnostic that is wanted, or -1.
func find(ds Diagnostics, path, want string) int {
	want, hint, _ := strings.Cut(want, " | ")
	place, message, _ := strings.Cut(want, " ")
	for i, d := range ds {
		at := fmt.Sprintf("%d:%d", d.Line, d.Column)
		if d.File == path && strings.HasPrefix(at, place) && strings.Contains(d.Message, message) && strings.Contains(d.Hint, hint) {
			return i
		}
	}
	return -1
}

// checkForm asks of every diagnostic: a place, an excerpt with a caret, and words for people.
func checkForm(t *testing.T, d Diagnostic) {
	t.Helper()
	if d.Line < 1 || d.Column < 1 || !strings.Contains(d.Excerpt, "^") {
		t.Errorf("no place or excerpt:\n%s", d)
	}
	if carets, lines := strings.Count(d.Excerpt, "^"), strings.Split(d.Excerpt, "\n"); d.EndLine == d.Line && strings.Count(lines[len(lines)-1], "^") != max(1, d.EndColumn-d.Column) {
		t.Errorf("%d carets below %d characters:\n%s", carets, d.EndColumn-d.Column, d)
	}
	if odd := regexp.MustCompile(`cty|hcl\.|config\.|dialplan\.|netip|strconv|ParseAddr|%!|<nil>|\bint64\b|\bstring\b|tuple|bool\b`); odd.MatchString(d.Message + d.Hint) {
		t.Errorf("words of a program in: %s | %s", d.Message, d.Hint)
	}
	if strings.HasSuffix(d.Message, ".") || strings.Contains(d.Message, "\n") {
		t.Errorf("not one sentence without a period: %q", d.Message)
	}
}
