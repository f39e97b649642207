package config

import (
	"path/filepath"
	"testing"
)

// TestTheExamplesLoadAndPassTheirTests loads each file of examples as it stands, and runs its tests.
func TestTheExamplesLoadAndPassTheirTests(t *testing.T) {
	paths, err := filepath.Glob("../examples/*.hcl")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	secrets := env(map[string]string{"ANN_PW": "a", "BOB_PW": "b", "BOB_PIN": "4711", "ALPHA_PW": "c"})
	for _, path := range paths {
		f, found := Load(path, Options{LookupEnv: secrets})
		if f == nil {
			t.Errorf("%s does not load:\n%s", path, found)
			continue
		}
		results := f.Plan.RunTests()
		if len(results) == 0 {
			t.Errorf("%s has no tests", path)
		}
		for _, r := range results {
			if !r.Passed() {
				t.Errorf("%s:\n%s", path, r)
			}
		}
	}
}
