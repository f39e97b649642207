package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// manyUsers writes a file of so many users.
func manyUsers(t testing.TB, users int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("domain = \"pbx.example.com\"\nfrom \"users\" { calls = { \"[1-9]XXXXX\" = [dial(\"user:${to}\")] } }\n")
	for i := range users {
		fmt.Fprintf(&b, "user \"%d\" {\n  name     = \"User %d\"\n  password = \"a-password-%d\"\n}\n", 100000+i, i, i)
	}
	path := filepath.Join(t.TempDir(), "tandem.hcl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkAHundredThousandUsers loads as many as a carrier has: less than two seconds on two idle cores.
func BenchmarkAHundredThousandUsers(b *testing.B) {
	path := manyUsers(b, 100000)
	for b.Loop() {
		if f, found := Load(path, Options{}); f == nil || len(f.Users) != 100000 {
			b.Fatalf("%.500s", found)
		}
	}
}

func TestManyUsersLoad(t *testing.T) {
	f, found := Load(manyUsers(t, 10000), Options{})
	if f == nil || len(f.Users) != 10000 || f.Users[9999].Name != "109999" {
		t.Fatalf("%.500s", found)
	}
	path := manyUsers(t, 10000)
	if err := os.WriteFile(path, append(must(os.ReadFile(path)), "user \"1\" { pasword = \"x\" }\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found := Load(path, Options{}); find(found, path, "40003:12 user has no attribute \"pasword\" | password") < 0 {
		t.Errorf("the last line of a large file: %.500s", found)
	}
}

func must(b []byte, _ error) []byte { return b }

// TestPiecesAreTheWholeFile parses files in pieces and in one, and compares where things stand.
func TestPiecesAreTheWholeFile(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "user \"%d\" { # }\n  name = \"a { [ ${\"b\"}\"\n}\n", i)
	}
	whole, diags := hclsyntax.ParseConfig([]byte(b.String()), "t.hcl", hcl.InitialPos)
	bodies, ok := parseInPieces([]byte(b.String()), "t.hcl")
	if diags.HasErrors() || !ok || len(bodies) < 2 {
		t.Fatalf("%v, %d bodies", diags, len(bodies))
	}
	var places []string
	for _, body := range bodies {
		for _, block := range body.Blocks {
			places = append(places, fmt.Sprint(block.Range(), block.Body.Attributes["name"].Expr.Range()))
		}
	}
	for i, block := range whole.Body.(*hclsyntax.Body).Blocks {
		if want := fmt.Sprint(block.Range(), block.Body.Attributes["name"].Expr.Range()); places[i] != want {
			t.Fatalf("block %d at %s, want %s", i, places[i], want)
		}
	}
	if _, ok := parseInPieces([]byte("a = <<E\n"+strings.Repeat("x\n}\n", 100)+"E\n"), "t.hcl"); ok {
		t.Error("a text over several lines was taken apart")
	}
}

// TestSurelyShallowIsNeverWrong nests deeply in ways that hide it.
func TestSurelyShallowIsNeverWrong(t *testing.T) {
	for _, text := range []string{
		"a = " + strings.Repeat("[", 100), strings.Repeat("a = [ \"]\" ,\n", 100), strings.Repeat("\"${[\" ]}\"\n", 100),
		"a = " + strings.Repeat("1 + ", 300), "a = " + strings.Repeat("!", 300), "a = " + strings.Repeat("\"${", 100),
		"a = [\n" + strings.Repeat("1 + \n", 300), strings.Repeat("( # )\n", 100), strings.Repeat("( // )\n", 100), strings.Repeat("x \"\\\"\" ( \"a)\"\n", 100),
	} {
		if surelyShallow([]byte(text)) {
			t.Errorf("%.40q is taken for shallow", text)
		}
	}
	if !surelyShallow([]byte(strings.Repeat("user \"1\" {\n  password = \"x)]}\" # ((\n  codecs = [\"a\", \"b\"]\n}\n", 1000))) {
		t.Error("users are not shallow")
	}
}
