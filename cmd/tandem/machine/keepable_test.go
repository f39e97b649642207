package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhereFilesCanBeKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	barred := filepath.Join(dir, "barred")
	if err := os.Mkdir(barred, 0o500); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		dir:                           "",
		filepath.Join(dir, "a", "b"):  "",
		file:                          "is a file, and no folder",
		filepath.Join(file, "a", "b"): "not a directory",
		barred:                        "may write nothing",
	} {
		err := Keepable(folder)
		if folder == barred && os.Geteuid() == 0 {
			want = "" // root may write everywhere
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", folder, err, want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("it has left %v behind, %v", entries, err)
	}
}
