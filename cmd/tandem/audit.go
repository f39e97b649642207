package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
)

func newAudit(env environment) *cobra.Command {
	var a asking
	var who string
	var limit int
	cmd := &cobra.Command{
		Use: "audit", Hidden: true, Short: "say who did what to the running gateway, the newest first",
		Example: "  tandem audit\n  tandem audit --who ann --limit 20", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > 1000 {
				return usagef(cmd, "--limit must be between 1 and 1000")
			}
			return show(cmd, env, a, func(c *admin.Client) ([]api.Entry, error) {
				var v api.Entries
				query := url.Values{"who": {who}, "limit": {fmt.Sprint(limit)}}
				err := c.Ask(cmd.Context(), http.MethodGet, "audit?"+query.Encode(), nil, &v)
				return v.Entries, err
			}, func(all []api.Entry, _ time.Time) error {
				t := table{head: []string{"AT", "WHO", "ROLE", "FROM", "WHAT", "TO", "OUTCOME"}, most: []int{0, 32, 0, 40, 24, 40, 30}}
				for _, e := range all {
					t.add(nil, e.At.Local().Format("01-02 15:04:05"), e.Who, e.Role, e.Address, e.Action, e.Object, e.Outcome)
				}
				return t.write(env.out, "Nothing was done yet.")
			})
		},
	}
	a.flags(cmd, true)
	cmd.Flags().StringVar(&who, "who", "", "only what `NAME` did")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most `N` of them")
	return cmd
}
