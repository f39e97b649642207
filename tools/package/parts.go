package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
)

// component is one of what a program is made of, as CycloneDX 1.6 has it.
type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

// parts writes what a program is made of, as the program itself knows: the modules
// that were compiled into it, and Go.
func parts(path, program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	all := []component{{"library", "std", info.GoVersion, "pkg:golang/std@" + info.GoVersion}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, component{"library", m.Path, m.Version, fmt.Sprintf("pkg:golang/%s@%s", m.Path, m.Version)})
	}
	bom := map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"component": component{"application", info.Main.Path, info.Main.Version, "pkg:golang/" + info.Main.Path}},
		"components": all,
	}
	text, err := json.MarshalIndent(bom, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
