package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

func newFmt(env environment) *cobra.Command {
	var path string
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "write configuration files as all of them look",
		Long: "fmt indents, puts what belongs together in columns and takes away needless space.\n" +
			"Comments stay. Without FILE it takes the files of the configuration; - is standard\n" +
			"input, which is written to standard output. It names the files that it changed.",
		SuggestFor: []string{"format"},
		Example:    "  tandem fmt\n  tandem fmt --check            # change nothing; exit code 1 where something would\n  tandem fmt - < a.hcl",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "-" {
				return formatInput(env)
			}
			if len(args) == 0 {
				where, err := find(env, path)
				if err != nil {
					return err
				}
				if args, err = filesOf(where); err != nil {
					return err
				}
			}
			return formatFiles(env, args, check)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&check, "check", false, "change nothing, and fail where something is to be changed")
	return cmd
}

// filesOf gives the files of a configuration.
func filesOf(where string) ([]string, error) {
	info, err := os.Stat(where)
	if err != nil {
		return nil, exitf(exitConfig, "cannot read %s: %v", where, machine.Why(err))
	}
	if !info.IsDir() {
		return []string{where}, nil
	}
	entries, err := os.ReadDir(where)
	if err != nil {
		return nil, exitf(exitConfig, "cannot read %s: %v", where, machine.Why(err))
	}
	var all []string
	for _, e := range entries {
		if config.IsSource(e.Name()) && !e.IsDir() {
			all = append(all, filepath.Join(where, e.Name()))
		}
	}
	return all, nil
}

func formatInput(env environment) error {
	text, err := io.ReadAll(io.LimitReader(env.in, config.MaxFileSize+1))
	if err != nil {
		return exitf(exitFailed, "cannot read standard input")
	}
	out, found := config.Format(config.Source{Name: "-", Text: text})
	if found.HasErrors() {
		printFound(env, found)
		return exitf(exitConfig, "%s in standard input", found.Summary())
	}
	_, err = env.out.Write(out)
	return err
}

// formatFiles formats all files that can be, and says what is wrong with the others.
func formatFiles(env environment, paths []string, check bool) error {
	changed, broken := 0, 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return exitf(exitConfig, "cannot read %s: %v", path, machine.Why(err))
		}
		out, found := config.Format(config.Source{Name: path, Text: text})
		switch {
		case found.HasErrors():
			printFound(env, found)
			broken++
			continue
		case bytes.Equal(out, text):
			continue
		}
		changed++
		fmt.Fprintln(env.out, path)
		if check {
			continue
		}
		if err := replaceFile(path, out); err != nil {
			return exitf(exitFailed, "cannot write %s: %v", path, machine.Why(err))
		}
	}
	switch {
	case broken > 0:
		return exitf(exitConfig, "%s cannot be read", wording.Count(broken, "file"))
	case check && changed > 0:
		return exitf(exitFailed, "%s would be changed by `tandem fmt`", wording.Count(changed, "file"))
	}
	return nil
}

// replaceFile writes a file in one piece, so that a gateway that watches it never reads half of it. Where it is a link, what
// it leads to is replaced.
func replaceFile(path string, text []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".fmt-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	if mode := f.Chmod(info.Mode().Perm()); err == nil {
		err = mode
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
