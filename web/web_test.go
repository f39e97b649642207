package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readBuild(t *testing.T) Build {
	t.Helper()
	b, err := ReadBuild()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sourceDigest repeats what build.mjs computes: each file as "path NUL length
// NUL bytes", paths sorted by their bytes.
func sourceDigest(t *testing.T) string {
	t.Helper()
	inputs := []string{"build.mjs", "package-lock.json", "package.json", "tsconfig.json"}
	err := filepath.WalkDir("src", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			inputs = append(inputs, filepath.ToSlash(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(inputs)
	h := sha256.New()
	for _, p := range inputs {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s\x00%d\x00", p, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestDistIsBuiltFromTheseSources(t *testing.T) {
	if got, want := readBuild(t).Sources, sourceDigest(t); got != want {
		t.Errorf("web/dist is stale: built from %.12s, the sources are %.12s; run `npm ci && npm run build` in web", got, want)
	}
}

func TestDistHoldsExactlyWhatWasBuilt(t *testing.T) {
	b := readBuild(t)
	seen := map[string]bool{}
	err := fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "BUILD.json" {
			return err
		}
		seen[name] = true
		data, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != b.Files[name] {
			t.Errorf("%s was changed by hand or not by this build: %.12s, BUILD.json says %.12s", name, got, b.Files[name])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range b.Files {
		if !seen[name] {
			t.Errorf("BUILD.json names %s, which is not in dist", name)
		}
	}
}

func TestBundlerIsThePinnedOne(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version  string `json:"version"`
			Resolved string `json:"resolved"`
		} `json:"packages"`
	}
	data, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	if got, want := readBuild(t).ESBuild, lock.Packages["node_modules/esbuild"].Version; got != want {
		t.Errorf("dist was bundled by esbuild %s, the lock pins %s", got, want)
	}
	for name, p := range lock.Packages {
		if p.Resolved != "" {
			t.Errorf("package-lock.json names a registry address for %s; npm's .npmrc here leaves them out", name)
		}
	}
}

func TestPackagesArePinnedExactly(t *testing.T) {
	var pkg struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	data, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &pkg); err != nil {
		t.Fatal(err)
	}
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	for _, set := range []map[string]string{pkg.Dependencies, pkg.DevDependencies} {
		for name, version := range set {
			if !exact.MatchString(version) {
				t.Errorf("%s is %q, want an exact version", name, version)
			}
		}
	}
}

func TestWeightStaysInBudget(t *testing.T) {
	budgets := map[string]int{"phone.js": 110 << 10, "phone.css": 12 << 10, "console.js": 60 << 10, "console.css": 12 << 10}
	assets := readBuild(t).Assets
	named := map[string]bool{}
	for plain, most := range budgets {
		named[assets[plain]] = true
		if weight := len(Files()["assets/"+assets[plain]].Gzip); weight == 0 || weight > most {
			t.Errorf("%s weighs %d octets compressed, want 1 to %d", plain, weight, most)
		}
	}
	const later = 28 << 10 // of what the console loads once it is needed: the charts
	for name, f := range Files() {
		if filepath.Ext(name) == ".js" && !named[filepath.Base(name)] && len(f.Gzip) > later {
			t.Errorf("%s weighs %d octets compressed, want at most %d", name, len(f.Gzip), later)
		}
	}
}

func TestPageNamesOnlyItsOwnAssets(t *testing.T) {
	b := readBuild(t)
	for file, own := range map[string]string{"index.html": "phone.", "console.html": "console."} {
		page := string(Files()[file].Body)
		for plain, hashed := range b.Assets {
			used := strings.Contains(page, `"/assets/`+hashed+`"`)
			if want := strings.HasPrefix(plain, own) || plain == "favicon.svg" || file == "index.html" && filepath.Ext(plain) == ".json"; used != want {
				t.Errorf("%s names %s: %v, want %v", file, hashed, used, want)
			}
		}
		// The policy of the page allows neither; a browser would show an empty page.
		for _, bad := range []string{"<style", "style=", "onclick=", "<script>", "//cdn", "http://", "https://"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s contains %q", file, bad)
			}
		}
	}
}

func TestScriptsAreFreeOfEval(t *testing.T) {
	eval := regexp.MustCompile(`[^.\w](?:eval\(|new Function\(|importScripts\()`)
	for name, f := range Files() {
		if filepath.Ext(name) == ".js" && eval.Match(f.Body) {
			t.Errorf("%s calls %q, which the page's policy forbids", name, eval.Find(f.Body))
		}
	}
}
