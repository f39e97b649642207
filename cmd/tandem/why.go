package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

func newWhy(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "why CALL",
		Short: "say why a call has no sound, or did not come about",
		Long: "why walks the way of the sound of a call hop by hop, in each direction, and names the\n" +
			"first hop that is broken, what shows it, and the cure. It also knows calls that are\n" +
			"over, the last thousand. CALL is the ID of a call, as `tandem calls`, the log (call=) and\n" +
			"the console have it, or \"last\".",
		Example: "  tandem why last\n  tandem why k3v9x2mqa7\n  tandem why last --json",
		Args:    ofACall(takes("CALL")),
		RunE: func(cmd *cobra.Command, args []string) error {
			return show(cmd, env, a, func(c *admin.Client) (admin.Why, error) { return c.Why(cmd.Context(), args[0]) },
				func(w admin.Why, _ time.Time) error { return writeVerdict(env, w) })
		},
	}
	a.flags(cmd, true)
	return cmd
}

// writeVerdict writes a verdict for people.
func writeVerdict(env environment, w admin.Why) error {
	v := w.Verdict
	if v == nil {
		return exitf(exitNotFound, "nothing is known of the media of that call")
	}
	say := func(format string, args ...any) {
		fmt.Fprintln(env.out, wording.Printable(fmt.Sprintf(format, args...)))
	}
	say("%s (call %s, %s)", v.Sentence, v.Call, v.State)
	if v.Cure != "" {
		say("-> %s", v.Cure)
	}
	if v.Howto != "" {
		say("   more: docs/howto/%s.md", v.Howto)
	}
	for i := range v.Directions {
		writeDirection(say, &v.Directions[i])
	}
	for _, c := range v.Chips {
		say("%s: %s", c.Name, c.Text)
	}
	return nil
}

func writeDirection(say func(string, ...any), d *verdict.Direction) {
	say("")
	say("%s -> %s: %s", d.From, d.To, d.Sentence)
	for i, h := range d.Hops {
		mark := map[string]string{"ok": "ok", "broken": "BROKEN", "unknown": "?"}[h.State]
		arrow := ""
		if i == d.Broken {
			arrow = "  <- here"
		}
		say("  %-6s  %-17s  %s%s", mark, h.Name, h.Evidence, arrow)
	}
	if d.Cure != "" {
		say("  -> %s", d.Cure)
	}
}
