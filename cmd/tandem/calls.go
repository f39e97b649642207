package main

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

func newCalls(env environment) *cobra.Command {
	var a asking
	var which callFilter
	var id string
	cmd := &cobra.Command{
		Use: "calls [ID]", Short: "list the calls of the running gateway", Args: takesCall, ValidArgsFunction: completeCalls(env, &a),
		Long:    "calls lists the calls that go on, or shows one with its parties and how their media goes,\nalso one that is over. ID is as the list names it, or \"last\": the call that began last.",
		Example: "  tandem calls\n  tandem calls last             # one, also after its end\n  tandem calls --media\n  tandem calls --problems\n  tandem calls --why last\n  tandem calls --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case id != "":
				return writeWhy(cmd.Context(), env, a, id)
			case len(args) == 1:
				return showCall(cmd, env, a, args[0])
			}
			return which.show(cmd, env, a)
		},
	}
	a.watchFlags(cmd)
	cmd.Flags().StringVar(&id, "why", "", "say why the dialplan did what it did with `CALL`, also shortly after its end")
	cmd.AddCommand(operations(env)...)
	which.flags(cmd)
	cmd.AddCommand(newCallsList(env))
	return cmd
}

// takesCall takes nothing or the name of a call, which a word that is near to a verb is not.
func takesCall(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && (args[0] == "last" || nearVerb(cmd, args[0]) == "") {
		return nil
	}
	return takes()(cmd, args)
}

// newCallsList is `tandem calls` by another name.
func newCallsList(env environment) *cobra.Command {
	var a asking
	var which callFilter
	cmd := &cobra.Command{
		Use: "list", Short: "list the calls of the running gateway", Example: "  tandem calls list\n  tandem calls list --one-way", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return which.show(cmd, env, a) },
	}
	a.watchFlags(cmd)
	which.flags(cmd)
	return cmd
}

// callFilter says which calls are listed, and how.
type callFilter struct{ media, problems, oneWay bool }

func (f *callFilter) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.media, "media", "m", false, "also show how the media of each party goes")
	cmd.Flags().BoolVar(&f.problems, "problems", false, "only calls that something is wrong with")
	cmd.Flags().BoolVar(&f.oneWay, "one-way", false, "only calls where one party hears nothing")
}

func (f *callFilter) show(cmd *cobra.Command, env environment, a asking) error {
	return show(cmd, env, a, func(c *admin.Client) ([]admin.Call, error) {
		all, err := c.Calls(cmd.Context())
		return slices.DeleteFunc(all, f.leavesOut), err
	}, func(all []admin.Call, now time.Time) error { return writeCalls(env, all, now, f.media) })
}

func (f *callFilter) leavesOut(c admin.Call) bool {
	return f.problems && len(c.Chips) == 0 || f.oneWay && !slices.Contains(c.Chips, "one-way") && !slices.Contains(c.Chips, "no-rtp")
}

func writeCalls(env environment, all []admin.Call, now time.Time, media bool) error {
	t := table{head: []string{"CALL", "FROM", "TO", "WITH", "STATE", "FOR", "TALKED"}, most: []int{0, 28, 20, 28}}
	for _, c := range all {
		var notes []string
		if media {
			notes = mediaNotes(&c)
		}
		if c.Result != "" {
			notes = append(notes, c.Result)
		}
		if len(c.Chips) > 0 {
			notes = append(notes, joined(c.Chips))
		}
		t.add(notes, c.ID, c.From, c.To, c.With, c.State, ago(now, c.Since), ago(now, c.Talked))
	}
	return t.write(env.out, "There is no call.")
}

func newHangup(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "hangup ID", Short: "end a call of the running gateway",
		Example:           "  tandem hangup k3v9x2mqa7     # as `tandem calls` names it\n  tandem hangup last           # the call that began last",
		Args:              ofACall(takes("ID")),
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
