// Package arch holds the architecture as tests: who may import whom, who alone
// may import what, how long a file may be, and what nobody may call.
package arch

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tandemgw/tandem"

// arrows says which of our packages a package may import, and does. A package that is
// not here may not exist.
var arrows = map[string][]string{
	"":                   {},
	"codecs":             {},
	"certs":              {},
	"dialplan":           {"dialplan/numbering", "dialplan/script"},
	"dialplan/numbering": {},
	"media/sdp":          {},
	"media/transport":    {"media/sdp"},
	"media/sound":        {"codecs"},
	"media/record":       {"codecs"},
	"media/rtcpmsg":      {},
	"media":              {"", "codecs", "media/sdp", "media/rtcpmsg", "media/transport", "media/sound", "media/record"},
	"media/turn":         {"media/transport"},
	"bridge":             {"", "media", "media/sound", "media/record", "dialplan", "bridge/voicemail"},
	"bridge/verdict":     {"", "media"},
	"bridge/casebook":    {"", "bridge", "bridge/verdict"},
	"bridge/voicemail":   {"", "codecs", "media", "media/record"},
	// The mail of voicemail, by SMTP.
	"bridge/voicemail/post": {"bridge/voicemail"},
	"signaling/sipmsg":      {""},
	"signaling/flow":        {"signaling/sipmsg"},
	"signaling/txn":         {"signaling/sipmsg", "signaling/flow"},
	"signaling/digest":      {},
	"signaling/dialog":      {"signaling/sipmsg"},
	"signaling/registrar":   {"signaling/sipmsg", "signaling/flow", "signaling/txn", "signaling/digest", "signaling/guard"},
	"signaling/locate":      {"signaling/sipmsg", "signaling/flow"},
	"signaling/uac":         {"signaling/sipmsg", "signaling/flow", "signaling/txn", "signaling/digest", "signaling/locate"},
	"signaling/guard":       {"signaling/sipmsg", "signaling/flow"},
	"dialplan/script":       {},
	"dialplan/ask":          {"dialplan"},
	"signaling/trunk": {
		"", "signaling/sipmsg", "signaling/flow", "signaling/txn", "signaling/digest", "signaling/uac",
	},
	"signaling/event": {
		"", "bridge", "dialplan", "signaling/sipmsg", "signaling/flow", "signaling/txn", "signaling/dialog",
		"signaling/registrar",
	},
	"signaling/message": {
		"", "dialplan", "signaling/sipmsg", "signaling/flow", "signaling/txn",
		"signaling/registrar", "signaling/uac", "signaling/trunk",
	},
	"signaling/leg": {
		"", "bridge", "dialplan", "media", "media/sdp", "signaling/sipmsg", "signaling/flow", "signaling/txn",
		"signaling/digest", "signaling/dialog", "signaling/registrar", "signaling/locate", "signaling/uac", "signaling/trunk",
		"signaling/guard",
	},
	"signaling/trace": {"", "bridge", "media", "signaling/flow", "signaling/txn"},
	"store":           {"", "bridge", "bridge/voicemail", "media/record", "signaling/message"},
	"store/cdr":       {"", "bridge", "dialplan", "media"},
	"store/sql":       {"", "store/cdr"},
	"web":             {},
	"admin":           {"web", "bridge/verdict", "dialplan"},
	"admin/journal":   {""},
	"admin/metrics":   {"", "bridge", "dialplan", "media", "signaling/flow", "signaling/txn"},
	"config":          {"dialplan", "dialplan/numbering"},
	// The command line; below it what it runs and asks. Nobody else imports these.
	"cmd/tandem": {
		"", "admin", "admin/api", "bridge", "bridge/verdict", "certs", "cmd/tandem/demo", "cmd/tandem/doctor", "cmd/tandem/gateway",
		"cmd/tandem/machine", "cmd/tandem/people", "cmd/tandem/rules", "cmd/tandem/wording", "codecs", "config", "dialplan", "media",
		"media/record", "media/sound", "signaling/caller", "signaling/trace", "store/sql",
	},
	"cmd/tandem/gateway": {
		"", "admin", "admin/api", "admin/journal", "admin/metrics", "admin/oidc", "admin/spans", "bridge", "bridge/casebook", "bridge/verdict",
		"bridge/voicemail", "bridge/voicemail/post", "certs", "cmd/tandem/doctor", "cmd/tandem/machine", "cmd/tandem/people",
		"cmd/tandem/rules", "cmd/tandem/wording", "codecs", "config", "dialplan", "dialplan/ask", "media", "media/record", "media/sound",
		"media/transport", "media/turn", "signaling/digest", "signaling/event", "signaling/flow", "signaling/guard", "signaling/hep",
		"signaling/leg", "signaling/locate", "signaling/message", "signaling/registrar", "signaling/trace", "signaling/trunk", "signaling/txn",
		"signaling/uac", "store", "store/cdr", "store/sql",
	},
	"cmd/tandem/demo": {"admin", "certs", "cmd/tandem/gateway", "cmd/tandem/machine", "cmd/tandem/people", "cmd/tandem/rules", "config"},
	"cmd/tandem/doctor": {
		"admin", "bridge/casebook", "bridge/verdict", "cmd/tandem/machine", "cmd/tandem/wording", "config", "signaling/flow",
		"signaling/locate",
	},
	"cmd/tandem/rules": {
		"admin", "bridge", "bridge/voicemail", "bridge/voicemail/post", "cmd/tandem/machine", "config", "dialplan", "media", "media/sdp",
		"media/sound", "signaling/dialog", "signaling/guard", "signaling/leg", "signaling/registrar", "signaling/trace", "signaling/trunk",
		"signaling/uac",
	},
	"cmd/tandem/people":  {"admin", "config", "signaling/digest", "signaling/registrar", "store/sql"},
	"cmd/tandem/machine": {"config"},
	"cmd/tandem/wording": {},
	"signaling/caller": {
		"", "bridge", "dialplan", "certs", "media", "media/sound", "media/record", "media/transport", "signaling/flow", "signaling/txn", "signaling/digest",
		"signaling/registrar", "signaling/locate", "signaling/uac", "signaling/trunk", "signaling/leg",
	},
	"admin/spans":   {"", "bridge", "media"},
	"admin/oidc":    {},
	"admin/api":     {"", "admin", "admin/metrics", "admin/oidc", "bridge", "bridge/verdict", "dialplan", "store/cdr", "store/sql"},
	"signaling/hep": {"", "bridge", "signaling/flow", "signaling/txn"},
}

