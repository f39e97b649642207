package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // the formats that there are
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// pack makes what there is for a processor, and returns the files.
func (r release) pack(arch string, at time.Time) ([]string, error) {
	program := filepath.Join(r.stage, "tandem")
	if err := r.programFor(arch, program); err != nil {
		return nil, err
	}
	goarch := arch
	if arch == "arm" {
		arch = "arm7" // as nfpm calls it: armhf, armv7hl
	}
	config, err := nfpm.ParseFileWithEnvMapping("deploy/package/nfpm.yaml", func(name string) string {
		return map[string]string{"STAGE": r.stage, "ARCH": arch, "VERSION": r.version}[name]
	})
	if err != nil {
		return nil, err
	}
	var made []string
	for _, format := range []string{"deb", "rpm"} {
		path, err := r.write(config, format, at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", format, err)
		}
		made = append(made, path)
	}
	name := filepath.Join(r.out, fmt.Sprintf("tandem_%s_linux_%s", r.version, goarch))
	if err := tarball(name+".tar.gz", r.stage, at); err != nil {
		return nil, err
	}
	if err := parts(name+".cdx.json", program); err != nil {
		return nil, err
	}
	return append(made, name+".tar.gz", name+".cdx.json"), nil
}

// programFor puts the program of a processor into place.
func (r release) programFor(arch, path string) error {
	if arch != runtime.GOARCH {
		return build(path, arch)
	}
	from, err := os.Open(r.program)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Close()
}

// write writes a package and returns its name.
func (r release) write(config nfpm.Config, format string, at time.Time) (string, error) {
	info, err := config.Get(format)
	if err != nil {
		return "", err
	}
	info = nfpm.WithDefaults(info)
	info.MTime = at
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return "", err
	}
	for _, c := range info.Contents {
		c.FileInfo.MTime = at
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return "", err
	}
	path := filepath.Join(r.out, packager.ConventionalFileName(info))
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := packager.Package(info, f); err != nil {
		return "", err
	}
	return path, f.Close()
}
