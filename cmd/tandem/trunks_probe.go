package main

import (
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// newProbe is `tandem trunks probe NAME`.
func newProbe(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "probe NAME", Short: "ask a trunk now whether it is there, and say how it stands then",
		Long:       "probe sends a trunk OPTIONS, or registers there anew, at once. It exits with 6 where the\ntrunk cannot be called then.",
		SuggestFor: []string{"test", "ping"},
		Example:    "  tandem trunks probe alpha", Args: takes("NAME"), ValidArgsFunction: completeTrunks(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			var t admin.Trunk
			if err := client.Ask(cmd.Context(), http.MethodPost, "trunks/"+url.PathEscape(args[0])+"/probe", nil, &t); err != nil {
				return asked(err)
			}
			if a.asJSON {
				err = writeJSON(env, t)
			} else {
				err = writeTrunk(env, t, time.Now())
			}
			if err == nil && (t.State == "failing" || t.State == "down" || t.State == "trying") {
				return exitf(exitExpectation, "trunk %s is %s", wording.Printable(t.Name), wording.Printable(t.State))
			}
			return err
		},
	}
	a.flags(cmd, true)
	return cmd
}
