package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// operatorPair writes a pair as an operator would have it.
func operatorPair(t *testing.T, dir, name string, at time.Time) *x509.Certificate {
	t.Helper()
	ca, key, _, err := newCA(config(""), at)
	if err != nil {
		t.Fatal(err)
	}
	pair, text, err := newLeaf(signer{ca, key}, "", subjects{names: []string{name}}, at)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	write(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(block))
	write(t, filepath.Join(dir, "cert.pem"), rest)
	return pair.Leaf
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func openFiles(t *testing.T, dir string, log *slog.Logger) *FilesSource {
	t.Helper()
	f, err := Files(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), log)
	if err != nil {
		t.Fatalf("Files: %v", err)
	}
	return f
}

// lockedBuffer is a log that a test reads while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}

func TestChangedFilesAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first := operatorPair(t, dir, "one.test", time.Now())
		f := openFiles(t, dir, nil)
		done := start(t, f)
		info, err := os.Stat(filepath.Join(dir, "cert.pem"))
		if err != nil {
			t.Fatal(err)
		}
		second := operatorPair(t, dir, "two.test", time.Now())
		// A copy that keeps its times is a change as well.
		if err := os.Chtimes(filepath.Join(dir, "cert.pem"), info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if !f.current.Load().Leaf.Equal(first) {
			t.Errorf("the certificate changed before the files were looked at")
		}
		time.Sleep(filesInterval + time.Millisecond)
		synctest.Wait()
		if !f.current.Load().Leaf.Equal(second) {
			t.Errorf("the new certificate is not served")
		}
		done()
	})
}

func TestBadPairKeepsTheOldOneAndIsSaidOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, cert, key string)
		says   string
	}{
		{"key of another", func(t *testing.T, _, key string) {
			t.Helper()
			other := t.TempDir()
			operatorPair(t, other, "other.test", time.Now())
			b, err := os.ReadFile(filepath.Join(other, "key.pem"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, key, b)
		}, "private key does not match"},
		{"no PEM", func(t *testing.T, cert, _ string) { t.Helper(); write(t, cert, []byte("half a f")) }, "find any PEM data"},
		{"gone", func(t *testing.T, cert, _ string) {
			t.Helper()
			if err := os.Remove(cert); err != nil {
				t.Fatal(err)
			}
		}, "no such file"},
		{"too large", func(t *testing.T, cert, _ string) { t.Helper(); write(t, cert, make([]byte, maxFile+1)) }, "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				first := operatorPair(t, dir, "one.test", time.Now())
				log := &lockedBuffer{}
				f := openFiles(t, dir, slog.New(slog.NewTextHandler(log, nil)))
				done := start(t, f)
				tt.damage(t, f.certPath, f.keyPath)
				time.Sleep(10*filesInterval + time.Millisecond)
				synctest.Wait()
				if !f.current.Load().Leaf.Equal(first) {
					t.Errorf("the old certificate is gone")
				}
				if log.count("refused") != 1 || log.count(tt.says) != 1 {
					t.Errorf("the log has no single line with %q: %s", tt.says, log.b.String())
				}
				second := operatorPair(t, dir, "two.test", time.Now())
				time.Sleep(filesInterval)
				synctest.Wait()
				if !f.current.Load().Leaf.Equal(second) || log.count("certificate reloaded") != 1 {
					t.Errorf("a good pair after a bad one is not taken: %s", log.b.String())
				}
				done()
			})
		})
	}
}

func TestFilesThatCannotBeUsedAreAnError(t *testing.T) {
	dir := t.TempDir()
	operatorPair(t, dir, "one.test", time.Now())
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for _, tt := range []struct{ name, cert, key string }{
		{"no certificate", filepath.Join(dir, "none"), key},
		{"no key", cert, filepath.Join(dir, "none")},
		{"swapped", key, cert},
		{"folder", dir, key},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Files(tt.cert, tt.key, nil)
			if err == nil || !strings.Contains(err.Error(), tt.cert) {
				t.Errorf("Files = %v, want an error that names the file", err)
			}
		})
	}
}

func TestOpenKeyIsTakenWithAWarning(t *testing.T) {
	dir := t.TempDir()
	operatorPair(t, dir, "one.test", time.Now())
	if err := os.Chmod(filepath.Join(dir, "key.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	f := openFiles(t, dir, slog.New(slog.NewTextHandler(log, nil)))
	f.reload()
	if n := log.count("every user"); n != 1 {
		t.Errorf("warned %d times, want once", n)
	}
}

func TestExpiryIsComplainedOfOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		operatorPair(t, dir, "one.test", time.Now())
		log := &lockedBuffer{}
		f := openFiles(t, dir, slog.New(slog.NewTextHandler(log, nil)))
		f.interval = time.Hour
		done := start(t, f)
		time.Sleep(leafLife - expirySoon - time.Hour)
		synctest.Wait()
		if n := log.count("WARN"); n != 0 {
			t.Errorf("%d warnings more than a week before the end", n)
		}
		time.Sleep(49 * time.Hour)
		synctest.Wait()
		if n := log.count("expires soon"); n != 2 && n != 3 {
			t.Errorf("%d warnings within 48 hours, want one a day", n)
		}
		done()
	})
}

func TestExpiredPairIsTakenWithAWarning(t *testing.T) {
	dir := t.TempDir()
	operatorPair(t, dir, "one.test", time.Now().Add(-2*leafLife))
	log := &lockedBuffer{}
	openFiles(t, dir, slog.New(slog.NewTextHandler(log, nil)))
	if log.count("has expired") != 1 {
		t.Errorf("no warning of an expired certificate")
	}
}
