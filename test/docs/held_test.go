package docs

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/config"
)

// parsed is a Go file of ours, with its comments.
func parsed(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, filepath.FromSlash(path)), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// cells are the rows of the tables of a document below a heading, without their heads.
func cells(t *testing.T, doc, heading string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(read(t, doc), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", doc, heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows [][]string
	inside := false
	for line := range strings.SplitSeq(rest, "\n") {
		switch {
		case strings.HasPrefix(line, "|---"):
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside:
			row := strings.Split(strings.Trim(line, "|"), "|")
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table below %q", doc, heading)
	}
	return rows
}

// firsts are the words in code of the first column, sorted.
func firsts(rows [][]string) []string {
	var all []string
	for _, row := range rows {
		for _, m := range quoted.FindAllStringSubmatch(row[0], -1) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return all
}

func sameWords(t *testing.T, doc, of string, got, want []string) {
	t.Helper()
	slices.Sort(want)
	want = slices.Compact(want)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s does not name the %s %s", doc, of, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s names the %s %s, which is not there", doc, of, g)
		}
	}
}

// TestLimitsAreThoseOfTheCode: a row names its constant, `file.go`: `Name`, and gives its
// value.
func TestLimitsAreThoseOfTheCode(t *testing.T) {
	rows := 0
	for line := range strings.SplitSeq(read(t, "docs/reference/limits.md"), "\n") {
		m := regexp.MustCompile("^\\| (.+) \\| (.+) \\| `([a-z0-9_/]+\\.go)`: `(\\w+)` \\|$").FindStringSubmatch(line)
		if m == nil {
			continue
		}
		rows++
		want, found := constantOf(t, m[3], m[4])
		got, read := quantity(m[2])
		if !found || !read || got != want {
			t.Errorf("docs/reference/limits.md says %q of %s in %s (%d); there it is %d", m[2], m[4], m[3], got, want)
		}
	}
	if rows < 40 {
		t.Errorf("only %d limits are found", rows)
	}
}

var quantityForm = regexp.MustCompile(`^([0-9]{1,3}(?: [0-9]{3})*|[0-9]+)(?: (KiB|MiB|GiB|ms|s|min|h|days?))?$`)

// quantity reads "4 096", "64 KiB" or "30 s"; times are in ns.
func quantity(text string) (int64, bool) {
	m := quantityForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(m[1], " ", ""), 10, 64)
	units := map[string]int64{
		"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "ms": int64(time.Millisecond), "s": int64(time.Second),
		"min": int64(time.Minute), "h": int64(time.Hour), "day": 24 * int64(time.Hour), "days": 24 * int64(time.Hour),
	}
	return n * units[m[2]], err == nil
}

// constantOf is the value of a constant of a file.
func constantOf(t *testing.T, path, name string) (int64, bool) {
	t.Helper()
	var value ast.Expr
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, id := range spec.Names {
				if id.Name == name && i < len(spec.Values) {
					value = spec.Values[i]
				}
			}
		}
		return true
	})
	if value == nil {
		return 0, false
	}
	n, exact := constant.Int64Val(evaluate(value))
	return n, exact
}

// evaluate works out what limits are written with: numbers, times and sums of them.
func evaluate(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.ToInt(constant.MakeFromLiteral(e.Value, e.Kind, 0))
	case *ast.ParenExpr:
		return evaluate(e.X)
	case *ast.BinaryExpr:
		x, y := evaluate(e.X), evaluate(e.Y)
		if x.Kind() != constant.Int || y.Kind() != constant.Int {
			return constant.MakeUnknown()
		}
		if e.Op == token.SHL {
			n, _ := constant.Uint64Val(y)
			return constant.Shift(x, token.SHL, uint(n))
		}
		return constant.BinaryOp(x, e.Op, y)
	case *ast.SelectorExpr:
		d := map[string]time.Duration{"Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}[e.Sel.Name]
		return constant.MakeInt64(int64(d))
	case *ast.CallExpr: // int64(...)
		if len(e.Args) == 1 {
			return evaluate(e.Args[0])
		}
	}
	return constant.MakeUnknown()
}

func TestPortsAreTheDefaults(t *testing.T) {
	f, found := config.Check(".", []config.Source{{Name: "none.hcl", Text: []byte("domain = \"pbx.example.com\"\n")}}, config.Options{})
	if f == nil {
		t.Fatal(found)
	}
	var want []string
	for _, all := range [][]config.Listener{f.Listen.SIP, f.Listen.Web, f.Listen.Media} {
		for _, l := range all {
			want = append(want, strconv.Itoa(int(l.Port))+"/"+l.Transport)
		}
	}
	want = append(want, strconv.Itoa(int(f.Listen.RTP.Min))+"-"+strconv.Itoa(int(f.Listen.RTP.Max)))
	sameWords(t, "docs/reference/ports.md", "port", firsts(cells(t, "docs/reference/ports.md", "Into the gateway, without a word in the file")), want)
}

