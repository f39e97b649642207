package arch

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// importOf finds what a file of the web phone imports of ours, types too: they tie two
// files together as much for whoever reads them.
var importOf = regexp.MustCompile(`(?m)^(?:import|export)[^;]*?from "(\.[^"]+)"`)

// TestFilesOfTheWebPhoneImportInNoCircle looks at web/src as the arrows look at packages.
func TestFilesOfTheWebPhoneImportInNoCircle(t *testing.T) {
	const src = "../../web/src"
	imports := map[string][]string{}
	err := filepath.WalkDir(src, func(name string, d os.DirEntry, err error) error {
		if ext := filepath.Ext(name); err != nil || d.IsDir() || ext != ".ts" && ext != ".tsx" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(src, name)
		file = strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(file), ".tsx"), ".ts")
		imports[file] = nil
		for _, m := range importOf.FindAllStringSubmatch(string(text), -1) {
			imports[file] = append(imports[file], path.Join(path.Dir(file), m[1]))
		}
		return err
	})
	if err != nil || len(imports) < 100 {
		t.Fatalf("%d files are found: %v", len(imports), err)
	}
	seen := map[string]bool{}
	var visit func(file string, way []string)
	visit = func(file string, way []string) {
		if i := slices.Index(way, file); i >= 0 {
			t.Errorf("a circle: %s -> %s", strings.Join(way[i:], " -> "), file)
			return
		}
		if seen[file] {
			return
		}
		seen[file] = true
		for _, to := range imports[file] {
			visit(to, append(slices.Clone(way), file))
		}
	}
	for file := range imports {
		visit(file, nil)
	}
}
