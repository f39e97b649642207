package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
)

func newRoute(env environment) *cobra.Command {
	var path, at string
	cmd := &cobra.Command{
		SuggestFor: []string{"explain"},
		Use:        "route FROM TO [--at TIME] [-c FILE or FOLDER]",
		Short:      "say which row of the dialplan takes a call, and why",
		Long: "route asks the dialplan what becomes of a call, as the running gateway would.\n" +
			"FROM is user:NAME or trunk:NAME, TO what is dialed.",
		Example: "  tandem route user:201 202\n  tandem route trunk:alpha +442071234567 --at 2026-08-23T11:00",
		Args:    takes("FROM", "TO"),
		RunE: func(_ *cobra.Command, args []string) error {
			file, _, err := load(env, path)
			if err != nil {
				return err
			}
			request, err := routeRequest(file, args[0], args[1], at)
			if err != nil {
				return err
			}
			decision := file.Plan.Route(request)
			if _, err := fmt.Fprintln(env.out, strings.TrimRight(decision.Explain(), "\n")); err != nil {
				return err
			}
			return writeShown(env.out, file, decision)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&at, "at", "", "when, such as 2026-08-23T11:00 (now)")
	return cmd
}

func routeRequest(file *config.File, from, to, at string) (dialplan.Request, error) {
	src, err := dialplan.ParseSource(from)
	if err != nil {
		return dialplan.Request{}, exitf(exitUsage, "%v", err)
	}
	var names []string
	for _, u := range file.Users {
		names = append(names, "user:"+u.Name)
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
	request := dialplan.Request{From: src, To: to, At: time.Now()}
	if at != "" {
		if request.At, err = dialplan.ParseTime(at, file.Plan.Zone()); err != nil {
			return request, exitf(exitUsage, "--at %s: %v", at, err)
		}
	}
	return request, nil
}
