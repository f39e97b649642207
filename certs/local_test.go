package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func addresses(texts ...string) func() []netip.Addr {
	var a []netip.Addr
	for _, t := range texts {
		a = append(a, netip.MustParseAddr(t))
	}
	return func() []netip.Addr { return a }
}

func config(dir string) LocalConfig {
	return LocalConfig{StateDir: dir, Hostname: "gate7", Addresses: addresses("192.168.1.20", "fd00::7", "fe80::1%eth0", "203.0.113.9")}
}

func mustLocal(t *testing.T, c LocalConfig) *LocalCA {
	t.Helper()
	l, err := Local(c)
	if err != nil {
		t.Fatalf("Local: %v", err)
	}
	return l
}

func roots(t *testing.T, ca CA) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca.PEM) {
		t.Fatalf("the exported PEM holds no certificate")
	}
	return pool
}

func TestFilesHaveNarrowModes(t *testing.T) {
	dir := t.TempDir()
	mustLocal(t, config(dir))
	if _, _, err := DTLS(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"": 0o700, caKeyFile: 0o600, leafFile: 0o600, dtlsFile: 0o600, caFile: 0o644} {
		info, err := os.Stat(filepath.Join(dir, dirName, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %q = %04o, want %04o", name, got, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, dirName, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

func TestSecondStartKeepsCAAndLeaf(t *testing.T) {
	dir := t.TempDir()
	first := mustLocal(t, config(dir))
	second := mustLocal(t, config(dir))
	if a, b := first.ExportCA().Fingerprint, second.ExportCA().Fingerprint; a != b {
		t.Errorf("the CA changed from %s to %s", a, b)
	}
	if !first.leaf.Load().Leaf.Equal(second.leaf.Load().Leaf) {
		t.Errorf("the leaf changed although nothing else did")
	}
}

func TestStartsAtOnceShareOneCA(t *testing.T) {
	dir := t.TempDir()
	prints := make([]string, 16)
	media := make([]string, len(prints))
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			l, err := Local(config(dir))
			if err != nil {
				t.Errorf("Local: %v", err)
				return
			}
			if _, err := l.leaf.Load().Leaf.Verify(x509.VerifyOptions{Roots: roots(t, l.ExportCA())}); err != nil {
				t.Errorf("leaf: %v", err)
			}
			prints[i] = l.ExportCA().Fingerprint
			if _, media[i], err = DTLS(dir); err != nil {
				t.Errorf("DTLS: %v", err)
			}
		})
	}
	wg.Wait()
	if slices.Sort(prints); prints[0] != prints[len(prints)-1] {
		t.Errorf("different CAs: %v", prints)
	}
	if slices.Sort(media); media[0] != media[len(media)-1] {
		t.Errorf("different media certificates: %v", media)
	}
	kept, err := ExportCA(dir)
	if err != nil || kept.Fingerprint != prints[0] {
		t.Errorf("ca.pem = %s, %v; want %s", kept.Fingerprint, err, prints[0])
	}
}

func TestUnusableCAIsReportedAndKept(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(path string) error
		is     error
		says   string
	}{
		{"open to everybody", func(p string) error { return os.Chmod(p, 0o644) }, ErrPermissions, "chmod 600"},
		{"truncated", func(p string) error { return os.Truncate(p, 40) }, nil, "damaged"},
		{"empty", func(p string) error { return os.Truncate(p, 0) }, nil, "damaged"},
		{"a folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, nil, "not a regular file"},
		{"no authority", func(p string) error {
			leaf, err := os.ReadFile(filepath.Join(filepath.Dir(p), leafFile))
			return errors.Join(err, os.WriteFile(p, leaf, 0o600))
		}, nil, "not that of an authority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			mustLocal(t, config(dir))
			path := filepath.Join(dir, dirName, caKeyFile)
			if err := tt.damage(path); err != nil {
				t.Fatal(err)
			}
			_, err := Local(config(dir))
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("Local = %v, want an error with %q and the path", err, tt.says)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Local = %v, want %v", err, tt.is)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the CA's file is gone: %v", err)
			}
		})
	}
}

func TestFolderOpenToEverybodyIsRefused(t *testing.T) {
	dir := t.TempDir()
	mustLocal(t, config(dir))
	if err := os.Chmod(filepath.Join(dir, dirName), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Local(config(dir)); !errors.Is(err, ErrPermissions) {
		t.Errorf("Local = %v, want ErrPermissions", err)
	}
}

func TestLostPublicCopyIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	l := mustLocal(t, config(dir))
	if err := os.Remove(filepath.Join(dir, dirName, caFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := ExportCA(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ExportCA without a file = %v, want fs.ErrNotExist", err)
	}
	mustLocal(t, config(dir))
	got, err := ExportCA(dir)
	if err != nil || got.Fingerprint != l.ExportCA().Fingerprint {
		t.Errorf("ExportCA = %s, %v; want %s", got.Fingerprint, err, l.ExportCA().Fingerprint)
	}
}

func TestExportHoldsNoKey(t *testing.T) {
	ca := mustLocal(t, config("")).ExportCA()
	for rest := ca.PEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || !bytes.Equal(block.Bytes, ca.DER) {
			t.Errorf("exported block %q, want the certificate alone", block.Type)
		}
	}
	if len(ca.Fingerprint) != 32*3-1 {
		t.Errorf("fingerprint %q is not of 32 octets", ca.Fingerprint)
	}
}

func TestLogNamesNoKey(t *testing.T) {
	var text bytes.Buffer
	c := config(t.TempDir())
	c.Logger = slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l := mustLocal(t, c)
	if !strings.Contains(text.String(), l.ExportCA().Fingerprint) {
		t.Errorf("the log does not name the fingerprint: %s", text.String())
	}
	secret, err := l.caKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "PRIVATE") || bytes.Contains(text.Bytes(), secret) {
		t.Errorf("the log holds a key: %s", text.String())
	}
}

func TestNameBeyondAnOlderCAIsLeftOutAndSaidOnce(t *testing.T) {
	dir := t.TempDir()
	mustLocal(t, config(dir))
	var text bytes.Buffer
	c := config(dir)
	c.Names = []string{"pbx.example.com", "new.test"}
	c.Logger = slog.New(slog.NewTextHandler(&text, nil))
	l := mustLocal(t, c)
	l.refresh(time.Now())
	if n := strings.Count(text.String(), "left out"); n != 1 {
		t.Errorf("warned %d times, want once: %s", n, text.String())
	}
	names := l.leaf.Load().Leaf.DNSNames
	if slices.Contains(names, "pbx.example.com") || !slices.Contains(names, "new.test") {
		t.Errorf("names = %v, want new.test and not pbx.example.com", names)
	}
	if _, err := l.leaf.Load().Leaf.Verify(x509.VerifyOptions{Roots: roots(t, l.ExportCA()), DNSName: "new.test"}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// start runs a source and returns what ends it and waits.
func start(t *testing.T, s Source) (stop func()) {
	t.Helper()
	ctx, cancel := cancelable(t)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
}
