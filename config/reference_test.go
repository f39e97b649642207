package config

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/dialplan"
)

var update = flag.Bool("update", false, "write docs/reference anew")

const howToSay = "; each line of config/about.txt is: path | default | what it does. Then `make reference`"

// TestAboutSaysWhatTheDecoderTakes asks for a line of about.txt for every attribute, step, function and variable, and for
// nothing else.
func TestAboutSaysWhatTheDecoderTakes(t *testing.T) {
	v := Describe()
	there := map[string]bool{}
	walk := func(all []Attribute, prefix string) {
		eachAttribute(all, prefix, func(path string, a Attribute) {
			there[path] = true
			if a.Does == "" || a.Default == "" {
				t.Errorf("config/about.txt says too little of %q"+howToSay, path)
			}
		})
	}
	for _, b := range v.Blocks {
		there[b.Type] = true
		if b.Does == "" {
			t.Errorf("config/about.txt does not say what the block %q is"+howToSay, b.Type)
		}
		if b.Type == "" {
			walk(b.Attributes, "")
		} else {
			walk(b.Attributes, b.Type+".")
		}
	}
	for _, s := range v.Steps {
		there["step "+s.Name] = true
		if s.Does == "" {
			t.Errorf("config/about.txt does not say what the step %q does"+howToSay, s.Name)
		}
		walk(s.Arguments, "step "+s.Name+".")
		for _, name := range s.Options {
			if path := "step " + s.Name + ".options." + name; !there[path] {
				t.Errorf("config/about.txt does not tell of %q"+howToSay, path)
			}
		}
		eachAttribute(s.Arguments, "", func(path string, _ Attribute) {
			if name, is := strings.CutPrefix(path, "options."); is && s.Options != nil && !slices.Contains(s.Options, name) {
				t.Errorf("config/about.txt tells of the option %q of %s, which there is not", name, s.Name)
			}
		})
	}
	for _, name := range append(dialplan.FunctionNames(), "env", "file") {
		there["function "+name] = true
		if !slices.ContainsFunc(v.Functions, func(w Word) bool { return w.Name == name }) {
			t.Errorf("config/about.txt does not say what the function %q gives"+howToSay, name)
		}
	}
	for _, name := range dialplan.CallVariables() {
		there["variable "+name] = true
		if !slices.ContainsFunc(v.Variables, func(w Word) bool { return w.Name == name }) {
			t.Errorf("config/about.txt does not say what the variable %q is"+howToSay, name)
		}
	}
	for _, a := range readAbout() {
		path, _, _ := strings.Cut(a.path, "(")
		if kind, rest, labeled := strings.Cut(path, " "); labeled && !slices.Contains([]string{"step", "function", "variable"}, kind) && rest != "" {
			path = kind
		}
		if !there[path] {
			t.Errorf("config/about.txt tells of %q, which there is not", a.path)
		}
	}
}

// eachAttribute calls f for attributes and what is in them.
func eachAttribute(all []Attribute, prefix string, f func(path string, a Attribute)) {
	for _, a := range all {
		f(prefix+a.Name, a)
		eachAttribute(a.Shape.Members, prefix+a.Name+".", f)
	}
}

// TestDefaultsAreWhatAboutSays writes each default out and asks that nothing changes.
func TestDefaultsAreWhatAboutSays(t *testing.T) {
	const rest = "domain = \"example.test\"\nuser \"201\" { password = \"x\" }\n"
	check := func(text string) (*File, Diagnostics) {
		return Check("testdata/good", []Source{{"t.hcl", []byte(text)}}, Options{})
	}
	required := map[string]string{"trunk": "host = \"192.0.2.1\"\n", "user": "password = \"x\"\n", "queue": "members = [\"user:201\"]\n", "menu": "keys = { \"1\" = [hangup()] }\n", "mail": "server = \"smtp.example.com\"\n", "homer": "address = \"homer.example.com\"\n"}
	done := 0
	for _, b := range Describe().Blocks {
		for _, a := range b.Attributes {
			if a.Default == Required || strings.HasPrefix(a.Default, "(") || a.Default == "" {
				continue
			}
			line := a.Name + " = " + a.Default + "\n"
			without, with := rest, rest+line
			if b.Type != "" {
				open := b.Type + " {\n"
				if b.Label != "" {
					open = b.Type + " \"x1\" {\n"
				}
				without, with = rest+open+required[b.Type]+"}\n", rest+open+required[b.Type]+line+"}\n"
			}
			f, found := check(without)
			g, foundWith := check(with)
			if f == nil || g == nil {
				t.Errorf("%s.%s: %s%s", b.Type, a.Name, found, foundWith)
				continue
			}
			if diff := differences(f, g); diff != "" {
				t.Errorf("%s = %s of %s is not what is taken without it: -without +with:\n%s", a.Name, a.Default, b.Type, diff)
			}
			done++
		}
	}
	if done < 30 {
		t.Errorf("only %d defaults were tried", done)
	}
}

// TestReferenceIsWhatTheCodeSays compares docs/reference with what is generated.
func TestReferenceIsWhatTheCodeSays(t *testing.T) {
	for name, want := range Reference() {
		path := filepath.Join("..", "docs", "reference", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("docs/reference/%s is not what the code says: run `make reference` (%v)\n%s", name, err, cmp.Diff(string(got), want))
		}
		if odd := regexp.MustCompile(`\bcty\b|hclsyntax|%!|<nil>`).FindString(want); odd != "" {
			t.Errorf("docs/reference/%s says %q", name, odd)
		}
	}
}
