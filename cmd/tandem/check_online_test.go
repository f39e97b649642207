package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// TestCheckOnlineByItsVerb runs the verb with a trunk that answers.
func TestCheckOnlineByItsVerb(t *testing.T) {
	text := fmt.Sprintf("domain = \"localhost\"\npublic_ip = \"127.0.0.1\"\nstate = %q\nlisten {\n  sip = [\"127.0.0.1:0/udp\"]\n  web = [\"127.0.0.1:0/http\"]\n  media = [\"127.0.0.1:0/udp\"]\n  rtp = \"127.0.0.1:21000-21100\"\n}\n"+
		"trunk \"a\" { host = \"127.0.0.1:%d\" }\nfrom \"trunks\" { calls = { \".\" = [reject(404)] } }\n", t.TempDir(), tandemtest.Answering(t, nil))
	path := write(t, "tandem.hcl", text)
	code, out, errs := do(t, "check", "--online", "--strict", "-c", path)
	if code != exitOK || !strings.Contains(out, "answers OPTIONS with 200 Fine") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	code, out, _ = do(t, "check", "--online", "--json", "-c", path)
	var all checked
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitOK || !all.OK || len(all.Online) < 4 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}

// TestCheckWritesFindingsForEditors asks for JSON of what is wrong.
func TestCheckWritesFindingsForEditors(t *testing.T) {
	path := write(t, "tandem.hcl", "domain = \"x.test\"\nuser \"201\" {\n  pasword = \"x\"\n}\n")
	code, out, errs := do(t, "check", "--json", "-c", path)
	var all checked
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitConfig || all.OK || len(all.Findings) != 1 || errs != "" {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	want := foundFinding{"error", path, 3, 3, 3, 10, `user has no attribute "pasword"`, `Did you mean "password"?`}
	if all.Findings[0] != want {
		t.Errorf("%+v, want %+v", all.Findings[0], want)
	}
	unused := write(t, "tandem.hcl", goodFile+"user \"300\" { password = \"x\" }\ntrunk \"beta\" { host = \"192.0.2.11\" }\n")
	if err := os.Chmod(unused, 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs = do(t, "check", "-c", unused)
	for _, want := range []string{`no row leads to user "300"`, "everybody on this machine may read it"} {
		if code != exitOK || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q is not said:\n%s", code, want, errs)
		}
	}
	if code, _, _ := do(t, "check", "--strict", "-c", unused); code != exitConfig {
		t.Errorf("--strict: exit code %d", code)
	}
}
