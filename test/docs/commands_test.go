package docs

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	verbHeading = regexp.MustCompile(`^## (tandem.*)$`)
	flagOfLine  = regexp.MustCompile(`^(?:-[a-zA-Z], |    )(--[a-z0-9-]+)`)
	longFlag    = regexp.MustCompile(`(?:^|[ \[(|])(--[a-z][a-z0-9-]*)`)
	inlineCode  = regexp.MustCompile("`([^`\n]+)`")
	// commandOf finds a command of ours in a line of a shell, also behind a pipe, a
	// variable or a substitution.
	commandOf = regexp.MustCompile(`(?:^|[|;&(] ?|\$ )(?:\./|/|go run \./cmd/)?tandem((?: [^|;&>)]*)?)`)
)

// commandLine is what docs/reference/command-line.md says, which cmd/tandem writes:
// the flags of each verb.
func commandLine(t *testing.T) map[string]map[string]bool {
	t.Helper()
	verbs := map[string]map[string]bool{}
	verb := ""
	for line := range strings.SplitSeq(read(t, "docs/reference/command-line.md"), "\n") {
		if m := verbHeading.FindStringSubmatch(line); m != nil {
			verb = m[1]
			verbs[verb] = map[string]bool{"--help": true, "--no-color": true, "--config": true, "--verbose": true}
		} else if m := flagOfLine.FindStringSubmatch(line); m != nil && verb != "" {
			verbs[verb][m[1]] = true
		}
	}
	if len(verbs) < 30 {
		t.Fatalf("only %d verbs are found", len(verbs))
	}
	// Made by cobra, and in no list.
	verbs["tandem completion"], verbs["tandem man"], verbs["tandem help"] = map[string]bool{"--help": true}, map[string]bool{"--help": true}, map[string]bool{}
	return verbs
}

// TestCommandsAreThere looks at each command of ours in a document, in a block or
// between the words: is there such a verb, with such flags?
func TestCommandsAreThere(t *testing.T) {
	verbs := commandLine(t)
	found := 0
	for _, doc := range documents(t) {
		// Decisions say what was weighed as well, changes what there was.
		if path.Dir(doc) == "docs/decisions" || doc == "docs/reference/command-line.md" || doc == "CHANGELOG.md" {
			continue
		}
		for _, said := range commandsIn(t, doc) {
			found++
			if wrong := misspoken(said, verbs); wrong != "" {
				t.Errorf("%s: `tandem %s`: %s", doc, said, wrong)
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d commands are found in the documents", found)
	}
}

// commandsIn are the commands of a document, without the name of the program.
func commandsIn(t *testing.T, doc string) []string {
	t.Helper()
	var all []string
	for _, b := range fences(t, doc) {
		if b.kind != "sh" && b.kind != "text" {
			continue
		}
		for line := range strings.SplitSeq(b.text, "\n") {
			for _, m := range commandOf.FindAllStringSubmatch(line, -1) {
				if b.kind == "text" && !strings.HasPrefix(line, "tandem ") {
					continue // an answer, or a table
				}
				all = append(all, m[1])
			}
		}
	}
	outside := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(read(t, doc), "")
	for _, m := range inlineCode.FindAllStringSubmatch(outside, -1) {
		for _, c := range commandOf.FindAllStringSubmatch(m[1], -1) {
			all = append(all, c[1])
		}
	}
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// misspoken says what is wrong with a command, or nothing.
func misspoken(said string, verbs map[string]map[string]bool) string {
	verb := "tandem"
	for _, word := range strings.Fields(said) {
		if verbs[verb+" "+word] == nil {
			break
		}
		verb += " " + word
	}
	if verb == "tandem" && said != "" && said[0] >= 'a' && said[0] <= 'z' {
		return "there is no such verb"
	}
	for _, m := range longFlag.FindAllStringSubmatch(said, -1) {
		if !verbs[verb][m[1]] {
			return verb + " has no flag " + m[1]
		}
	}
	return ""
}

func TestMisspokenCommandsAreFound(t *testing.T) {
	verbs := commandLine(t)
	for said, right := range map[string]bool{
		"calls": true, "calls --json": true, "call 600 --expect 200": true, "": true, "-c FILE check": true,
		"cals": false, "calls --jsn": false, "status --expect 200": false,
	} {
		if wrong := misspoken(said, verbs); (wrong == "") != right {
			t.Errorf("tandem %s: %q", said, wrong)
		}
	}
}
