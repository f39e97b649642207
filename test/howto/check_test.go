package howto

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCheckAConfiguration(t *testing.T) {
	p := newPage(t)
	p.at = map[string]func(*page){"In JSON": func(p *page) {
		for _, b := range blocks(t, "check-a-configuration.md") {
			if b.kind == "json" {
				if err := os.WriteFile(filepath.Join(p.dir, "example.hcl.json"), []byte(b.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}}
	p.do("check-a-configuration.md")
}
