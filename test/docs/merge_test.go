package docs

import (
	"regexp"
	"strings"
	"testing"
)

// marker is what git writes where two changes to the same lines met and somebody is
// to choose. The counts keep this file from holding what it looks for.
var marker = regexp.MustCompile(`(?m)^(<{7}|>{7}|\|{7})( .*)?$|^={7}$`)

func TestNoMergeMarkerIsInAnyFile(t *testing.T) {
	for _, path := range tree(t) {
		text := read(t, path)
		// What has a NUL is no text.
		if strings.Contains(text, "\x00") || !possible(text) {
			continue
		}
		for _, at := range marker.FindAllStringIndex(text, -1) {
			t.Errorf("%s:%d is left of a merge: %q", path, 1+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]])
		}
	}
}

// possible spares most files the regular expression.
func possible(text string) bool {
	for _, c := range "<>|=" {
		if strings.Contains(text, strings.Repeat(string(c), 7)) {
			return true
		}
	}
	return false
}

func TestMarkersAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("<", 7) + " HEAD": true, strings.Repeat(">", 7) + " 0a1b2c3 (docs: say it)": true, strings.Repeat("|", 7) + " base": true,
		strings.Repeat("=", 7): true, strings.Repeat("=", 9): false, "a " + strings.Repeat("<", 7): false, strings.Repeat("<", 8): false,
	} {
		if got := marker.MatchString("one\n" + text + "\ntwo\n"); got != want {
			t.Errorf("%q: found %t, want %t", text, got, want)
		}
	}
}

// TestNoLineStandsTwice is about the lists that several people add to at the same time,
// where git keeps the lines of both: it keeps an old form beside the new one as well,
// which an entry then has two lines of that begin alike.
func TestNoLineStandsTwice(t *testing.T) {
	for _, path := range []string{"CHANGELOG.md", "docs/README.md", "config/about.txt"} {
		seen, entry := map[string]int{}, map[string]int{}
		for i, line := range strings.Split(read(t, path), "\n") {
			if len(line) < 20 {
				continue
			}
			if first := seen[line]; first > 0 {
				t.Errorf("%s:%d is line %d again: %s", path, i+1, first, line)
			}
			seen[line] = i + 1
			if path != "CHANGELOG.md" {
				continue
			}
			if strings.HasPrefix(line, "- ") {
				clear(entry)
			}
			begins := line[:20]
			if first := entry[begins]; first > 0 {
				t.Errorf("%s:%d begins as line %d of the same entry: %s", path, i+1, first, line)
			}
			entry[begins] = i + 1
		}
	}
}

// TestTheIndexNamesADecisionOnceAndInOrder: two forms of one entry are what merges leave
// there.
func TestTheIndexNamesADecisionOnceAndInOrder(t *testing.T) {
	before := ""
	for _, m := range regexp.MustCompile(`(?m)^- \[\d+: .*\]\(decisions/(\d{4})-[a-z0-9-]+\.md\)$`).FindAllStringSubmatch(read(t, "docs/README.md"), -1) {
		if m[1] <= before {
			t.Errorf("docs/README.md has decision %s behind %s", m[1], before)
		}
		before = m[1]
	}
}
