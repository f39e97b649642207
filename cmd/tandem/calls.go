package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

func newCalls(env environment) *cobra.Command {
	var a asking
	var media bool
	var id string
	cmd := &cobra.Command{
		Use: "calls", Short: "list the calls of the running gateway", Example: "  tandem calls\n  tandem calls --media\n  tandem calls --why k3v9x2mqa7\n  tandem calls --json", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if id != "" {
				return writeWhy(cmd.Context(), env, a, id)
			}
			return show(cmd, env, a, func(c *admin.Client) ([]admin.Call, error) { return c.Calls(cmd.Context()) },
				func(all []admin.Call, now time.Time) error { return writeCalls(env, all, now, media) })
		},
	}
	a.watchFlags(cmd)
	cmd.Flags().StringVar(&id, "why", "", "say why the dialplan did what it did with this call, also shortly after its end")
	cmd.AddCommand(operations(env)...)
	cmd.Flags().BoolVarP(&media, "media", "m", false, "also show how the media of each party goes")
	return cmd
}

func writeCalls(env environment, all []admin.Call, now time.Time, media bool) error {
	t := table{head: []string{"CALL", "FROM", "TO", "WITH", "STATE", "FOR", "TALKED"}, most: []int{0, 28, 20, 28}}
	for _, c := range all {
		var notes []string
		if media {
			notes = mediaNotes(&c)
		}
		t.add(notes, c.ID, c.From, c.To, c.With, c.State, ago(now, c.Since), ago(now, c.Talked))
	}
	return t.write(env.out, "There is no call.")
}

func newHangup(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "hangup ID", Short: "end a call of the running gateway", Example: "  tandem hangup k3v9x2mqa7     # as `tandem calls` names it",
		Args:              takes("ID"),
		ValidArgsFunction: completeCalls(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if err := a.confirm(env, "End call %s?", args[0]); err != nil {
				return err
			}
			return asked(client.Hangup(cmd.Context(), args[0]))
		},
	}
	a.flags(cmd, false)
	a.askFlags(cmd)
	return cmd
}
