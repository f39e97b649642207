package docs

import (
	"encoding/json"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence is a fenced block of a document, with its tag: run or check.
type fence struct {
	doc, kind, tag, text string
	line                 int
}

// fences takes a document apart.
func fences(t *testing.T, doc string) []fence {
	t.Helper()
	var all []fence
	open := false
	for i, line := range strings.Split(read(t, doc), "\n") {
		info, fenced := strings.CutPrefix(line, "```")
		switch {
		case fenced && !open:
			kind, tag, _ := strings.Cut(info, " ")
			all, open = append(all, fence{doc: doc, kind: kind, tag: tag, line: i + 1}), true
		case fenced:
			open = false
		case open:
			all[len(all)-1].text += line + "\n"
		}
	}
	if open {
		t.Errorf("%s: the last block does not end", doc)
	}
	return all
}

// looked are the kinds of blocks that are to be looked at, and nothing more.
var looked = map[string]bool{"": true, "text": true, "mermaid": true}

// untagged are documents whose blocks other tests are about.
var untagged = map[string]bool{"README.md": true, "docs/reference/command-line.md": true}

// TestEveryBlockIsRunOrChecked is why what stands in the documents works: a block of
// the tag run is done as it stands by test/howto, what it answers compared with what is
// shown, and one of the tag check is held to what reads it. What is only to be
// looked at is text.
func TestEveryBlockIsRunOrChecked(t *testing.T) {
	done := donePages(t)
	for _, doc := range documents(t) {
		if untagged[doc] {
			continue
		}
		for _, b := range fences(t, doc) {
			switch {
			case looked[b.kind] && b.tag == "":
			case b.tag == "run" && done[path.Base(doc)]:
			case b.tag == "run":
				t.Errorf("%s:%d is to be run, but no test of test/howto does this page", doc, b.line)
			case b.tag != "check":
				t.Errorf("%s:%d: a block of %s has the tag run or check (```%[3]s check); what is only to be looked at is ```text", doc, b.line, b.kind)
			default:
				b.check(t)
			}
		}
	}
}

// donePages are the documents that test/howto names.
func donePages(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, file := range tree(t) {
		if path.Dir(file) == "test/howto" && strings.HasSuffix(file, "_test.go") {
			for _, m := range regexp.MustCompile(`"(?:\.\./[a-z]+/)?([a-z0-9-]+\.md)"`).FindAllStringSubmatch(read(t, file), -1) {
				all[m[1]] = true
			}
		}
	}
	return all
}

// check holds a block to what reads it. TestEveryExampleLoads has loaded what is HCL,
// and TestCommandsAreThere knows the verbs.
func (b fence) check(t *testing.T) {
	t.Helper()
	var cmd *exec.Cmd
	switch b.kind {
	case "hcl":
		return
	case "json":
		if !json.Valid([]byte(b.text)) {
			t.Errorf("%s:%d is no JSON", b.doc, b.line)
		}
		return
	case "sh":
		cmd = exec.Command("bash", "-n")
	case "python", "star":
		cmd = exec.Command("python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())")
	case "yaml":
		checkYAML(t, b)
		return
	default:
		t.Errorf("%s:%d: nothing is known that checks %s", b.doc, b.line, b.kind)
		return
	}
	cmd.Stdin = strings.NewReader(b.text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s:%d: %v: %s", b.doc, b.line, err, out)
	}
}

// checkYAML looks whether files that are named stand in deploy, and at the form: no
// tab, and indented by pairs of spaces.
func checkYAML(t *testing.T, b fence) {
	t.Helper()
	for i, line := range strings.Split(b.text, "\n") {
		if indent := len(line) - len(strings.TrimLeft(line, " ")); strings.Contains(line, "\t") || indent%2 != 0 {
			t.Errorf("%s:%d is not indented as YAML is here", b.doc, b.line+1+i)
		}
		for _, name := range regexp.MustCompile(`[a-z]+\.rules\.yml`).FindAllString(line, -1) {
			if found, err := filepath.Glob(filepath.Join(root, "deploy", "*", name)); err != nil || len(found) == 0 {
				t.Errorf("%s:%d names %s, which is not in deploy", b.doc, b.line+1+i, name)
			}
		}
	}
}
