package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/codecs"
)

// version is the release; a build from source says "dev" and its commit.
const version = "0.1.0-dev"

func newVersion(env environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "print the version, the commit and the Opus engine",
		Example: "  tandem version\n  tandem version --json",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return writeJSON(env, map[string]string{
					"version": version, "commit": strings.TrimPrefix(commit(), "commit "), "system": runtime.GOOS + "/" + runtime.GOARCH,
					"go": runtime.Version(), "opus": codecs.OpusEngine,
				})
			}
			return printVersion(env)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs")
	return cmd
}

func printVersion(env environment) error {
	_, err := fmt.Fprintf(env.out, "tandem %s (%s) %s/%s %s, Opus by %s\n",
		version, commit(), runtime.GOOS, runtime.GOARCH, runtime.Version(), codecs.OpusEngine)
	return err
}

func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "commit " + s.Value[:min(len(s.Value), 12)]
			}
		}
	}
	return "commit unknown"
}
