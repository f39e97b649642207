package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tandemgw/tandem/dialplan"
)

// examples are whole files: those of testdata, and those of each document as one.
func examples(t *testing.T) map[string]Source {
	t.Helper()
	all := map[string]Source{}
	for _, path := range []string{"testdata/good/full.hcl", "testdata/good/minimal.hcl"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = Source{path, text}
	}
	more, _ := filepath.Glob("../examples/*.hcl")
	more2, _ := filepath.Glob("testdata/*/office.hcl")
	for _, path := range append(more, more2...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = Source{path, text}
	}
	for _, pattern := range []string{"../docs/*.md", "../docs/howto/*.md", "../README.md"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var hcl bytes.Buffer
			for _, block := range regexp.MustCompile("(?s)```hcl(?: [a-z]+)?\n(.*?)```").FindAllSubmatch(text, -1) {
				hcl.Write(block[1])
			}
			if hcl.Len() > 0 {
				all[path] = Source{path, hcl.Bytes()}
			}
		}
	}
	return all
}

func exampleOptions() Options {
	return Options{LookupEnv: func(string) (string, bool) { return "4711", true }, Sounds: []string{"welcome.wav", "closed.wav"}}
}

// TestBothFormsOfAnExampleAreOne turns every example into the JSON form, asks the schema of it, and compares what is read
// of it with what is read of the other form: settings, rows in their order, decisions and tests.
func TestBothFormsOfAnExampleAreOne(t *testing.T) {
	schema := compiledSchema(t)
	done := 0
	for name, s := range examples(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, found := Check("testdata/good", []Source{s}, exampleOptions())
			if f == nil {
				t.Fatal(found)
			}
			text, found := ToJSON(s)
			if text == nil {
				t.Fatal(found)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("the schema refuses it: %v\n%s", err, text)
			}
			g, found := Check("testdata/good", []Source{{name + ".json", text}}, exampleOptions())
			if g == nil {
				t.Fatalf("%s\n%s", found, text)
			}
			if diff := differences(f, g); diff != "" {
				t.Errorf("-hcl +json:\n%s", diff)
			}
			if diff := cmp.Diff(decisions(f), decisions(g)); diff != "" {
				t.Errorf("-hcl +json:\n%s\n%s", diff, text)
			}
			done++
		})
	}
	if done < 5 {
		t.Errorf("only %d examples", done)
	}
}

// differences tells how two files differ but for their plans.
func differences(f, g *File) string {
	return cmp.Diff(f, g, ignorePlan(), cmp.Exporter(func(reflect.Type) bool { return true }),
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }))
}

