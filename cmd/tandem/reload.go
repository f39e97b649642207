package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

func newReload(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "have the running gateway read its configuration again",
		Long: "reload has the running gateway read its configuration again and change what is\n" +
			"different, with no call and no registration lost, and lists what that was. Where\n" +
			"anything is wrong nothing is changed: exit code 3.",
		Example: "  tandem reload\n  tandem reload --json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			r, err := client.Reload(cmd.Context())
			if err != nil {
				return asked(err)
			}
			return writeReload(env, a.asJSON, r)
		},
	}
	a.flags(cmd, true)
	return cmd
}

// writeReload writes what became of a reload, for people or for programs.
func writeReload(env environment, asJSON bool, r admin.Reload) error {
	if asJSON {
		if err := writeJSON(env, r); err != nil {
			return err
		}
	} else {
		for i, p := range r.Problems { // as tandem check writes them
			if i > 0 {
				fmt.Fprintln(env.err)
			}
			fmt.Fprintln(env.err, wording.PrintableLines(p.Text))
		}
		if r.Outcome != admin.ReloadRefused {
			fmt.Fprintf(env.out, "%s\n", reloadOutcome(r))
		} else if len(r.Changes) > 0 {
			fmt.Fprintln(env.out, "would change, were it not refused:")
		}
		for _, c := range r.Changes {
			fmt.Fprintf(env.out, "  %s\n", wording.Printable(c.Text))
		}
	}
	switch {
	case r.Outcome != admin.ReloadRefused:
		return nil
	case asJSON:
		return exitf(exitConfig, "")
	}
	return exitf(exitConfig, "%s", wording.Printable(r.Reason))
}

// reloadOutcome says in a line what became of a reload.
func reloadOutcome(r admin.Reload) string {
	switch r.Outcome {
	case admin.ReloadDone:
		return fmt.Sprintf("reloaded in %.0fms, %s", r.TookMS, wording.Count(len(r.Changes), "change"))
	case admin.ReloadNothing:
		return "nothing has changed"
	}
	return "refused: " + r.Reason
}
