package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/media"
)

func soundNames() []string { return media.SoundNames() }

func newCheck(env environment) *cobra.Command {
	var path string
	var strict bool
	cmd := &cobra.Command{
		Use:        "check [-c FILE or FOLDER]",
		Short:      "say everything that is wrong with a configuration, at once",
		SuggestFor: []string{"validate", "lint"},
		Example:    "  tandem check -c tandem.hcl\n  tandem check --strict        # warnings count as errors",
		Args:       takes(),
		RunE: func(*cobra.Command, []string) error {
			file, found, err := load(env, path)
			if err != nil {
				return err
			}
			printFound(env, found)
			if len(found) > 0 && strict {
				return exitf(exitConfig, "%s, and --strict was given", found.Summary())
			}
			fmt.Fprintf(env.out, "ok: %s, %s, %s\n", count(len(file.Users), "user"), count(len(file.Trunks), "trunk"), count(file.Plan.Tests(), "test"))
			return nil
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().BoolVar(&strict, "strict", false, "count warnings as errors")
	return cmd
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration `FILE or FOLDER` ($TANDEM_CONFIG, ./tandem.hcl, /etc/tandem/tandem.hcl)")
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
