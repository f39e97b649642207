package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
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
			request, err := routeRequest(file, nil, q)
			if err != nil {
				return err
			}
			return writeExplanation(env, a, explained(file, file.Plan.Route(request)))
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
	if errors.Is(err, admin.ErrConflict) {
		return exitf(exitUsage, "%s", wordsOf(err, admin.ErrConflict))
	}
	if err != nil {
		return asked(err)
	}
	return writeExplanation(env, a, e)
}

func writeExplanation(env environment, a asking, e dialplan.Explanation) error {
	if a.asJSON {
		return writeJSON(env, e)
	}
	_, err := fmt.Fprint(env.out, e.String())
	return err
}

// routeRequest makes the call that is asked about. stored are users beside those of the
// file.
func routeRequest(file *config.File, stored []admin.User, q admin.RouteQuery) (dialplan.Request, error) {
	src, err := dialplan.ParseSource(q.From)
	if err != nil {
		return dialplan.Request{}, exitf(exitUsage, "%v", err)
	}
	var names []string
	shown := map[string]string{}
	for _, u := range stored {
		names = append(names, "user:"+u.Name)
		shown[u.Name] = u.DisplayName
	}
	for _, u := range file.Users {
		names = append(names, "user:"+u.Name)
		shown[u.Name] = u.DisplayName
	}
	for _, t := range file.Trunks {
		names = append(names, "trunk:"+t.Name)
	}
	if !slices.Contains(names, src.String()) {
		hint := ""
		if near := dialplan.Suggest(src.String(), names); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return dialplan.Request{}, exitf(exitNotFound, "the configuration has no %s%s", src, hint)
	}
	request := dialplan.Request{From: src, To: q.To, Caller: q.Caller, CallerName: q.CallerName, At: time.Now()}
	if request.CallerName == "" && src.Kind == dialplan.FromUser {
		request.CallerName = shown[src.Name]
	}
	if q.At != "" {
		if request.At, err = dialplan.ParseTime(q.At, file.Plan.Zone()); err != nil {
			return request, exitf(exitUsage, "--at %s: a time is written 2026-08-23T11:00, and with a zone 2026-08-23T11:00:00+02:00", q.At)
		}
	}
	return request, nil
}

// route says what would become of a call now, with who is registered and busy.
func (g *gateway) route(q admin.RouteQuery) (dialplan.Explanation, error) {
	file := g.current.Load()
	request, err := routeRequest(file, g.people.onlyStored(), q)
	if err != nil {
		kind := admin.ErrConflict
		if e, ok := errors.AsType[*exit](err); ok && e.code == exitNotFound {
			kind = admin.ErrNotFound
		}
		return dialplan.Explanation{}, fmt.Errorf("%w: %w", kind, err)
	}
	request.State = g.world
	return explained(file, file.Plan.Route(request)), nil
}

// why says how a call came to be what it is.
func (g *gateway) why(id string) ([]dialplan.Explanation, bool) {
	return g.bridge.Explain(tandem.CallID(id))
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
