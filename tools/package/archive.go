package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tarball writes the program, what it says of itself, the unit of systemd and the
// examples into one file, for those whose system is neither Debian nor Red Hat.
func tarball(path, stage string, at time.Time) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, part := range []struct{ from, to string }{
		{filepath.Join(stage, "tandem"), "tandem/tandem"},
		{filepath.Join(stage, "man1"), "tandem/man1"},
		{filepath.Join(stage, "man5"), "tandem/man5"},
		{filepath.Join(stage, "completions"), "tandem/completions"},
		{"README.md", "tandem/README.md"},
		{"LICENSE", "tandem/LICENSE"},
		{"CHANGELOG.md", "tandem/CHANGELOG.md"},
		{"examples", "tandem/examples"},
		{"deploy", "tandem/deploy"},
	} {
		if err := addTree(w, part.from, part.to, at); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// addTree adds a file, or all files below a folder in the order of their names.
func addTree(w *tar.Writer, from, to string, at time.Time) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		head := &tar.Header{
			Name: to + strings.TrimPrefix(path, from), Mode: mode, Size: info.Size(), ModTime: at,
			Typeflag: tar.TypeReg, Uname: "root", Gname: "root",
		}
		if err := w.WriteHeader(head); err != nil {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(w, in)
		return err
	})
}

// sums writes the SHA-256 of files, as sha256sum does.
func sums(path string, files []string) error {
	var b strings.Builder
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", h.Sum(nil), filepath.Base(file))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
