package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// Verbs that ask a running gateway, with the exit codes that they come to.
func TestVerbsOfARunningGateway(t *testing.T) {
	state := t.TempDir()
	d := launchDemo(t, state)
	register(t, d.sipAddr(t), "1001", d.password(t, "1001"))
	bundle := filepath.Join(t.TempDir(), "b.tar.gz")
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"calls list", exitOK, "There is no call."},
		{"calls list --one-way --json", exitOK, "[]"},
		{"calls --problems", exitOK, "There is no call."},
		{"trunks probe alpha", exitNotFound, "alpha"},
		{"trunks probe", exitUsage, "missing: NAME"},
		{"certs list", exitOK, "authority"},
		{"bans", exitOK, "No address is banned."},
		{"bans remove 203.0.113.66", exitNotFound, "is not banned"},
		{"bans remove nobody", exitUsage, "is no address"},
		{"tokens create wallboard", exitOK, "tandem_"},
		{"audit", exitOK, "make-token"},
		{"audit --who nobody", exitOK, "Nothing was done yet."},
		{"audit --limit 0", exitUsage, "--limit must be"},
		{"version --json", exitOK, `"version": "` + version},
		{"users kick 1001", exitOK, "1 registration ended"},
		{"users kick 1001", exitOK, "0 registrations ended"},
		{"users kick 1009", exitNotFound, "1009"},
		{"users rm 1001 --server unix:" + filepath.Join(d.state, machine.ControlName), exitFailed, "configuration"},
		{"debug bundle " + bundle, exitOK, bundle},
		{"debug bundle " + bundle, exitFailed, "cannot be written"},
		{"debug bundel", exitUsage, `did you mean "bundle"?`},
	} {
		code, out, errs := doIn(t, tandemtest.Home(state), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("tandem %s: %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
		if found := tandemtest.GoType.FindString(errs); found != "" {
			t.Errorf("tandem %s says %q", c.args, found)
		}
	}
	all := bundleFiles(t, bundle)
	for _, name := range []string{"status.json", "doctor.json", "config.json", "goroutines.txt", "heap.pprof", "version.txt"} {
		if len(all["tandem-debug/"+name]) == 0 {
			t.Errorf("the bundle lacks %s: %s", name, all["tandem-debug/missing.txt"])
		}
	}
	for name, text := range all {
		if strings.Contains(text, d.password(t, "1001")) {
			t.Errorf("%s of the bundle has a password in it", name)
		}
	}
}

// bundleFiles reads a bundle.
func bundleFiles(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, r := map[string]string{}, tar.NewReader(zipped)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[h.Name] = string(text)
	}
}
