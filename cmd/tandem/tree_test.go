package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// theTree is all verbs.
func theTree() *cobra.Command {
	return newRoot(environment{in: strings.NewReader(""), out: &tandemtest.Output{}, err: &tandemtest.Output{}, getenv: func(string) string { return "" }})
}

// L1, L6: the help of each verb fits a screen in width too, and speaks no Go.
func TestHelpIsForPeople(t *testing.T) {
	names := 0
	for cmd := range verbs(theTree()) {
		names++
		if !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("no example of %s has it in it", cmd.CommandPath())
		}
		var help bytes.Buffer
		cmd.SetOut(&help)
		cmd.InitDefaultHelpFlag()
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(help.String()) {
			if len([]rune(l)) > 131 {
				t.Errorf("the help of %s has a line of %d characters:\n%s", cmd.CommandPath(), len([]rune(l)), l)
			}
		}
		if found := tandemtest.GoType.FindString(help.String()); found != "" {
			t.Errorf("the help of %s says %q", cmd.CommandPath(), found)
		}
	}
	if names < 30 {
		t.Errorf("%d verbs", names)
	}
}

// L2: a slip of one or two letters in a verb is understood.
func TestSlipsAreUnderstood(t *testing.T) {
	for cmd := range verbs(theTree()) {
		name := cmd.Name()
		if cmd.Parent() == nil || len(name) < 5 || name == "help" || strings.Contains(cmd.Parent().Use, "[NAME]") { // a slip may be a name there
			continue
		}
		above := strings.Fields(cmd.Parent().CommandPath())[1:]
		for _, slip := range []string{name[:2] + name[3:], name[:1] + name[2:3] + name[1:2] + name[3:], name + "s", name[:2] + "xy" + name[3:]} {
			if found, _, err := cmd.Parent().Find([]string{slip}); err == nil && found != cmd.Parent() {
				continue // it is another verb
			}
			_, _, errs := do(t, append(append([]string{}, above...), slip)...)
			if !strings.Contains(errs, "did you mean") {
				t.Errorf("%s for %s: %s", slip, cmd.CommandPath(), errs)
			}
		}
	}
}

// L4: what is written of the command line is what there is.
func TestTheReferenceIsOfThisTree(t *testing.T) {
	var want bytes.Buffer
	writeReference(&want, theTree())
	path := filepath.Join("..", "..", "docs", "reference", "command-line.md")
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is stale (%v): go test ./cmd/tandem -run TheReference -update", path, err)
	}
}

func TestManualPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if code, _, errs := do(t, "man", dir); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	for page, says := range map[string]string{"tandem.1": "it went well", "tandem-calls-transfer.1": "ID LEG TO", "tandem-call.1": "--expect"} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if plain := strings.ReplaceAll(string(text), `\`, ""); err != nil || !strings.Contains(plain, says) {
			t.Errorf("%s: %v\n%s", page, err, text)
		}
	}
	if code, _, errs := do(t, "man", "/dev/null/x"); code != exitFailed || tandemtest.GoType.MatchString(errs) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func TestCompletionOfShells(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, out, errs := do(t, "completion", shell); code != exitOK || !strings.Contains(out, "__complete") || errs != "" {
			t.Errorf("%s: exit code %d, %d octets\n%s", shell, code, len(out), errs)
		}
	}
	if code, _, errs := do(t, "completion", "bsh"); code != exitUsage || !strings.Contains(errs, `did you mean "bash"?`) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	// Without a gateway there is nothing to say, and nothing is said.
	for _, args := range [][]string{{"hangup", ""}, {"calls", "hold", ""}, {"trunks", "probe", ""}, {"rooms", ""}, {"registrations", ""}} {
		code, out, errs := do(t, append([]string{"__complete"}, args...)...)
		if code != exitOK || strings.TrimSpace(out) != ":4" || strings.Contains(errs, "gateway") {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

// A program whose input is closed is asked nothing.
func TestNobodyIsAskedWhoCannotAnswer(t *testing.T) {
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := os.NewFile(uintptr(fd), "/dev/stdin") // as a program finds it
	defer func() { _ = in.Close() }()
	errs := new(tandemtest.Output)
	a := asking{}
	if err := a.confirm(environment{in: in, err: errs}, "Really?"); err != nil || errs.String() != "" {
		t.Errorf("asked %q: %v", errs, err)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")