// gates says which of our packages alone may import a module of others.
var gates = map[string][]string{
	"github.com/zaf/g711":              {"codecs"},
	"github.com/thesyncim/gopus":       {"codecs"},
	"github.com/gotranspile/g722":      {"codecs"},
	"github.com/pion/":                 {"media", "media/transport"},
	"github.com/pion/turn":             {"media/turn"},
	"github.com/pion/stun":             {"media/transport", "media/turn"},
	"github.com/pion/logging":          {"media/transport", "media/turn"},
	"golang.org/x/net":                 {"media", "media/transport"},
	"github.com/emiago/sipgo/sip":      {"signaling/"},
	"github.com/fsnotify/fsnotify":     {"cmd/tandem/gateway"},
	"github.com/gorilla/websocket":     {"signaling/flow", "admin/api"},
	"github.com/icholy/digest":         {"signaling/digest"},
	"github.com/wneessen/go-mail":      {"bridge/voicemail/post"},
	"github.com/emersion/":             {}, // a mail server for tests
	"github.com/miekg/dns":             {"signaling/locate"},
	"github.com/hashicorp/hcl":         {"dialplan", "config"},
	"github.com/zclconf/go-cty":        {"dialplan", "dialplan/script", "config"},
	"go.starlark.net":                  {"dialplan/script"},
	"github.com/nyaruka/phonenumbers":  {"dialplan/numbering"},
	"github.com/caddyserver/certmagic": {"certs"},
	"github.com/mholt/acmez":           {"certs"},
	"go.uber.org/zap":                  {"certs"},
	"modernc.org/sqlite":               {"store/sql"},
	"github.com/jackc/pgx":             {"store/sql"},
	"github.com/pressly/goose":         {"store/sql"},
	"github.com/spf13/cobra":           {"cmd/tandem"},
	"github.com/spf13/pflag":           {"cmd/tandem"},
	"github.com/hashicorp/golang-lru":  {"signaling/", "admin"},
	"golang.org/x/time":                {"signaling/", "admin", "admin/api"},
	"github.com/danielgtaylor/huma":    {"admin/api"},
	"golang.org/x/crypto":              {"admin/api"},
	"github.com/coreos/go-oidc":        {"admin/oidc"},
	"golang.org/x/oauth2":              {"admin/oidc"},
	"rsc.io/qr":                        {"cmd/tandem/demo"},
	"golang.org/x/sys":                 {"media/transport", "signaling/flow", "cmd/tandem", "cmd/tandem/machine"},
	"github.com/pion/webrtc":           {},
	"github.com/chromedp":              {},
	"github.com/google/go-cmp":         {},
	"github.com/santhosh-tekuri/":      {},
	"github.com/prometheus/":           {"admin/metrics"},
	"go.opentelemetry.io/":             {"admin/spans"}, // with the tag otel
	"go.uber.org/goleak":               {},
}

