package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/dialplan"
)

func newRoute(env environment) *cobra.Command {
	var a asking
	var q admin.RouteQuery
	var live bool
	cmd := &cobra.Command{
		SuggestFor: []string{"explain"},
		Use:        "route FROM TO [--at TIME] [-c FILE or FOLDER]",
		Short:      "say which row of the dialplan takes a call, and why",
		Long: "route asks the dialplan what becomes of a call, as the running gateway would.\n" +
			"FROM is user:NAME or trunk:NAME, TO what is dialed. Without --live everybody\n" +
			"counts as registered, and nobody as busy; with it, and where there is no file, the\n" +
			"running gateway answers.",
		Example: "  tandem route user:201 202\n  tandem route trunk:alpha +442071234567 --at 2026-08-23T11:00\n  tandem route user:201 202 --live --json",
		Args:    takes("FROM", "TO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.From, q.To = args[0], args[1]
			if live || a.asksRunning(cmd.Context(), env) {
				return routeLive(cmd.Context(), env, a, q)
			}
			file, _, err := load(env, a.path)
			if err != nil {
				return err
			}
			e, err := gateway.Explain(file, nil, nil, q)
			if err != nil {
				return unexplained(err)
			}
			return writeExplanation(env, a, e)
		},
	}
	a.flags(cmd, true)
	cmd.Flags().StringVar(&q.At, "at", "", "`TIME` of the call, such as 2026-08-23T11:00 (now)")
	cmd.Flags().StringVar(&q.Caller, "caller", "", "`NUMBER` of the caller (that of FROM)")
	cmd.Flags().StringVar(&q.CallerName, "caller-name", "", "`NAME` that the caller is shown with")
	cmd.Flags().BoolVar(&live, "live", false, "ask the running gateway: who is registered and busy now, and the file that it runs")
	return cmd
}

// routeLive asks the running gateway.
func routeLive(ctx context.Context, env environment, a asking, q admin.RouteQuery) error {
	client, err := a.reach(ctx, env)
	if err != nil {
		return err
	}
	e, err := client.Route(ctx, q)
	if err != nil {
		return unexplained(err)
	}
	return writeExplanation(env, a, e)
}

// unexplained gives the error of a question about a call its exit code.
func unexplained(err error) error {
	if errors.Is(err, admin.ErrConflict) {
		return exitf(exitUsage, "%s", wordsOf(err, admin.ErrConflict))
	}
	return asked(err)
}

func writeExplanation(env environment, a asking, e dialplan.Explanation) error {
	if a.asJSON {
		return writeJSON(env, e)
	}
	_, err := fmt.Fprint(env.out, e.String())
	return err
}

// writeWhy writes how a call of the running gateway came to be what it is.
func writeWhy(ctx context.Context, env environment, a asking, id string) error {
	client, err := a.reach(ctx, env)
	if err != nil {
		return err
	}
	why, err := client.Why(ctx, id)
	if err != nil {
		return asked(err)
	}
	all := why.Explanations
	if a.asJSON {
		return writeJSON(env, all)
	}
	for _, e := range all {
		if err := writeExplanation(env, a, e); err != nil {
			return err
		}
	}
	return nil
}
