package config

import (
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
)

// LoadState reads of a file or folder only where its state is; "" where it does not say. Nothing else is looked at, so that
// a command finds the gateway that runs also without the secrets of its environment.
func LoadState(path string) (string, Diagnostics) {
	sources, problem := readSources(path)
	if problem != nil {
		return "", Diagnostics{*problem}
	}
	folder := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		folder = filepath.Dir(path)
	}
	l := newLoader(folder, Options{LookupEnv: os.LookupEnv})
	for _, s := range sources {
		l.parse(s)
	}
	if found := l.diagnostics(); found.HasErrors() {
		return "", found
	}
	for _, body := range l.bodies {
		a := body.Attributes["state"]
		if a == nil {
			continue
		}
		if _, again := l.first("state", a.NameRange); again {
			break // check says so
		}
		if v, ok := l.evaluate(a.Name, a.Expr); ok {
			v.path(&l.file.State)
		}
	}
	found := l.diagnostics()
	if found.HasErrors() {
		return "", found
	}
	return l.file.State, nil
}

// newLoader returns a loader that has read nothing.
func newLoader(folder string, o Options) *loader {
	l := &loader{
		options: o, folder: folder, sources: map[string][]byte{},
		escapes: map[string][]escaped{}, planOutside: &outside{given: map[string]string{}}, places: map[string]hcl.Range{}, unknown: map[string]bool{},
		file: &File{Folder: folder},
	}
	l.context = &hcl.EvalContext{Functions: l.functions(&outside{given: map[string]string{}})}
	return l
}
