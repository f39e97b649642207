package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newTest(env environment) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "test [-c FILE or FOLDER]",
		Short:   "run the test blocks of the dialplan",
		Example: "  tandem test -c tandem.hcl",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			file, _, err := load(env, path)
			if err != nil {
				return err
			}
			if file.Plan.Tests() == 0 {
				fmt.Fprintln(env.err, "the dialplan has no test blocks")
				return nil
			}
			failed := 0
			results := file.Plan.RunTests()
			for _, r := range results {
				fmt.Fprintln(env.out, r)
				if !r.Passed() {
					failed++
				}
			}
			if failed > 0 {
				return exitf(exitExpectation, "%d of %s failed", failed, count(len(results), "test"))
			}
			fmt.Fprintf(env.out, "%s passed\n", count(len(results), "test"))
			return nil
		},
	}
	configFlag(cmd, &path)
	return cmd
}
