package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/codecs"
)

// version is the release; a build from source says "dev" and its commit.
const version = "0.1.0-dev"

func newVersion(env environment) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version, the commit and the Opus engine",
		Example: "  tandem version",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			return printVersion(env)
		},
	}
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