// decisions tells what a plan does with calls of everybody, without the places of its rows.
func decisions(f *File) []string {
	var all []string
	sources := []dialplan.Source{{Kind: dialplan.FromUser, Name: "nobody"}, {Kind: dialplan.FromTrunk, Name: "nobody"}}
	for _, u := range f.Users {
		sources = append(sources, dialplan.Source{Kind: dialplan.FromUser, Name: u.Name})
	}
	for _, u := range f.Trunks {
		sources = append(sources, dialplan.Source{Kind: dialplan.FromTrunk, Name: u.Name})
	}
	for _, s := range sources {
		for _, to := range []string{"201", "202", "300", "600", "901234", "+442071234567", "+88216", "alice", "7", "999"} {
			d := f.Plan.Route(dialplan.Request{From: s, To: to})
			row := ""
			if d.Row != nil {
				row = d.Row.Pattern
			}
			steps := regexp.MustCompile(`\(\S+:\d+\)`).ReplaceAllString(fmt.Sprint(d.Steps), "")
			all = append(all, fmt.Sprint(s, to, row, steps, d.Status, len(d.Tried())))
		}
	}
	for _, r := range f.Plan.RunTests() {
		all = append(all, regexp.MustCompile(`\S+:\d+`).ReplaceAllString(fmt.Sprint(r), ""))
	}
	return all
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTheSchemaRefusesWhatIsWrong tries some of what an editor should underline.
func TestTheSchemaRefusesWhatIsWrong(t *testing.T) {
	schema := compiledSchema(t)
	for text, good := range map[string]bool{
		`{"domain": "x.test", "user": {"201": {"password": "x", "max_calls": 3}}}`: true,
		`{"domain": "x.test", "user": [{"201": {"password": "${env(\"X\")}"}}]}`:   true,
		`{"domain": "x.test", "calls": {"timer": "off"}}`:                          true,
		`{"domian": "x.test"}`:                  false,
		`{"domain": 5}`:                         false,
		`{"user": {"201": {"max_calls": 0}}}`:   false,
		`{"user": {"201": {"max_calls": "3"}}}`: false,
		`{"tls": {"mode": "loca"}}`:             false,
		`{"calls": {"timer": "soon"}}`:          false,
		`{"from": {"users": {"calls": {"2XX": [{"dial": ["user:${to}", "20s"]}]}}}}`:        true,
		`{"from": {"users": {"calls": {"2XX": [{"dail": ["user:${to}", "20s"]}]}}}}`:        false,
		`{"from": {"users": {"calls": {"2XX": [{"dial": []}]}}}}`:                           false,
		`{"from": {"users": {"calls": {"2XX": "${[echo()]}"}}}}`:                            true,
		`{"from": {"users": {"calls": {"2XX": {"if": true, "then": [], "else": "${a}"}}}}}`: true,
		`{"from": {"users": {"calls": {"2XX": {"if": true, "then": []}}}}}`:                 false,
		`{"trunk": {"a": {"codecs": ["pcmx"], "host": "a.test"}}}`:                          false,
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestErrorsOfTheJSONFormStandWhereTheyAre underlines what is wrong in the JSON form.
func TestErrorsOfTheJSONFormStandWhereTheyAre(t *testing.T) {
	for _, c := range []struct{ text, at, message, underlined string }{
		{"{\"domain\": \"x.test\",\n \"usr\": 5}", "2:3", "there is no attribute \"usr\"", "usr"},
		{"{\"domain\": \"x.test\",\n \"user\": {\"201\": {\"pasword\": \"x\"}}}", "2:20", "pasword", "pasword"},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1\": [{\"dail\": [\"user:1\"]}]}}}}", "2:39", "there is no step \"dail\"", "dail"},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1\": [{\"dial\": [\"user:${too}\"]}]}}}}", "2:55", "there is no value named \"too\"", "too"},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1\": [\"${dial(\\\"user:7\\\", \\\"soon\\\")}\"]}}}}", "2:57", "soon", `\"soon\"`},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1\": [\"echo()\"]}}}}", "2:37", "a step is no text", `"echo()"`},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1[\": [{\"echo\": []}]}}}}", "2:33", "pattern", "["},
		{"{\"domain\": \"x.test\",\n \"from\": {\"users\": {\"calls\": {\"1\": {\"if\": true, \"than\": []}}}}}", "2:50", "no \"than\"", "than"},
		{"{\"domain\": \"x.test\",\n \"domain\": \"y.test\"}", "2:3", "set twice", "domain"},
		{"{\"domain\": \"x.test\",\n \"listen\": 5}", "2:12", "is a block", "5"},
		{"{\"domain\": \"x.test\",\n \"user\": {\"201\": 5}}", "2:18", "is a group", "5"},
		{"{\"domain\": \"x.test\",\n domain}", "2:2", "no JSON", "d"},
		{"{\"domain\": \"x.test\",\n", "1:20", "ends before", ","},
		{"{\"domain\": \"x.test\"}\n}", "2:1", "behind", "}"},
		{"[1]", "1:1", "one object", "[1]"},
	} {
		_, found := Check(".", []Source{{"t.hcl.json", []byte(c.text)}}, Options{})
		ok := false
		for _, d := range found {
			lines := strings.Split(d.Excerpt, "\n")
			carets := strings.Count(lines[len(lines)-1], "^")
			if fmt.Sprintf("%d:%d", d.Line, d.Column) == c.at && strings.Contains(d.Message, c.message) && carets == len(c.underlined) {
				ok = true
			}
		}
		if !ok {
			t.Errorf("%s\nwant %s %s, underlined %s\n%s", c.text, c.at, c.message, c.underlined, found)
		}
	}
}

