// Package main makes what a release is: packages for Debian and Red Hat and a
// tarball for each processor, lists of what is in the programs (CycloneDX), and
// SHA256SUMS of all of it. deploy/package/nfpm.yaml says what is in the packages.
// The same source gives the same octets: times are those of the last commit.
//
// It is a module of its own, so that what it needs is no part of tandem.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// release is what is made.
type release struct {
	root    string // of the repository
	out     string // where it is put
	program string // built already, for this machine; empty: it is built
	stage   string // what is built first, for all processors
	version string
}

func main() {
	var r release
	flag.StringVar(&r.root, "root", "../..", "`FOLDER` of the repository")
	flag.StringVar(&r.out, "out", "dist", "`FOLDER` to write to, below the repository unless absolute")
	flag.StringVar(&r.program, "program", "", "`FILE` with the program, for this machine's processor, where it is built already")
	processors := flag.String("arch", runtime.GOARCH, "`PROCESSORS` as Go calls them, with blanks between them")
	flag.Parse()
	if err := r.make(strings.Fields(*processors)); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

// make makes it for each of the processors.
func (r release) make(processors []string) error {
	if err := os.Chdir(r.root); err != nil { // nfpm.yaml names files from there
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "tandem-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	r.stage = stage
	at, err := changed()
	if err != nil {
		return err
	}
	if err := r.describe(at); err != nil {
		return err
	}
	var made []string
	for _, arch := range processors {
		files, err := r.pack(arch, at)
		if err != nil {
			return fmt.Errorf("for %s: %w", arch, err)
		}
		made = append(made, files...)
	}
	if err := sums(filepath.Join(r.out, "SHA256SUMS"), made); err != nil {
		return err
	}
	for _, f := range append(made, filepath.Join(r.out, "SHA256SUMS")) {
		fmt.Println(f)
	}
	return nil
}
