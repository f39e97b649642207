package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The packages that go test is run on.
var module = map[string]string{
	"go.mod":       "module example.test/m\n\ngo 1.26\n",
	"well/well.go": "package well\n",
	"well/well_test.go": `package well

import "testing"

func TestWell(t *testing.T)  { t.Log("nobody wants to know") }
func TestLater(t *testing.T) { t.Skip("no moon\nhere") }
func TestSoon(t *testing.T)  { t.Run("sub", func(t *testing.T) { t.Log("first"); t.Skip("no moon\nhere") }) }
func TestMute(t *testing.T)  { t.SkipNow() }
func FuzzIt(f *testing.F)    { f.Add(1); f.Fuzz(func(t *testing.T, _ int) { t.Skip() }) }
`,
	"bad/bad_test.go": `package bad

import (
	"fmt"
	"testing"
)

func TestBad(t *testing.T) {
	t.Log("before")
	t.Run("sub", func(t *testing.T) { t.Error("this is\nwrong") })
	t.Run("good", func(t *testing.T) { t.Log("nobody wants to know") })
}

func TestGood(t *testing.T) {
	t.Log("nobody\nwants to know")
	fmt.Println("said aloud")
}

func TestSkipped(t *testing.T) { t.Skip("not today") }
`,
	"mad/mad_test.go":   "package mad\n\nimport \"testing\"\n\nfunc TestMad(t *testing.T) { t.Log(\"just before\"); panic(\"the end\") }\n",
	"none/none.go":      "package none\n",
	"wrong/wrong.go":    "package wrong\n\nvar x int = \"\"\n",
	"wrong/wr_test.go":  "package wrong\n\nimport \"testing\"\n\nfunc TestWrong(t *testing.T) {}\n",
	"silly/s_test.go":   "package silly\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n)\n\nfunc TestSilly(t *testing.T) { fmt.Printf(\"%d\\n\", \"x\") }\n",
	"leave/lve_test.go": "package leave\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestLeave(t *testing.T) { t.Log(\"last words\"); os.Exit(3) }\n",
}

// write writes the module into a folder of its own.
func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range module {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var seconds = regexp.MustCompile(`\d+\.\d+s`)

// said runs a program in the folder and returns what it writes, and its status.
func said(t *testing.T, dir, program string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	err := cmd.Run()
	if _, exit := err.(*exec.ExitError); err != nil && !exit {
		t.Fatal(err)
	}
	return seconds.ReplaceAllString(out.String(), "0.00s"), cmd.ProcessState.ExitCode()
}

// What is written is what go test writes, and who was skipped besides.
func TestItSaysWhatGoTestSaysAndWhoWasSkipped(t *testing.T) {
	dir, gotest := write(t), filepath.Join(t.TempDir(), "gotest")
	if out, status := said(t, ".", "go", "build", "-o", gotest, "."); status != 0 {
		t.Fatal(out)
	}
	const skippedWell = "\n3 skipped, and why:\n" +
		"  example.test/m/well: TestLater, TestSoon/sub: no moon here\n  example.test/m/well: TestMute: it does not say\n"
	for _, c := range []struct{ pkg, skipped string }{
		{"./well", skippedWell},
		{"./none", ""},
		{"./wrong", ""},
		{"./silly", ""},
		{"./bad", "\n1 skipped, and why:\n  example.test/m/bad: TestSkipped: not today\n"},
	} {
		want, wantStatus := said(t, dir, "go", "test", c.pkg)
		got, status := said(t, dir, gotest, c.pkg)
		if status != wantStatus || lines(got) != lines(want+c.skipped) {
			t.Errorf("%s: status %d, want %d, and says\n%s\nwant\n%s", c.pkg, status, wantStatus, got, want+c.skipped)
		}
	}
	for pkg, words := range map[string]string{"./mad": "just before", "./leave": "last words"} {
		got, status := said(t, dir, gotest, pkg)
		if status == 0 || !strings.Contains(got, words) || !strings.Contains(got, "FAIL\texample.test/m/") {
			t.Errorf("%s: status %d, and says\n%s", pkg, status, got)
		}
	}
	if got, status := said(t, dir, gotest, "./mad"); status == 0 || !strings.Contains(got, "panic: the end") || !strings.Contains(got, "mad_test.go:5") {
		t.Errorf("of a panic it says\n%s", got)
	}
	if got, status := said(t, dir, gotest, "./well", "-no-such-flag"); status == 0 || !strings.Contains(got, "no-such-flag") {
		t.Errorf("of a flag that there is not: status %d, and says\n%s", status, got)
	}
}

// lines is what was written, whether from the cache or not.
func lines(s string) string {
	s = strings.ReplaceAll(s, "\t(cached)", "\t0.00s")
	return strings.TrimSpace(s)
}

// What the race detector says in the middle of a test that has passed is not lost.
func TestWhatAPassedTestDoesNotLogIsWritten(t *testing.T) {
	passed := &test{name: "TestA", action: "pass", output: []string{
		"=== RUN   TestA\n", "    a_test.go:1: well\n", "        and well\n", "==================\n", "WARNING: DATA RACE\n", "--- PASS: TestA (0.00s)\n",
	}}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	passed.write(w)
	_ = w.Flush()
	if want := "==================\nWARNING: DATA RACE\n"; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}