// stringsOf are the texts of a variable's list, or of a function's body, in a file.
func stringsOf(t *testing.T, path, name string) []string {
	t.Helper()
	var all []string
	take := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				all = append(all, s)
			}
		case *ast.SelectorExpr: // sip.INVITE, dialog.TagTimer
			all = append(all, n.Sel.Name)
		}
		return true
	}
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name && i < len(n.Values) {
					if list, ok := n.Values[i].(*ast.CompositeLit); ok {
						for _, e := range list.Elts {
							ast.Inspect(e, take)
						}
					}
				}
			}
		case *ast.FuncDecl:
			if n.Name.Name == name {
				ast.Inspect(n.Body, take)
			}
		}
		return true
	})
	if len(all) == 0 {
		t.Fatalf("%s has no %s", path, name)
	}
	return all
}

func TestTheReferenceOfSIPNamesWhatIsThere(t *testing.T) {
	const doc = "docs/reference/sip-and-sdp.md"
	// What others than the legs take: signaling/event and signaling/message.
	methods := append(stringsOf(t, "signaling/leg/core.go", "methods"), "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE")
	sameWords(t, doc, "method", firsts(cells(t, doc, "Methods")), methods)
	tags := stringsOf(t, "signaling/leg/core.go", "extensions")
	for i, tag := range tags {
		tags[i] = map[string]string{"TagReliable": "100rel", "TagTimer": "timer"}[tag]
		if tags[i] == "" {
			tags[i] = tag
		}
	}
	sameWords(t, doc, "option tag", firsts(cells(t, doc, "Option tags")), tags)
	sameWords(t, doc, "codec", firsts(cells(t, doc, "Codecs of sound")), stringsOf(t, "config/codecs.go", "codecNames"))
}

func TestTheReferenceOfEventsNamesItsTopics(t *testing.T) {
	const doc = "docs/reference/events.md"
	topics := []string{"call:ID"}
	for _, s := range stringsOf(t, "admin/api/hub.go", "parseTopics") {
		if regexp.MustCompile(`^[a-z]+$`).MatchString(s) {
			topics = append(topics, s)
		}
	}
	sameWords(t, doc, "topic", firsts(cells(t, doc, "Topics")), topics)
}

// refusalCodes are the codes of the API's refusals, and of its session's.
func refusalCodes(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, path := range tree(t) {
		if !strings.HasPrefix(path, "admin/") || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(parsed(t, path), func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "refuse" && len(call.Args) > 2 {
				if lit, ok := call.Args[1].(*ast.BasicLit); ok {
					if s, err := strconv.Unquote(lit.Value); err == nil {
						all = append(all, s)
					}
				}
			}
			return true
		})
	}
	for _, s := range stringsOf(t, "admin/api/error.go", "codeOf") {
		if s == strings.ToLower(s) && s != "" {
			all = append(all, s)
		}
	}
	return all
}

func TestTheReferenceOfCodesNamesEachRefusal(t *testing.T) {
	const doc = "docs/reference/codes.md"
	rows := cells(t, doc, "Codes of the API")
	sameWords(t, doc, "code of a refusal", firsts(rows), refusalCodes(t))
	for _, row := range rows {
		for status := range strings.SplitSeq(row[1], ", ") {
			if n, err := strconv.Atoi(status); err != nil || http.StatusText(n) == "" {
				t.Errorf("%s: %q of %s is no status of HTTP", doc, status, row[0])
			}
		}
	}
	var faults, chips []string
	for _, path := range tree(t) {
		if !strings.HasPrefix(path, "bridge/verdict/") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^\s+(Fault|Chip)[A-Z]\w* +(?:Fault )?= "([a-z-]+)"`).FindAllStringSubmatch(read(t, path), -1) {
			if m[1] == "Fault" {
				faults = append(faults, m[2])
			} else {
				chips = append(chips, m[2])
			}
		}
	}
	sameWords(t, doc, "fault", firsts(cells(t, doc, "Faults of calls")), faults)
	sameWords(t, doc, "mark", firsts(cells(t, doc, "Marks of calls")), chips)
}

// TestPagesThatTheProgramNamesExist: a fault, a mark or a message leads to a page.
func TestPagesThatTheProgramNamesExist(t *testing.T) {
	found := 0
	for _, path := range tree(t) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		text := read(t, path)
		var pages []string
		for _, m := range regexp.MustCompile(`\bhowto[A-Z]\w+ += "([a-z-]+)"`).FindAllStringSubmatch(text, -1) {
			pages = append(pages, "docs/howto/"+m[1]+".md")
		}
		pages = append(pages, regexp.MustCompile(`docs/[a-z]+/[a-z0-9-]+\.md`).FindAllString(text, -1)...)
		for _, page := range pages {
			found++
			if matches, err := filepath.Glob(filepath.Join(root, page)); err != nil || len(matches) == 0 {
				t.Errorf("%s leads to %s, which is not there", path, page)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d pages are named", found)
	}
}
