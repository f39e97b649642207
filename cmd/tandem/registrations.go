package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

func newRegistrations(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:        "registrations [USER]",
		Short:      "list the devices that are registered at the running gateway",
		SuggestFor: []string{"regs", "bindings", "contacts"},
		Long: "registrations asks the running gateway which devices are registered: whose, what\n" +
			"they call themselves, over what, from which address they were seen, since when,\n" +
			"when that ends, and when they last said so.",
		Example: "  tandem registrations\n  tandem registrations 201     # of one user\n  tandem registrations --json",
		Args:    takesUpTo("USER"), ValidArgsFunction: completeUsers(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			user := strings.Join(args, "")
			return show(cmd, env, a, func(c *admin.Client) ([]admin.Registration, error) { return c.Registrations(cmd.Context(), user) },
				func(all []admin.Registration, now time.Time) error { return writeRegistrations(env, all, now) })
		},
	}
	a.watchFlags(cmd)
	return cmd
}

func writeRegistrations(env environment, all []admin.Registration, now time.Time) error {
	t := table{
		head: []string{"USER", "DEVICE", "OVER", "SEEN AT", "SINCE", "EXPIRES", "LAST SEEN", "PATH"},
		most: []int{20, 24, 0, 47},
	}
	for _, r := range all {
		path := "direct"
		switch {
		case len(r.Path) > 0:
			path = "proxy"
		case r.Translated:
			path = "NAT"
		}
		t.add(nil, r.User, r.UserAgent, r.Transport, r.Address, ago(now, r.Since), until(now, r.Expires), ago(now, r.LastSeen), path)
	}
	return t.write(env.out, "No device is registered.")
}
