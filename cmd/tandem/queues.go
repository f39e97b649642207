package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
)

func newQueues(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "queues [NAME]",
		Short: "list the queues of the running gateway, who waits in them, and their members",
		Long: "queues asks the running gateway for its queues, or for one with everybody who waits\n" +
			"in it and how its members stand.",
		Example: "  tandem queues\n  tandem queues support         # who waits, and who answers\n  tandem queues --json",
		Args:    takesUpTo("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return show(cmd, env, a, func(c *admin.Client) ([]admin.Queue, error) { return c.Queues(cmd.Context()) },
					func(all []admin.Queue, now time.Time) error { return writeQueues(env, all, now) })
			}
			return show(cmd, env, a, func(c *admin.Client) (admin.Queue, error) { return c.Queue(cmd.Context(), args[0]) },
				func(q admin.Queue, now time.Time) error { return writeQueue(env, q, now) })
		},
	}
	a.watchFlags(cmd)
	return cmd
}

// writeQueues writes all queues, one a line.
func writeQueues(env environment, all []admin.Queue, now time.Time) error {
	t := table{head: []string{"QUEUE", "WAITING", "LONGEST", "MEMBERS", "ANSWERED", "ABANDONED", "LEFT"}, most: []int{20}}
	for _, q := range all {
		longest := ""
		var first time.Time
		for _, w := range q.Waiting {
			if first.IsZero() || w.Since.Before(first) {
				first = w.Since
				longest = ago(now, first)
			}
		}
		free := 0
		for _, m := range q.Members {
			if m.State == bridge.MemberIdle {
				free++
			}
		}
		t.add(nil, q.Name, fmt.Sprintf("%d/%d", len(q.Waiting), q.Max), longest, fmt.Sprintf("%d of %d idle", free, len(q.Members)),
			fmt.Sprint(q.Answered), fmt.Sprint(q.Abandoned), fmt.Sprint(q.Left))
	}
	return t.write(env.out, "There is no queue.")
}

// writeQueue writes who waits in a queue and how its members stand.
func writeQueue(env environment, q admin.Queue, now time.Time) error {
	t := table{head: []string{"PLACE", "CALLER", "WAITS", "STATE", "CALL"}, most: []int{0, 36}}
	for i, w := range q.Waiting {
		state := ""
		if w.Ringing {
			state = "members ring"
		}
		if w.Priority > 0 {
			state = fmt.Sprintf("priority %d %s", w.Priority, state)
		}
		t.add(nil, fmt.Sprint(i+1), w.Party, ago(now, w.Since), state, w.Call)
	}
	if err := t.write(env.out, "Nobody waits in queue "+q.Name+"."); err != nil {
		return err
	}
	t = table{head: []string{"MEMBER", "STATE", "FOR", "CALL"}, most: []int{36}}
	for _, m := range q.Members {
		since := ""
		if !m.Since.IsZero() {
			since = ago(now, m.Since)
		}
		t.add(nil, m.Target, m.State, since, m.Call)
	}
	_, _ = fmt.Fprintln(env.out)
	return t.write(env.out, "It has no members.")
}
