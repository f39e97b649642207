package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// TestFirstConfigurationsPassCheckAndTest writes first files of each kind.
func TestFirstConfigurationsPassCheckAndTest(t *testing.T) {
	for _, flags := range []string{
		"", "--domain=pbx.example.com --user=ann", "--user=201 --user=202 --user=203 --trunk=203.0.113.7",
		"--user=1,2,3,4,5,6,7,8 --trunk=sip.example.com --trunk-user=acme1",
	} {
		path := filepath.Join(t.TempDir(), "first.hcl")
		if code, out, errs := do(t, append(append([]string{"config", "init"}, strings.Fields(flags)...), path)...); code != exitOK || !strings.Contains(out, "tandem check -c") {
			t.Fatalf("%s: exit code %d\n%s%s", flags, code, out, errs)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 60 || strings.Count(string(text), "#") < 6 {
			t.Errorf("%s: %d lines\n%s", flags, n, text)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: others may read the passwords: %v %v", flags, info.Mode(), err)
		}
		for _, verb := range []string{"check --strict", "test", "fmt --check", "config show --origin"} {
			if code, out, errs := do(t, append(strings.Fields(verb), "-c", path)...); code != exitOK {
				t.Errorf("%s, %s: exit code %d\n%s%s\n%s", flags, verb, code, out, errs, text)
			}
		}
		code, _, errs := do(t, "config", "init", path)
		if again, _ := os.ReadFile(path); code != exitFailed || !strings.Contains(errs, "stays as it is") || string(again) != string(text) {
			t.Errorf("a file that was there: exit code %d, %s", code, errs)
		}
	}
	for _, flags := range []string{"--domain=a..b", "--user=a:b", "--trunk-user=x", "--trunk=a/b", "--user=1,2,3,4,5,6,7,8,9"} {
		path := filepath.Join(t.TempDir(), "first.hcl")
		if code, _, errs := do(t, "config", "init", flags, path); code != exitUsage || machine.Exists(path) {
			t.Errorf("%s: exit code %d, %s", flags, code, errs)
		}
	}
}

func TestVerbsAboutTheFile(t *testing.T) {
	good := write(t, "tandem.hcl", goodFile)
	ugly := write(t, "tandem.hcl", strings.ReplaceAll(goodFile, "  ", "\t"))
	bad := write(t, "tandem.hcl", "domain = \n")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"config", exitOK, "explain"},
		{"config explain trunk.register", exitOK, "the account that we register there"},
		{"config explain dial", exitOK, "next_on"},
		{"config explain regsiter", exitNotFound, "did you mean register?"},
		{"config explain", exitUsage, "missing: KEY"},
		{"config exlain dial", exitUsage, `did you mean "explain"?`},
		{"config schema", exitOK, "json-schema.org"},
		{"config show -c " + good, exitOK, `password = "redacted"`},
		{"config show --origin -c " + good, exitOK, "# default"},
		{"config show --json -c " + good, exitOK, `"origin": "default"`},
		{"config show -c " + bad, exitConfig, "1 error"},
		{"config json " + good, exitOK, `"user:${to}"`},
		{"config json " + bad, exitConfig, "1 error"},
		{"config json /nonexistent", exitConfig, "/nonexistent"},
		{"fmt --check " + ugly, exitFailed, "would be changed"},
		{"fmt " + ugly, exitOK, ugly},
		{"fmt --check " + ugly, exitOK, ""},
		{"fmt " + bad, exitConfig, "cannot be read"},
		{"fmt /nonexistent", exitConfig, "/nonexistent"},
	} {
		code, out, errs := do(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("tandem %s: exit code %d, want %d and %q\nout: %serr: %s", c.args, code, c.code, c.says, out, errs)
		}
		if found := tandemtest.GoType.FindString(out + errs); found != "" {
			t.Errorf("tandem %s says %q:\n%s%s", c.args, found, out, errs)
		}
	}
	var any []map[string]any
	if _, out, _ := do(t, "config", "show", "--json", "-c", good); json.Unmarshal([]byte(out), &any) != nil || len(any) < 5 {
		t.Errorf("no JSON: %s", out)
	}
	if info, err := os.Stat(ugly); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("fmt changed who may read the file: %v", info.Mode())
	}
	code, out, errs := do(t, "config", "json", ugly)
	form := write(t, "tandem.hcl.json", out)
	if code2, out, errs2 := do(t, "check", "-c", form); code != exitOK || code2 != exitOK || !strings.Contains(out, "2 users") {
		t.Errorf("the JSON form: %s%s%s", out, errs, errs2)
	}
}
