package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// one is the only file in a folder that fits.
func one(t *testing.T, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

func TestPackages(t *testing.T) {
	folder := built(t)
	t.Run("the sums are those of the files", func(t *testing.T) { testSums(t, folder) })
	t.Run("rpm reads its package", func(t *testing.T) { testRPM(t, one(t, folder, "*.rpm")) })
	t.Run("the tarball has what the packages have", func(t *testing.T) { testTarball(t, one(t, folder, "*.tar.gz")) })
	t.Run("Debian installs, runs, upgrades and purges", func(t *testing.T) { testDebian(t, folder) })
}

func testSums(t *testing.T, folder string) {
	sums, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	if len(lines) != 4 {
		t.Errorf("%d files have sums: %s", len(lines), sums)
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s: %x, said is %s", name, got, sum)
		}
	}
}

func testRPM(t *testing.T, path string) {
	info := run(t, "", "rpm", "-qip", path)
	for _, want := range []string{`Name +: tandem`, `License +: Apache-2\.0`, `Architecture: x86_64|Architecture: aarch64`, `URL +: https://`} {
		if !regexp.MustCompile(`(?m)^(` + want + `)`).MatchString(info) {
			t.Errorf("no %s in\n%s", want, info)
		}
	}
	files := strings.Split(strings.TrimSpace(run(t, "", "rpm", "-qlp", path)), "\n")
	for _, want := range []string{
		"/usr/bin/tandem", "/usr/lib/systemd/system/tandem.service", "/usr/share/man/man1/tandem.1.gz",
		"/usr/share/man/man5/tandem.hcl.5.gz", "/usr/share/zsh/site-functions/_tandem", "/usr/share/licenses/tandem/LICENSE",
	} {
		if !contains(files, want) {
			t.Errorf("%s is not in the package", want)
		}
	}
	if got := run(t, "", "rpm", "-qcp", path); got != "/etc/default/tandem\n" {
		t.Errorf("files that are somebody's to change: %q", got)
	}
	if got := run(t, "", "rpm", "-qp", "--scripts", path); !strings.Contains(got, "tandem config init") {
		t.Errorf("scripts: %s", got)
	}
	run(t, "", "rpm", "-K", "--nosignature", path)
}

func contains(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

func testTarball(t *testing.T, path string) {
	files := strings.Split(strings.TrimSpace(run(t, "", "tar", "-tzf", path)), "\n")
	for _, want := range []string{
		"tandem/tandem", "tandem/LICENSE", "tandem/man1/tandem.1.gz", "tandem/completions/_tandem", "tandem/deploy/systemd/tandem.service",
	} {
		if !contains(files, want) {
			t.Errorf("%s is not in the tarball", want)
		}
	}
}
