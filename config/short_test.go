package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWhatIsNeededIsShort counts the lines of what a gateway needs at the least, as the documents show it: the whole of a
// configuration, a trunk that wants a registration, one that is known by its address, and a user.
func TestWhatIsNeededIsShort(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	private := filepath.Join(t.TempDir(), "tandem.hcl")
	minimal := read("testdata/good/minimal.hcl")
	if err := os.WriteFile(private, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found := Load(private, Options{Thorough: true}); len(found) > 0 {
		t.Errorf("the minimal file: %s", found)
	}
	block := func(text, kind string) string {
		return regexp.MustCompile(`(?m)^` + kind + ` "[^"]*" \{(.*\}\n|\n(?s:.*?)\n\}\n)`).FindString(text)
	}
	for _, c := range []struct {
		what, text string
		most       int
	}{
		{"the minimal file", minimal, 15},
		{"its user", block(minimal, "user"), 3},
		{"its trunk", block(minimal, "trunk"), 5},
		{"a trunk by registration", block(read("../docs/howto/trunk-by-registration.md"), "trunk"), 6},
		{"a trunk by its address", block(read("../docs/howto/trunk-by-ip.md"), "trunk"), 5},
	} {
		if n := strings.Count(c.text, "\n"); n == 0 || n > c.most {
			t.Errorf("%s has %d lines, more than %d:\n%s", c.what, n, c.most, c.text)
		}
	}
}
