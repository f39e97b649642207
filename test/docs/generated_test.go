package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/store/cdr"
)

var update = flag.Bool("update", false, "write the tables of docs/reference that come from the code anew")

// generated holds the part of a document between the comments of its name to what the
// code says.
func generated(t *testing.T, doc, name, want string) {
	t.Helper()
	text := read(t, doc)
	begin, end := "<!-- from the code: "+name+" -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(text, begin)
	was, after, ended := strings.Cut(rest, end)
	switch {
	case !ok || !ended:
		t.Fatalf("%s has no part between %q and %q", doc, begin, end)
	case was == want:
	case *update:
		if err := os.WriteFile(filepath.Join(root, doc), []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the code says of %s: `go test ./test/docs -update` writes it.\nhas:\n%s\nwants:\n%s", doc, name, was, want)
	}
}

func TestTheReferenceOfCausesIsTheTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| status | phrase | words | Q.850 |\n|---|---|---|---|\n")
	rows := regexp.MustCompile(`(?m)^\t\{(\d{3}), (\d+), "([^"]+)", "([^"]+)"\},$`).FindAllStringSubmatch(read(t, "cause.go"), -1)
	if len(rows) < 60 {
		t.Fatalf("only %d rows of cause.go are found", len(rows))
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r[1], r[3], r[4], r[2])
	}
	generated(t, "docs/reference/codes.md", "statuses", b.String())
}

func TestTheReferenceOfRecordsNamesEachField(t *testing.T) {
	const doc = "docs/reference/records.md"
	for heading, of := range map[string]reflect.Type{
		"The call": reflect.TypeFor[cdr.Record](), "An attempt": reflect.TypeFor[cdr.Attempt](), "A leg": reflect.TypeFor[cdr.Leg](),
	} {
		var want []string
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			want = append(want, name)
		}
		sameWords(t, doc, "field", firsts(cells(t, doc, heading)), want)
	}
}

// TestTheReferenceOfMetricsIsWhatIsCounted lists what admin/metrics gives Prometheus:
// where it is made, it has its name, its help and its labels.
func TestTheReferenceOfMetricsIsWhatIsCounted(t *testing.T) {
	var lines []string
	for _, path := range tree(t) {
		if !strings.HasPrefix(path, "admin/metrics/") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(parsed(t, path), func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if line := metricOf(call); line != "" {
					lines = append(lines, line)
				}
			}
			return true
		})
	}
	slices.Sort(lines)
	if len(lines) < 30 {
		t.Fatalf("only %d metrics are found", len(lines))
	}
	generated(t, "docs/reference/metrics.md", "metrics", "| metric | kind | labels | says |\n|---|---|---|---|\n"+strings.Join(slices.Compact(lines), ""))
}

// metricOf is the row of a metric that a call makes; "" for any other call.
func metricOf(call *ast.CallExpr) string {
	name, kind := "", ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	switch name {
	case "gauge", "counter":
		kind = name
	case "NewCounterVec", "NewCounter", "NewGauge", "NewGaugeVec":
		kind = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "New"), "Vec"))
	case "NewHistogram", "NewHistogramVec":
		kind = "histogram"
	default:
		return ""
	}
	var said []string
	ast.Inspect(call, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				said = append(said, s)
			}
		}
		return true
	})
	if len(said) < 2 || !strings.HasPrefix(said[0], "tandem_") {
		return ""
	}
	labels := ""
	for _, l := range said[2:] {
		labels += ", `" + l + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", said[0], kind, strings.TrimPrefix(labels, ", "), strings.ReplaceAll(said[1], "|", "\\|"))
}
