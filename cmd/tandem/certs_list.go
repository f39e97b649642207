package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
)

// newCertsList is `tandem certs list`.
func newCertsList(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "list", Short: "list the certificates that the running gateway shows, and how long they are good for",
		Example: "  tandem certs list", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return show(cmd, env, a, func(c *admin.Client) ([]api.Certificate, error) {
				var v api.Certificates
				err := c.Ask(cmd.Context(), http.MethodGet, "certificates", nil, &v)
				return v.Certificates, err
			}, func(all []api.Certificate, _ time.Time) error {
				t := table{head: []string{"FOR", "SOURCE", "NAMES", "ISSUER", "UNTIL", "DAYS"}, most: []int{0, 0, 40, 30}}
				for _, c := range all {
					t.add(nil, c.Name, c.Source, strings.Join(c.Names, " "), c.Issuer, c.Until.Local().Format(time.DateOnly), fmt.Sprint(c.DaysLeft))
				}
				return t.write(env.out, "The gateway shows no certificate.")
			})
		},
	}
	a.flags(cmd, true)
	return cmd
}
