package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/demo"
)

func newDemo(env environment) *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run the whole gateway with nothing set up",
		Long: "demo runs a gateway on this machine only: users 1001, 1002 and 1003 with random\n" +
			"passwords, test numbers, a web phone. It prints links that open the phone.\n" +
			"Passwords and certificates are kept for the next time.",
		Example: "  tandem demo\n  tandem demo --lan            # for other devices in the local network\n" +
			"  tandem demo --port-base 20000",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("port-base") && (o.PortBase < 1 || o.PortBase > demo.MaxPortBase) {
				return usagef(cmd, "--port-base must be between 1 and %d", demo.MaxPortBase)
			}
			return runDemo(cmd.Context(), env, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.LAN, "lan", false, "listen on all addresses, for other devices")
	f.BoolVar(&o.Reset, "reset", false, "forget the demo's passwords and certificates first")
	f.BoolVar(&o.Open, "open", false, "open the first link in a browser")
	f.BoolVarP(&o.Verbose, "verbose", "v", false, "log every SIP message")
	f.IntVar(&o.PortBase, "port-base", 0, "use the ports from `N` on, instead of 5060, 8080 and 8443")
	return cmd
}

// runDemo runs the demo with what the command has around it.
func runDemo(ctx context.Context, env environment, o demo.Options) error {
	o.Version, o.Getenv, o.Out, o.Colored, o.Log = version, env.getenv, env.out, env.colored(), newLog(env, o.Verbose)
	return demo.Run(ctx, o)
}
