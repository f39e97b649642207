package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// functions returns the functions that a Go file declares: "Open", "Call.run".
func functions(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, filepath.FromSlash(path)), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			name = receiver(f.Recv.List[0].Type) + "." + name
		}
		all[name] = true
	}
	return all
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// testFunctions returns each test and fuzz target with the folder it is in.
func testFunctions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range tree(t) {
		if !strings.HasSuffix(path, "_test.go") {
			continue
		}
		for f := range functions(t, path) {
			if strings.HasPrefix(f, "Test") || strings.HasPrefix(f, "Fuzz") {
				all[f] = path
			}
		}
	}
	return all
}

var quoted = regexp.MustCompile("`([^`]+)`")

// row is a line of the table in docs/rfc.md.
type row struct {
	rfc, section, status, where, missing string
	tests                                []string
}

func rfcRows(t *testing.T) []row {
	t.Helper()
	var rows []row
	for line := range strings.SplitSeq(read(t, "docs/rfc.md"), "\n") {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		if len(cells) != 6 || strings.HasPrefix(cells[0], " RFC") || strings.HasPrefix(cells[0], "-") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		r := row{rfc: cells[0], section: cells[1], status: cells[2], where: cells[3], missing: cells[5]}
		for _, m := range quoted.FindAllStringSubmatch(cells[4], -1) {
			r.tests = append(r.tests, m[1])
		}
		rows = append(rows, r)
	}
	if len(rows) < 40 {
		t.Fatalf("docs/rfc.md has %d rows that can be read; is the table still one of six columns?", len(rows))
	}
	return rows
}

func TestEachRFCRowNamesATestThatExists(t *testing.T) {
	known := testFunctions(t)
	for _, r := range rfcRows(t) {
		name := "RFC " + r.rfc + " " + r.section
		for _, test := range r.tests {
			if known[test] == "" {
				t.Errorf("%s: there is no test %s", name, test)
			}
		}
		switch r.status {
		case "full":
			if len(r.tests) == 0 {
				t.Errorf("%s is full, but no test says so", name)
			}
		case "part":
			if len(r.tests) == 0 || r.missing == "" {
				t.Errorf("%s is there in part: name the test of what is there, and what is missing", name)
			}
		case "none":
			if len(r.tests) > 0 || r.where != "" {
				t.Errorf("%s is not there, but has a place or a test", name)
			}
			continue
		default:
			t.Errorf("%s has the status %q; it must be full, part or none", name, r.status)
		}
		for _, m := range quoted.FindAllStringSubmatch(r.where, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestTestsThatDocumentsNameExist(t *testing.T) {
	known := testFunctions(t)
	for _, doc := range documents(t) {
		for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z0-9]\\w*)`").FindAllStringSubmatch(read(t, doc), -1) {
			if known[m[1]] == "" {
				t.Errorf("%s names %s, which is no test", doc, m[1])
			}
		}
	}
}

// place is a file and functions in it, as docs/architecture.md and others write
// it: `bridge/call.go` `Call.run`, `Call.perform`.
var place = regexp.MustCompile("`([a-z0-9_/]+\\.go)`((?:,? `[A-Za-z_]+(?:\\.[A-Za-z_]+)?`)+)")

func TestFunctionsStandWhereDocumentsSay(t *testing.T) {
	found := 0
	for _, doc := range documents(t) {
		for _, m := range place.FindAllStringSubmatch(read(t, doc), -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s: %v", doc, err)
				continue
			}
			declared := functions(t, m[1])
			for _, f := range quoted.FindAllStringSubmatch(m[2], -1) {
				found++
				if !declared[f[1]] {
					t.Errorf("%s: %s has no function %s", doc, m[1], f[1])
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d functions are named in the documents: is the form still `file.go` `Type.method`?", found)
	}
}

func TestPinsAreThoseOfGoMod(t *testing.T) {
	mod := read(t, "go.mod") + read(t, "tools/package/go.mod")
	pins := regexp.MustCompile(`(?m)^\| ([a-z0-9./-]+\.[a-z]+/\S+) \| (v\S+) \|`).FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1)
	if len(pins) == 0 {
		t.Fatal("CONTRIBUTING.md has no table of pinned versions that can be read")
	}
	for _, p := range pins {
		if !strings.Contains(mod, p[1]+" "+p[2]+"\n") && !strings.Contains(mod, p[1]+" "+p[2]+" // indirect\n") {
			t.Errorf("CONTRIBUTING.md pins %s to %s; go.mod says something else", p[1], p[2])
		}
	}
}

// TestEveryPackageIsInTheArchitecture is about the product; tests come and go.
func TestEveryPackageIsInTheArchitecture(t *testing.T) {
	text := read(t, "docs/architecture.md")
	seen := map[string]bool{}
	for _, path := range tree(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		if !strings.HasSuffix(path, ".go") || seen[dir] || dir == "." || strings.HasPrefix(dir, "test/") {
			continue
		}
		seen[dir] = true
		if !strings.Contains(text, "`"+dir+"`") {
			t.Errorf("docs/architecture.md does not say what %s is", dir)
		}
	}
}
