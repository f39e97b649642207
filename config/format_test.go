package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFormatPutsThingsInColumnsAndKeepsComments(t *testing.T) {
	const in = "domain=\"x.test\"   # the realm  \n\n\n\n  user   \"201\"  {\n password = \"x\" # his\n   name=\"Ann\"\n}\n" +
		"from \"users\" {\n  calls = {\n  \"2XX\" = [dial(\"user:${to}\",\"20s\"),reject(404)]\n\"300\"=[echo()] # echo\n// old\n }\n}"
	const want = "domain = \"x.test\" # the realm\n\nuser \"201\" {\n  password = \"x\" # his\n  name     = \"Ann\"\n}\n" +
		"from \"users\" {\n  calls = {\n    \"2XX\" = [dial(\"user:${to}\", \"20s\"), reject(404)]\n    \"300\" = [echo()] # echo\n    // old\n  }\n}\n"
	got, found := Format(Source{"t.hcl", []byte(in)})
	if len(found) > 0 || string(got) != want {
		t.Errorf("%s\n%s\nwant\n%s", found, got, want)
	}
	if got, _ := Format(Source{"t.hcl.json", []byte(`{"domain":"x.test","user":{"b":{},"a":{}}}`)}); string(got) != "{\n  \"domain\": \"x.test\",\n  \"user\": {\n    \"b\": {},\n    \"a\": {}\n  }\n}\n" {
		t.Errorf("%s", got)
	}
	if got, found := Format(Source{"t.hcl", []byte("a = [\n")}); got != nil || !found.HasErrors() {
		t.Errorf("what is broken was formatted: %s", got)
	}
}

func TestFormattedExamplesMeanTheSame(t *testing.T) {
	for name, s := range examples(t) {
		once, found := Format(s)
		if found.HasErrors() {
			t.Fatalf("%s: %s", name, found)
		}
		if twice, _ := Format(Source{s.Name, once}); !bytes.Equal(once, twice) {
			t.Errorf("%s: formatted again it is\n%s\nand was\n%s", name, twice, once)
		}
		f, _ := Check("testdata/good", []Source{s}, exampleOptions())
		g, found := Check("testdata/good", []Source{{s.Name, once}}, exampleOptions())
		if f == nil || g == nil {
			t.Fatalf("%s: %s", name, found)
		}
		if strings.Count(string(s.Text), "#") != strings.Count(string(once), "#") {
			t.Errorf("%s: a comment is lost", name)
		}
		if parts := f.Changed(g); len(parts) > 0 && (len(parts) > 1 || parts[0] != "dialplan") { // whose places may change
			t.Errorf("%s: changed %v", name, parts)
		}
	}
}

// FuzzFormat formats anything: it is the same to the decoder, and formatted for good.
func FuzzFormat(f *testing.F) {
	paths, _ := filepath.Glob("testdata/good/*.hcl")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("a = <<E\n  x  \n\n\n  y\nE\nb= -1 # c\n/* d\n   e */ c=[1,\n\n\n2]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		once, found := Format(Source{"t.hcl", text})
		if found.HasErrors() {
			return
		}
		if twice, found := Format(Source{"t.hcl", once}); !bytes.Equal(once, twice) {
			t.Errorf("%s\n%q\nbecomes\n%q\nand then\n%q", found, text, once, twice)
		}
		if !sameTokens(bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n")), once) {
			t.Errorf("%q\nis something else than\n%q", text, once)
		}
	})
}
