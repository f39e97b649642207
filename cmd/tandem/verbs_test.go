package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

const goodFile = `
domain = "example.test"
listen {
  sip = ["127.0.0.1:5060/udp"]
}
user "201" {
  name     = "Ann"
  password = "pw-of-ann-1"
}
user "202" {
  password = "pw-of-bob-1"
}
trunk "alpha" {
  host = "192.0.2.10"
}
from "users" {
  calls = {
    "20X" = [dial("user:${to}", "20s")]
    "9X." = [dial("trunk:alpha")]
  }
}
from "trunks" {
  calls = { "30X" = [dial("user:201", "20s")] }
}
`

// write puts a file into a folder of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodesAndWords(t *testing.T) {
	good := write(t, "tandem.hcl", goodFile)
	bad := write(t, "tandem.hcl", "domain = 5\nlisten {\n  sipp = []\n}\nuser \"201\" { pasword = \"x\" }\n")
	tested := write(t, "tandem.hcl", goodFile+"test \"inside\" {\n  call   = { from = \"user:201\", to = \"202\" }\n  expect = [\"ring user:202\", \"answered\"]\n}\n")
	failing := write(t, "tandem.hcl", goodFile+"test \"wrong\" {\n  call   = { from = \"user:201\", to = \"202\" }\n  expect = [\"ring user:201\"]\n}\n")
	silent := write(t, "tandem.hcl", goodFile+"from \"user:201\" {\n  calls = { \"7\" = [answer(), play(\"none.wav\")] }\n}\n")
	unknown := write(t, "tandem.hcl", strings.Replace(goodFile, `host = "192.0.2.10"`, `host = "sip.example.org;transport=tls"`, 1))
	folder := t.TempDir()
	for name, text := range map[string]string{"a.hcl": `domain = "example.test"`, "b.hcl": "user \"1\" {\n  password = \"pw-of-one-1\"\n}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string // on either output
	}{
		{"version", exitOK, "tandem " + version},
		{"--version", exitOK, "tandem " + version},
		{"help", exitOK, "tandem lets a web browser"},
		{"help route", exitOK, "FROM is user:NAME"},
		{"certs", exitOK, "export-ca"},
		{"check -c " + good, exitOK, "ok: 2 users, 1 trunk, 0 tests"},
		{"check --strict -c " + good, exitOK, "ok:"},
		{"check -c " + folder, exitOK, "ok: 1 user, 0 trunks, 0 tests"},
		{"check -c " + bad, exitConfig, `Did you mean "password"?`},
		{"check -c " + bad, exitConfig, "3:3: "},
		{"check -c " + silent, exitOK, "none.wav"},
		{"check --strict -c " + silent, exitConfig, "--strict was given"},
		{"check -o json -c " + good, exitOK, `"ok": true`},
		{"check -o yaml -c " + good, exitUsage, "it is table, wide or json"},
		{"check -c " + unknown, exitOK, `trunk "alpha" can be called, but a call from it is not known`},
		{"check --strict -c " + unknown, exitConfig, "1 warning"},
		{"check -c /nonexistent", exitConfig, "there is no file /nonexistent"},
		{"serve -c " + bad, exitConfig, "errors in " + bad},
		{"test -c " + tested, exitOK, "1 test passed"},
		{"test -c " + good, exitOK, "no test blocks"},
		{"test -c " + failing, exitExpectation, "1 of 1 test failed"},
		{"test --coverage -c " + tested, exitOK, "no test reaches row"},
		{"test --json --coverage -c " + failing, exitExpectation, `"passed": false`},
		{"test -c " + bad, exitConfig, "errors in"},
		{"route user:201 202 -c " + good, exitOK, "20X"},
		{"route trunk:alpha 301 -c " + good, exitOK, "30X"},
		{"route user:201 999 --at 2026-08-23T11:00 -c " + good, exitOK, "trunk:alpha"},
		{"route user:201 999 -c " + good, exitOK, "is told From: \"Ann\" <sip:201@example.test>"},
		{"route user:201 5 -c " + good, exitOK, "404"},
		{"route user:201 202 --caller 0301 --caller-name Bob --json -c " + good, exitOK, `"caller_name": "Bob"`},
		{"route user:203 202 -c " + good, exitNotFound, "did you mean user:20"},
		{"route trunk:beta 202 -c " + good, exitNotFound, "no trunk:beta"},
		{"route 201 202 -c " + good, exitUsage, "201"},
		{"route user:201 202 --at noon -c " + good, exitUsage, "--at noon"},
		{"route user:201", exitUsage, "missing: TO"},
		{"route user:201 202 203 -c " + good, exitUsage, `"203" is too much`},
		{"certs export-ca --state /nonexistent", exitNotFound, "there is no local CA"},
		{"certs export-ca --demo", exitNotFound, "there is no local CA"},
		{"certs exprt-ca", exitUsage, `did you mean "export-ca"?`},
		{"demoo", exitUsage, `did you mean "demo"?`},
		{"sevre", exitUsage, `did you mean "serve"?`},
		{"dmo --lan", exitUsage, `did you mean "demo"?`},
		{"validate", exitUsage, `did you mean "check"?`},
		{"help rout", exitUsage, `did you mean "route"?`},
		{"xyzzy", exitUsage, `there is no verb "xyzzy"`},
		{"demo --lna", exitUsage, "did you mean --lan?"},
		{"check --stric", exitUsage, "did you mean --strict?"},
		{"route --on x", exitUsage, "there is no flag --on"},
		{"check -x", exitUsage, "there is no flag -x"},
		{"demo --port-base many", exitUsage, `"many" cannot be the value of --port-base`},
		{"demo --port-base 65535", exitUsage, "--port-base must be between"},
		{"demo --port-base -1", exitUsage, "--port-base must be between"},
		{"demo here", exitUsage, `"here" is too much`},
		{"check -c", exitUsage, "-c needs a value"},
		{"capture last maybe", exitUsage, `not "maybe"`},
		{"users delete 201", exitUsage, `did you mean "rm"?`},
		{"users remove 201", exitUsage, `did you mean "rm"?`},
		{"check --config", exitUsage, "--config needs a value"},
		{"--lan", exitUsage, "there is no flag --lan"},
		{"-c " + bad, exitConfig, "errors in " + bad},
	} {
		code, out, errs := do(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("tandem %s: exit code %d, want %d and %q\nout: %serr: %s", c.args, code, c.code, c.says, out, errs)
		}
		if found := tandemtest.GoType.FindString(out + errs); found != "" {
			t.Errorf("tandem %s says %q:\n%s%s", c.args, found, out, errs)
		}
		if code != exitOK && errs == "" {
			t.Errorf("tandem %s: exit code %d without a word", c.args, code)
		}
	}
}

