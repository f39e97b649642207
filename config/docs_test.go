package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedExamplesLoad loads the examples of docs/dialplan.md together and runs their tests.
func TestDocumentedExamplesLoad(t *testing.T) {
	text, err := os.ReadFile("../docs/dialplan.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, block := range regexp.MustCompile("(?s)```hcl(?: [a-z]+)?\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		all.WriteString(block[1])
	}
	f, found := Check(".", []Source{{"dialplan.md", []byte(all.String())}}, Options{
		LookupEnv: env(map[string]string{"ANN_PW": "a", "BOB_PW": "b"}), Sounds: []string{"welcome.wav", "digits.wav", "star.wav", "goodbye.wav"},
	})
	if f == nil || len(found) > 0 {
		t.Fatalf("%s", found)
	}
	results := f.Plan.RunTests()
	if len(results) != 1 || !results[0].Passed() {
		t.Errorf("%v", results)
	}
}
