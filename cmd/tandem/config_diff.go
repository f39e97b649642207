package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// newConfigDiff is `tandem config diff`.
func newConfigDiff(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "diff", Short: "say what a reload of the running gateway would change, and change nothing",
		Long:    "diff has the running gateway look at its configuration as it is on the disk now. It exits\nwith 3 where a reload would be refused.",
		Example: "  tandem config diff && tandem reload", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			var v api.ConfigCheck
			if err := client.Ask(cmd.Context(), http.MethodPost, "config/check", nil, &v); err != nil {
				return asked(err)
			}
			return writeConfigDiff(env, a.asJSON, v)
		},
	}
	a.flags(cmd, true)
	return cmd
}

func writeConfigDiff(env environment, asJSON bool, v api.ConfigCheck) error {
	if asJSON {
		if err := writeJSON(env, v); err != nil {
			return err
		}
	} else {
		for _, p := range v.Problems {
			fmt.Fprintln(env.err, wording.PrintableLines(p.Text))
		}
		for _, c := range v.Changes {
			fmt.Fprintln(env.out, wording.Printable(c.Text))
		}
		for _, key := range v.Restart {
			fmt.Fprintf(env.out, "%s: needs a restart\n", wording.Printable(key))
		}
		if v.OK && len(v.Changes)+len(v.Restart) == 0 {
			fmt.Fprintln(env.out, "nothing would change")
		}
	}
	switch {
	case v.OK:
		return nil
	case asJSON:
		return exitf(exitConfig, "")
	}
	return exitf(exitConfig, "%s", wording.Printable(v.Summary))
}
