package main

import (
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
)

func newBans(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "bans", Hidden: true, Short: "list the addresses that nothing is taken from; let one in again",
		Long: "bans lists the addresses that the running gateway takes nothing from, since they guessed\n" +
			"passwords or numbers, and until when.",
		SuggestFor: []string{"security", "fail2ban"},
		Example:    "  tandem bans\n  tandem bans remove 203.0.113.66", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return show(cmd, env, a, func(c *admin.Client) (v api.Security, err error) {
				err = c.Ask(cmd.Context(), http.MethodGet, "security", nil, &v)
				return v, err
			}, func(v api.Security, now time.Time) error {
				t := table{head: []string{"ADDRESS", "REASON", "FOR", "ENDS IN"}, most: []int{0, 50}}
				for _, b := range v.Bans {
					t.add(nil, b.Address.String(), b.Reason, ago(now, b.Since), until(now, b.Until))
				}
				return t.write(env.out, "No address is banned.")
			})
		},
	}
	a.watchFlags(cmd)
	cmd.AddCommand(newBansRemove(env))
	return cmd
}

func newBansRemove(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "remove ADDRESS", Short: "take from an address again", Aliases: []string{"rm"},
		Example: "  tandem bans remove 203.0.113.66", Args: takes("ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			return asked(client.Ask(cmd.Context(), http.MethodDelete, "security/bans/"+url.PathEscape(args[0]), nil, nil))
		},
	}
	a.flags(cmd, false)
	return cmd
}