type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	CgoFiles        []string
	TestGoFiles     []string
	XTestGoFiles    []string
	Imports         []string
}

// name is the package's folder from the module's root.
func (p pkg) name() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

// forTests are packages that only tests import: they may import what they like.
func (p pkg) forTests() bool {
	n := p.name()
	return strings.HasPrefix(n, "test/") || strings.HasSuffix(n, "test")
}

func packages(t *testing.T, flags ...string) []pkg {
	t.Helper()
	args := append([]string{"list", "-json=ImportPath,Dir,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports"}, flags...)
	cmd := exec.Command("go", append(args, module+"/...")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestPackagesImportOnlyWhatTheArrowsAllow(t *testing.T) {
	for _, p := range packages(t) {
		if p.forTests() {
			continue
		}
		allowed, ok := arrows[p.name()]
		if !ok {
			t.Errorf("package %q has no place in the architecture: give it one in arrows, with a decision note", p.name())
			continue
		}
		for _, imp := range p.Imports {
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			if in := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/"); !slices.Contains(allowed, in) {
				t.Errorf("%s imports %s, which no arrow allows", p.name(), in)
			}
		}
	}
}

// An arrow that nobody follows any more is a door left open. The tag is for what imports
// something with it alone.
func TestEveryArrowIsFollowed(t *testing.T) {
	for _, p := range packages(t, "-tags", "otel") {
		for _, to := range arrows[p.name()] {
			if imp := strings.TrimSuffix(module+"/"+to, "/"); !slices.Contains(p.Imports, imp) {
				t.Errorf("%s may import %q, and does not: take the arrow out", p.name(), to)
			}
		}
	}
}

func TestOthersCodeComesInByItsGateOnly(t *testing.T) {
	for _, p := range packages(t) {
		if p.forTests() {
			continue
		}
		for _, imp := range p.Imports {
			if !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") || strings.HasPrefix(imp, module) {
				continue
			}
			gate, who := "", []string(nil)
			for g, w := range gates { // the longest prefix counts
				if strings.HasPrefix(imp, g) && len(g) > len(gate) {
					gate, who = g, w
				}
			}
			if gate == "" {
				t.Errorf("%s imports %s, for which there is no gate: a new dependency wants a decision note", p.name(), imp)
				continue
			}
			if !slices.ContainsFunc(who, func(w string) bool {
				return w == p.name() || strings.HasSuffix(w, "/") && strings.HasPrefix(p.name(), w)
			}) {
				t.Errorf("%s imports %s; only %v may", p.name(), imp, who)
			}
		}
	}
}

