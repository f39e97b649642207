package main

import (
	"github.com/spf13/cobra"
)

func newRecord(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "record ID on|pause|off", Short: "record a call of the running gateway",
		Example: "  tandem record k3v9x2mqa7 on        # as `tandem calls` names it; on again after a pause\n  tandem record k3v9x2mqa7 pause",
		Args:    ofACall(takes("ID", "on|pause|off")), ValidArgsFunction: completeCalls(env, &a, "on", "pause", "off"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[1] {
			case "on", "pause", "off":
			default:
				return exitf(exitUsage, "a recording is on, pause or off, not %q", args[1])
			}
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			return asked(client.Record(cmd.Context(), args[0], args[1]))
		},
	}
	a.flags(cmd, false)
	return cmd
}
