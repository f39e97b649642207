package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestEffectiveIsTheFileWithItsDefaults shows the whole of an example, and reads it again: but for what is masked it is the
// same configuration.
func TestEffectiveIsTheFileWithItsDefaults(t *testing.T) {
	const path = "testdata/good/full.hcl"
	blocks, found := Effective(path, exampleOptions())
	if len(found) > 0 {
		t.Fatal(found)
	}
	text := WriteEffective(blocks, true)
	for _, want := range []string{
		path + ":2", `by env("ANN_PW")`, `by file("secret.txt")`, "# default", `password  = "redacted"`, `= ["203.0.113.5", "2001:db8::5"]`,
		"# folder: recordings, in state",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, secret := range []string{"4711", "open sesame", "0123456789abcdef"} {
		if strings.Contains(strings.ToLower(text), secret) {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
	out, err := json.Marshal(blocks)
	if err != nil || strings.Contains(string(out), "4711") || !strings.Contains(string(out), `"value":["203.0.113.5","2001:db8::5"]`) {
		t.Errorf("%v %s", err, out)
	}
	f := mustLoad(t, path, exampleOptions())
	again := strings.NewReplacer(`md5    = "redacted"`, `md5 = "0123456789abcdef0123456789abcdef"`,
		`sha256 = "redacted"`, `sha256 = "`+strings.Repeat("0123456789abcdef", 4)+`"`).Replace(WriteEffective(blocks, false))
	g, found := Check("testdata/good", []Source{{"shown.hcl", []byte(again)}}, exampleOptions())
	if g == nil {
		t.Fatalf("%s\n%s", found, again)
	}
	for _, part := range f.Changed(g) {
		if part != "users" && part != "trunks" && part != "dialplan" && part != "store" && part != "cdr" { // which hold secrets and places
			t.Errorf("%s is another one", part)
		}
	}
	if fmt.Sprint(decisions(f)) != fmt.Sprint(decisions(g)) {
		t.Error("the dialplan is another one")
	}
}

func TestExplainTellsOfEverythingAndOfTypos(t *testing.T) {
	for _, path := range Explained() {
		if text, _ := Explain(path); !strings.Contains(text, ": ") || strings.Contains(text, "%!") {
			t.Errorf("%s: %q", path, text)
		}
	}
	for key, want := range map[string]string{
		"trunk.register":      "the account that we register there",
		"trunk register user": "user part of a SIP URI",
		"max_calls":           "trunk.max_calls",
		"trunk":               "caller_id",
		"dial":                "dial(targets",
		"dial.next_on":        "statuses",
		"dial.timeout":        "1s to 10m",
		"registrar.min":       "1s to 1d",
		"domain":              "must be said",
		"trimprefix":          "without its beginning",
		"caller":              "the caller's number",
	} {
		if text, _ := Explain(key); !strings.Contains(text, want) {
			t.Errorf("%s: %s\nlacks %q", key, text, want)
		}
	}
	for key, want := range map[string]string{"trunk.regsiter": "trunk.register", "regsiter": "register", "dail": "dial", "xyzzyxyzzy": ""} {
		if text, near := Explain(key); text != "" || near != want {
			t.Errorf("%s: %q, near %q, want %q", key, text, near, want)
		}
	}
}