// What calls methods by their names makes the linker keep every method of every
// library: a sixth of the program.
func TestNothingCallsMethodsByTheirNames(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			if !p.forTests() && (imp == "html/template" || imp == "text/template") {
				t.Errorf("%s imports %s: fill in text as admin's pages do", p.name(), imp)
			}
		}
	}
}

const (
	maxFile     = 400
	maxTestFile = 800
)

func TestFilesAreShort(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles, p.TestGoFiles, p.XTestGoFiles) {
			b, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			limit := maxFile
			if strings.HasSuffix(f, "_test.go") {
				limit = maxTestFile
			}
			if n := strings.Count(string(b), "\n"); n > limit {
				t.Errorf("%s/%s has %d lines, more than %d: is there a part that wants a file of its own?", p.name(), f, n, limit)
			}
		}
	}
}

func TestEachPackageHasOneComment(t *testing.T) {
	for _, p := range packages(t) {
		fset, docs := token.NewFileSet(), 0
		files := slices.Concat(p.GoFiles, p.CgoFiles)
		if len(files) == 0 {
			files = slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		}
		for _, f := range files {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc != nil {
				docs++
			}
		}
		if docs != 1 {
			t.Errorf("package %q has %d package comments, want one", p.name(), docs)
		}
	}
}

// forbidden calls, with what to do instead.
var forbidden = map[string]string{
	"panic":           "return an error: nothing from outside may end the process",
	"fmt.Print":       "log with slog, or write to the command's own writer",
	"fmt.Printf":      "log with slog, or write to the command's own writer",
	"fmt.Println":     "log with slog, or write to the command's own writer",
	"log.Print":       "log with slog",
	"log.Printf":      "log with slog",
	"log.Println":     "log with slog",
	"log.Fatal":       "return an error",
	"log.Fatalf":      "return an error",
	"os.Exit":         "return an exit code to main",
	"sip.SetTimers":   "the timers are everybody's",
	"slog.SetDefault": "hand the logger down",
}

// exceptions: a file that may do what is forbidden, and why.
var exceptions = map[string]string{
	"cmd/tandem/main.go os.Exit": "the one place where the process ends",
	"web/embed.go panic":         "the name of an embedded folder is a constant: our own impossible state",
}

func TestNobodyCallsWhatIsForbidden(t *testing.T) {
	for _, p := range packages(t) {
		if p.forTests() {
			continue
		}
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles) {
			for _, call := range calls(t, filepath.Join(p.Dir, f)) {
				if why, bad := forbidden[call.name]; bad && exceptions[p.name()+"/"+f+" "+call.name] == "" {
					t.Errorf("%s/%s:%d calls %s: %s", p.name(), f, call.line, call.name, why)
				}
			}
		}
	}
}

func TestNoTestSleepsOutsideABubble(t *testing.T) {
	for _, p := range packages(t) {
		files := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		if slices.ContainsFunc(files, func(f string) bool { return mentions(t, filepath.Join(p.Dir, f), "testing/synctest") }) {
			continue // virtual time: sleeping is free
		}
		for _, f := range files {
			for _, call := range calls(t, filepath.Join(p.Dir, f)) {
				if call.name == "time.Sleep" {
					t.Errorf("%s/%s:%d sleeps on the real clock: wait for the condition, or use testing/synctest", p.name(), f, call.line)
				}
			}
		}
	}
}

func mentions(t *testing.T, path, text string) bool {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(src), text)
}

type call struct {
	name string
	line int
}

func calls(t *testing.T, path string) []call {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []call
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := c.Fun.(type) {
		case *ast.Ident:
			out = append(out, call{f.Name, fset.Position(c.Pos()).Line})
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok {
				out = append(out, call{x.Name + "." + f.Sel.Name, fset.Position(c.Pos()).Line})
			}
		}
		return true
	})
	return out
}