// A service without a configuration must not become a demo by accident.
func TestWithoutTerminalAndConfigurationNothingRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, errs := do(t)
	if code != exitConfig || out != "" || !strings.Contains(errs, "tandem demo") || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	for _, verb := range []string{"check", "fmt", "serve", "test"} {
		if code, _, errs := do(t, verb); code != exitConfig || !strings.Contains(errs, "no configuration") || !strings.Contains(errs, "`tandem config init` begins one") {
			t.Errorf("%s: exit code %d\n%s", verb, code, errs)
		}
	}
}

func TestEveryVerbHasAnExampleAndItsHelpFitsAScreen(t *testing.T) {
	env := environment{in: strings.NewReader(""), out: new(tandemtest.Output), err: new(tandemtest.Output), getenv: tandemtest.Home(t.TempDir())}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.IsAvailableCommand() || !cmd.HasParent() {
			if !strings.HasPrefix(cmd.Example, "  tandem") || cmd.Short == "" {
				t.Errorf("%s has the example %q and the short text %q", cmd.CommandPath(), cmd.Example, cmd.Short)
			}
			code, out, _ := do(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
			if code != exitOK || strings.Count(out, "\n") > 52 {
				t.Errorf("%s --help: exit code %d, %d lines", cmd.CommandPath(), code, strings.Count(out, "\n"))
			}
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(newRoot(env))
}

func FuzzCommandLine(f *testing.F) {
	for _, args := range []string{"check -c", "demo --port-base=x", "route a b --at", "help help", "-v=", "certs --", "--config= check", "\x00 -\xff"} {
		f.Add(args)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		for _, a := range args { // these would run, or write files
			if a == "demo" || a == "serve" || a == "init" || a == "fmt" || a == "man" || strings.HasPrefix(a, "--r") || strings.HasPrefix(a, "-o") || strings.HasPrefix(a, "--o") || strings.HasPrefix(a, "comp") || strings.HasPrefix(a, "__") {
				t.Skip()
			}
		}
		code, out, errs := do(t, args...)
		if found := tandemtest.GoType.FindString(errs); found != "" && !strings.Contains(line, found) {
			t.Errorf("%q says %q:\n%s", args, found, errs)
		}
		if code != exitOK && errs == "" {
			t.Errorf("%q: exit code %d without a word\n%s", args, code, out)
		}
	})
}
