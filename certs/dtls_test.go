package certs

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMediaCertificate(t *testing.T) {
	pair, print, err := DTLS("")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(pair.Certificate[0])), " ", ":")
	if print != "sha-256 "+want {
		t.Errorf("fingerprint = %q, want sha-256 %s", print, want)
	}
	if pair.Leaf.Subject.CommonName != "tandem" || pair.Leaf.CheckSignature(pair.Leaf.SignatureAlgorithm, pair.Leaf.RawTBSCertificate, pair.Leaf.Signature) != nil {
		t.Errorf("the certificate is not self-signed by tandem: %v", pair.Leaf.Subject)
	}
	if _, ok := pair.PrivateKey.(*ecdsa.PrivateKey); !ok {
		t.Errorf("key is a %T, want ECDSA", pair.PrivateKey)
	}
	if _, other, _ := DTLS(""); other == print {
		t.Errorf("two processes without state have the same certificate")
	}
}

func TestMediaCertificateIsKept(t *testing.T) {
	dir := t.TempDir()
	_, first, err := DTLS(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, second, err := DTLS(dir); err != nil || second != first {
		t.Errorf("second start = %s, %v; want %s", second, err, first)
	}
}

func TestUnusableMediaCertificateIsMadeAnew(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(path string) error
	}{
		{"damaged", func(p string) error { return os.Truncate(p, 30) }},
		{"open to everybody", func(p string) error { return os.Chmod(p, 0o644) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, first, err := DTLS(dir)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, dirName, dtlsFile)
			if err := tt.damage(path); err != nil {
				t.Fatal(err)
			}
			_, second, err := DTLS(dir)
			if err != nil || second == first {
				t.Errorf("DTLS = %s, %v; want a new certificate", second, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the new file: %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestMediaCertificateNearItsEndIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		pair, first, err := DTLS(dir)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(pair.Leaf.NotAfter.Add(-dtlsMargin + time.Hour)))
		if _, second, err := DTLS(dir); err != nil || second == first {
			t.Errorf("DTLS = %s, %v; want a new certificate", second, err)
		}
	})
}

func TestMediaCertificateThatCannotBeKeptIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if _, _, err := DTLS(file); err == nil {
		t.Errorf("DTLS in a file gives no error")
	}
}
