package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// watched counts the changes that watching has made, as the log of a gateway tells of them.
// A file that is read while it is half written, on a machine that stands still for longer
// than settle, is refused and changes nothing.
func (o *office) watched() int {
	return len(regexp.MustCompile(`"by":"watch","changes":"[^"]`).FindAllString(o.err.String(), -1))
}

// becomes waits until a call to 1 is answered so.
func (o *office) becomes(status int) {
	o.t.Helper()
	o.t.Cleanup(func() {
		if o.t.Failed() {
			o.t.Logf("the log\n%s", o.err)
		}
	})
	tandemtest.Await(o.t, fmt.Sprintf("1 answers %d", status), func() bool {
		time.Sleep(50 * time.Millisecond) // a port rests after each call
		return o.answers("1") == status
	})
}

func TestWatchingReloadsOnceForWhatIsWrittenInOneGo(t *testing.T) {
	o := newOffice(t, rows, "--watch")
	for range 50 { // half of a file, again and again
		o.put(o.text("user \"30"))
	}
	o.write(strings.ReplaceAll(rows, "486", "603"))
	o.becomes(603)
	tandemtest.Await(t, "what the log says of it", func() bool { return o.watched() > 0 })
	if n := o.watched(); n != 1 {
		t.Errorf("%d changes\n%s", n, o.err)
	}

	next := filepath.Join(o.dir, ".tandem.hcl.swp") // as editors do
	if err := os.WriteFile(next, []byte(o.text(strings.ReplaceAll(rows, "486", "480"))), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, o.file); err != nil {
		t.Fatal(err)
	}
	o.becomes(480)

	o.write("user \"302\" { pasword = \"x\" }\n" + rows)
	tandemtest.Await(t, "a refusal", func() bool {
		r := o.status().Reload
		return r != nil && r.Outcome == admin.ReloadRefused && r.By == "watch"
	})
	if s := o.answers("1"); s != 480 {
		t.Errorf("1 answers %d after a file that is wrong", s)
	}
	tandemtest.Await(t, "what the log says of it", func() bool { return strings.Contains(o.err.String(), "reload refused") })
	n := o.watched()
	if err := os.WriteFile(filepath.Join(o.dir, "other.log"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.write(rows)
	o.becomes(486)
	tandemtest.Await(t, "what the log says of it", func() bool { return o.watched() > n })
	if again := o.watched(); again != n+1 {
		t.Errorf("%d changes for one of the file", again-n)
	}
}

// Kubernetes shows the files of a ConfigMap by way of a link to a folder, which it
// swaps.
func TestWatchingFollowsLinksThatAreSwapped(t *testing.T) {
	p, dir := newPorts(t), t.TempDir()
	folder := filepath.Join(dir, "config")
	version := func(n int, status string) string {
		name := fmt.Sprintf("..2026_%d", n)
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		text := p.file(filepath.Join(dir, "state"), "reload = \"watch\"\n"+strings.ReplaceAll(rows, "486", status))
		if err := os.WriteFile(filepath.Join(folder, name, "tandem.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	link := func(to, at string) {
		if err := os.Symlink(to, filepath.Join(folder, at)); err != nil {
			t.Fatal(err)
		}
	}
	first := version(1, "486")
	link(first, "..data")
	link(filepath.Join("..data", "tandem.hcl"), "tandem.hcl")
	o := &office{t: t, p: p, dir: dir, file: filepath.Join(folder, "tandem.hcl")}
	o.running = launch(t, dir, "serve", "-c", o.file)
	tandemtest.Await(t, "ready", func() bool { return statusOf(t, o.at(p.http)+"/readyz") == http.StatusOK })
	o.becomes(486)
	for n, status := range map[int]int{2: 603, 3: 480} {
		link(version(n, fmt.Sprint(status)), "..data_tmp")
		if err := os.Rename(filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data")); err != nil {
			t.Fatal(err)
		}
		o.becomes(status)
	}
}

func TestWatchingIsSwitchedByTheFile(t *testing.T) {
	o := newOffice(t, rows)
	o.write("reload = \"watch\"\n" + rows)
	o.reloads("reload changed")
	o.write("reload = \"watch\"\n" + strings.ReplaceAll(rows, "486", "603"))
	o.becomes(603)
	o.write(rows)
	o.becomes(486)
	if s := o.status(); s.Reload.By != "watch" {
		t.Errorf("%+v", s.Reload)
	}
}
