package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// newKick is `tandem users kick USER`.
func newKick(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "kick USER", Short: "end the registrations of a user's devices; calls go on",
		Long:    "kick forgets where the devices of a user are. They may register again: give the user\nanother password first, where they are not to.",
		Example: "  tandem users kick 203", Args: takes("USER"), ValidArgsFunction: completeUsers(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			all, err := client.Registrations(cmd.Context(), args[0])
			if err != nil {
				return asked(err)
			}
			if err := a.confirm(env, "End %s of %s?", wording.Count(len(all), "registration"), args[0]); err != nil {
				return err
			}
			for _, r := range all {
				if err := client.Ask(cmd.Context(), http.MethodDelete, "registrations/"+url.PathEscape(r.ID), nil, nil); err != nil {
					return asked(err)
				}
			}
			_, err = fmt.Fprintf(env.out, "%s ended\n", wording.Count(len(all), "registration"))
			return err
		},
	}
	a.flags(cmd, false)
	a.askFlags(cmd)
	return cmd
}
