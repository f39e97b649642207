package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// changed is the time that files bear: $SOURCE_DATE_EPOCH, else that of the last
// commit, else now.
func changed() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		out, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Now().UTC().Truncate(time.Second), nil
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// build builds the program for a processor, as `make build` does.
func build(path, arch string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/tandem")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if arch == "arm" {
		cmd.Env = append(cmd.Env, "GOARM=7")
	}
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// describe has the program say what it says of itself: its version, its manual and
// its completions.
func (r *release) describe(at time.Time) error {
	if r.program == "" {
		r.program = filepath.Join(r.stage, "tandem-"+runtime.GOARCH)
		if err := build(r.program, runtime.GOARCH); err != nil {
			return err
		}
	}
	out, err := exec.Command(r.program, "version").Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) < 2 {
		return fmt.Errorf("%s version says %q: %w", r.program, out, err)
	}
	r.version = words[1]
	for _, folder := range []string{"completions", "man1", "man5"} {
		if err := os.Mkdir(filepath.Join(r.stage, folder), 0o755); err != nil {
			return err
		}
	}
	for shell, file := range map[string]string{"bash": "tandem.bash", "zsh": "_tandem", "fish": "tandem.fish"} {
		out, err := exec.Command(r.program, "completion", shell).Output()
		if err != nil {
			return fmt.Errorf("completion for %s: %w", shell, err)
		}
		if err := os.WriteFile(filepath.Join(r.stage, "completions", file), out, 0o644); err != nil {
			return err
		}
	}
	if err := r.manuals(); err != nil {
		return err
	}
	changes, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	return zip(filepath.Join(r.stage, "changelog.gz"), changes)
}

// manuals writes tandem(1), a page for each verb, and tandem.hcl(5), which is the
// reference of the file.
func (r *release) manuals() error {
	man1 := filepath.Join(r.stage, "man1")
	if err := exec.Command(r.program, "man", man1).Run(); err != nil {
		return fmt.Errorf("manual: %w", err)
	}
	pages, err := filepath.Glob(filepath.Join(man1, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if err := zip(page+".gz", text); err != nil {
			return err
		}
		if err := os.Remove(page); err != nil {
			return err
		}
	}
	reference, err := os.ReadFile("docs/reference/configuration.md")
	if err != nil {
		return err
	}
	_, text, _ := strings.Cut(string(reference), "-->\n")
	head := "tandem.hcl 5 \"\" \"tandem " + r.version + "\" tandem\n==================================================\n\n" +
		"# NAME\ntandem.hcl \\- the configuration of tandem, a gateway between browsers and telephones\n\n# DESCRIPTION\n"
	page := md2man.Render([]byte(head + strings.ReplaceAll(text, "\n## ", "\n# ")))
	return zip(filepath.Join(r.stage, "man5", "tandem.hcl.5.gz"), page)
}

// zip writes a compressed file that bears no name and no time.
func zip(path string, text []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}
