package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the module's folder, seen from this one.
const root = "../.."

// unread are folders that hold nothing of ours: what is installed, built or kept
// by git.
var unread = map[string]bool{".git": true, "node_modules": true, "bin": true, ".build": true, "artifacts": true}

// tree returns the paths of all files from the module's root, with slashes.
func tree(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && unread[d.Name()]:
			return filepath.SkipDir
		case d.Type().IsRegular():
			path, err = filepath.Rel(root, path)
			all = append(all, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// read returns a file of the module as text.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents returns the paths of what people read.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, path := range tree(t) {
		if strings.HasSuffix(path, ".md") {
			all = append(all, path)
		}
	}
	return all
}

// machine is what only one machine has: the folders where somebody works, and the
// addresses that packages are fetched from, which each user chooses alone. The
// letters in brackets keep this file from naming what it looks for.
var machine = regexp.MustCompile(`(?i)/wor[k]/|\.\./share[d]|/far[m]/|/home/[a-z]+/|\.librar[y]/|` +
	`proxy\.golan[g]|registry\.npmj[s]|deb\.debia[n]|registry\.yarnpk[g]|/tmp/[a-z]+[-/]`)

// harmless may be written although machine finds it, and why.
var harmless = map[string]string{
	"test/docs/tree_test.go": "says what is looked for",
}

func TestNothingNamesAMachineOrARegistry(t *testing.T) {
	for _, path := range tree(t) {
		if harmless[path] != "" || strings.HasSuffix(path, ".wav") {
			continue
		}
		for i, line := range strings.Split(read(t, path), "\n") {
			if found := machine.FindString(line); found != "" {
				t.Errorf("%s:%d names %q, which nobody else has", path, i+1, found)
			}
		}
	}
}
