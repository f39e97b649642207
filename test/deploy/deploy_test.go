package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/config"
)

const root = "../../"

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(root + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryMetricThatIsNamedExists(t *testing.T) {
	files, err := filepath.Glob(root + "admin/metrics/*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`"(tandem_[a-z_]+)"`).FindAllStringSubmatch(read(t, strings.TrimPrefix(f, root)), -1) {
			made[m[1]] = true
		}
	}
	if len(made) < 30 {
		t.Fatalf("%d metrics are made", len(made))
	}
	for _, path := range []string{"deploy/prometheus/tandem.rules.yml", "deploy/grafana/tandem.json", "docs/howto/prometheus-grafana.md"} {
		named := regexp.MustCompile(`\btandem_[a-z_]+`).FindAllString(read(t, path), -1)
		if len(named) == 0 {
			t.Errorf("%s names no metric", path)
		}
		for _, name := range named {
			base := name
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				base = strings.TrimSuffix(base, suffix)
			}
			if !made[name] && !made[base] {
				t.Errorf("%s names %s, which there is not", path, name)
			}
		}
	}
}

func TestTheDashboardIsJSON(t *testing.T) {
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/tandem.json")), &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %+v", p)
		}
		for _, q := range p.Targets {
			if strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") {
				t.Errorf("%s: %s", p.Title, q.Expr)
			}
		}
	}
}

func TestTheUnitIsSoundAndHardened(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here: it is of systemd, which is not everywhere")
	}
	unit := strings.ReplaceAll(read(t, "deploy/systemd/tandem.service"), "/usr/bin/tandem", "/bin/true")
	path := filepath.Join(t.TempDir(), "tandem.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "security", "--offline=yes", "--threshold=25", path).CombinedOutput(); err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}

func TestTheContainersExampleIsGood(t *testing.T) {
	f, found := config.Load(root+"deploy/container/tandem.hcl", config.Options{})
	if f == nil || found.HasErrors() {
		t.Errorf("%v", found)
	}
}
