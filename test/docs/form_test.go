package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/sound"
)

const readmeLines = 60

func TestReadmeFitsAScreen(t *testing.T) {
	text := read(t, "README.md")
	if n := strings.Count(text, "\n"); n > readmeLines {
		t.Errorf("README.md has %d lines, more than %d", n, readmeLines)
	}
	if first := strings.Index(text, "```sh\n"); first < 0 || !strings.HasPrefix(text[first:], "```sh\ngo run ./cmd/tandem\n```") {
		t.Error("the first command in README.md is not `go run ./cmd/tandem`")
	}
}

// TestTheReadmesTestCommandIsWhatCIRuns: what people are told to run and what a
// machine runs are the same.
func TestTheReadmesTestCommandIsWhatCIRuns(t *testing.T) {
	commands := regexp.MustCompile("(?s)```sh\n(.*?)\n```").FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(commands) < 2 {
		t.Fatalf("README.md has %d commands, want one to run and one to test", len(commands))
	}
	script := strings.TrimSpace(read(t, ".ci/run"))
	last := script[strings.LastIndex(script, "\n")+1:]
	if test := commands[1][1]; last != "exec "+test {
		t.Errorf(".ci/run ends in %q, README.md tests with %q", last, test)
	}
}

// TestEveryExampleLoads loads the HCL of each document, as one file.
func TestEveryExampleLoads(t *testing.T) {
	examples := 0
	for _, doc := range documents(t) {
		var all strings.Builder
		for _, block := range regexp.MustCompile("(?s)```hcl(?: [a-z]+)?\n(.*?)```").FindAllStringSubmatch(read(t, doc), -1) {
			all.WriteString(block[1])
			examples++
		}
		if all.Len() == 0 {
			continue
		}
		_, found := config.Check("../../config/testdata/good", []config.Source{{Name: doc, Text: []byte(all.String())}}, config.Options{
			LookupEnv: func(name string) (string, bool) {
				if strings.HasSuffix(name, "_PIN") {
					return "4711", true
				}
				return "a long secret", true
			},
			Sounds: sound.Names(),
		})
		if len(found) > 0 {
			t.Errorf("%s: what it shows is not right:\n%s", doc, found)
		}
	}
	if examples == 0 {
		t.Error("no document has an example")
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(withoutCode(read(t, doc)), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			target := doc
			if to != "" {
				target = path.Join(path.Dir(doc), to)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			} else if anchor != "" && !headings(read(t, target))[anchor] {
				t.Errorf("%s links to %s, but there is no such heading", doc, m[1])
			}
		}
	}
}

func withoutCode(text string) string {
	return regexp.MustCompile("(?s)```.*?```|`[^`\n]*`").ReplaceAllString(text, "")
}

// headings returns the anchors of a document's headings, as they are made where
// Markdown is shown.
func headings(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(m[1], ""))
		all[strings.ReplaceAll(name, " ", "-")] = true
	}
	return all
}

// TestEveryDocumentIsInTheIndex: what nobody finds nobody reads.
func TestEveryDocumentIsInTheIndex(t *testing.T) {
	index := read(t, "docs/README.md")
	for _, doc := range documents(t) {
		if in, ok := strings.CutPrefix(doc, "docs/"); ok && in != "README.md" && !strings.Contains(index, "("+in+")") {
			t.Errorf("docs/README.md does not link to %s", in)
		}
	}
}

func TestDecisionsAreNumberedAndShort(t *testing.T) {
	named := regexp.MustCompile(`^docs/decisions/(\d{4})-[a-z0-9-]+\.md$`)
	numbers := map[string]string{}
	for _, doc := range documents(t) {
		if path.Dir(doc) != "docs/decisions" {
			continue
		}
		m := named.FindStringSubmatch(doc)
		if m == nil {
			t.Errorf("%s is not called NNNN-title.md", doc)
			continue
		}
		if other := numbers[m[1]]; other != "" {
			t.Errorf("%s and %s have the same number", doc, other)
		}
		numbers[m[1]] = doc
		text := read(t, doc)
		if want := "# " + strings.TrimLeft(m[1], "0") + ". "; !strings.HasPrefix(text, want) {
			t.Errorf("%s does not begin with %q", doc, want)
		}
		if n := strings.Count(text, "\n"); n < 10 || n > 60 {
			t.Errorf("%s has %d lines; ten to forty do", doc, n)
		}
		for _, part := range []string{"Context", "Choice", "Consequences"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %s", doc, part)
			}
		}
	}
}

// trouble are pages that begin with what somebody sees: each is an "If not" as a whole.
var trouble = map[string]bool{
	"no-audio": true, "one-way-audio": true, "cannot-register": true, "dtmf-not-working": true, "choppy-audio": true,
	"call-drops": true, "doctor": true,
}

// TestEachHowToSaysWhatIsNeededHowToCheckAndWhatIfNot: that is the form of all of them.
func TestEachHowToSaysWhatIsNeededHowToCheckAndWhatIfNot(t *testing.T) {
	for _, doc := range documents(t) {
		if path.Dir(doc) != "docs/howto" || trouble[strings.TrimSuffix(path.Base(doc), ".md")] {
			continue
		}
		text := read(t, doc)
		for what, form := range map[string]string{
			`a heading "You need", or a line that begins with "You need:"`: `(?m)^(## You need$|You need:)`,
			`a heading "Check"`: `(?m)^##+ Check$`, `a heading "If not"`: `(?m)^##+ If not$`,
		} {
			if !regexp.MustCompile(form).MatchString(text) {
				t.Errorf("%s lacks %s", doc, what)
			}
		}
	}
}