// TestRowsOfTheJSONFormKeepTheirOrder proves that the first row of the file wins, not the first by name.
func TestRowsOfTheJSONFormKeepTheirOrder(t *testing.T) {
	const text = `{"domain": "x.test", "from": {"users": {"calls": {"9X": [{"reject": [401]}], "//": "a comment", "91": [{"reject": [402]}], "1.": [{"reject": [403]}], "12": [{"reject": [404]}]}}}}`
	f, found := Check(".", []Source{{"t.hcl.json", []byte(text)}}, Options{})
	if f == nil {
		t.Fatal(found)
	}
	for to, want := range map[string]string{"91": "[reject 401]", "12": "[reject 403]"} {
		d := f.Plan.Route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: "1"}, To: to})
		if got := fmt.Sprint(d.Steps); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
	if len(found.Warnings()) != 2 {
		t.Errorf("rows that never match: %s", found)
	}
}

func TestAFolderMayHoldBothForms(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.hcl":         "domain = \"x.test\"\nuser \"1\" { password = \"x\" }\n",
		"b.hcl.json":    `{"user": {"2": {"password": "y"}}}`,
		"tandem.json":   `{"from": {"users": {"calls": {"X": [{"dial": ["user:${to}"]}]}}}}`,
		"package.json":  `{"name": "not ours"}`,
		".b.hcl.json":   `nothing`,
		"c.hcl.json.bk": `nothing`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := mustLoad(t, dir, Options{})
	if len(f.Users) != 2 {
		t.Errorf("%d users", len(f.Users))
	}
}

// FuzzJSONForm loads anything in the JSON form, and turns any file into it.
func FuzzJSONForm(f *testing.F) {
	f.Add([]byte(`{"domain": "x.test", "user": {"201": {"password": "x"}}, "let": {"a": [{"dial": ["user:201"]}]}}`))
	f.Add([]byte(`{"from": {"users": {"calls": {"1\u005b": {"if": "${to == \"\\\"1\"}", "then": [], "else": [["${x}"]]}}}}}`))
	f.Add([]byte("{\"a\": [{}, {\"//\": null}], \"\xff\": 1e999}"))
	for _, path := range []string{"testdata/good/full.hcl", "testdata/good/minimal.hcl"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, found := Check("testdata/good", []Source{{"t.hcl.json", text}}, exampleOptions())
		if (file != nil) == found.HasErrors() {
			t.Fatalf("a file: %v, with %s", file != nil, found)
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, d := range found {
			if d.Message == "" || d.Line < 1 || d.Line > lines || d.Column < 1 {
				t.Errorf("odd diagnostic at %d:%d of %d lines: %q", d.Line, d.Column, lines, d.Message)
			}
		}
		if written, found := ToJSON(Source{"t.hcl", text}); written != nil {
			again, _ := Check("testdata/good", []Source{{"t.hcl", text}}, exampleOptions())
			both, found := Check("testdata/good", []Source{{"t.hcl.json", written}}, exampleOptions())
			if again != nil && both == nil {
				t.Errorf("only one form loads: %s\n%s\n%s", found, text, written)
			}
		} else if !found.HasErrors() {
			t.Error("no JSON, and no word why")
		}
	})
}

// TestTheSchemaTakesTheDocumentedJSON asks the schema of what docs/howto shows.
func TestTheSchemaTakesTheDocumentedJSON(t *testing.T) {
	text, err := os.ReadFile("../docs/howto/check-a-configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	schema := compiledSchema(t)
	blocks := regexp.MustCompile("(?s)```json(?: [a-z]+)?\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("there is none")
	}
	for _, block := range blocks {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(block[1]))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Error(err)
		}
	}
}
