package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

func newCapture(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "capture ID [on|off|drop]", Short: "keep the sound of a call in the clear, for its capture",
		Long: "capture keeps the sound of a call: while it is on, the gateway keeps the RTP of all legs of the call in memory as it is after\ndecryption, the last minutes of it; `tandem pcap ID --secrets` writes it out. It stays for an hour\n" +
			"after the end of the call; drop lets go of it at once. Without a word it says how it is.",
		Example: "  tandem capture k3v9x2mqa7 on        # as `tandem calls` names it; or last\n  tandem pcap k3v9x2mqa7 --secrets -w call.pcapng\n  tandem capture k3v9x2mqa7 drop",
		Args:    ofACall(takesFrom(1, "ID", "on, off or drop")), ValidArgsFunction: completeCalls(env, &a, "on", "off", "drop"),
		RunE: func(cmd *cobra.Command, args []string) error {
			state := ""
			if len(args) > 1 {
				state = args[1]
			}
			if !slices.Contains([]string{"", "on", "off", "drop"}, state) {
				return exitf(exitUsage, "a capture is on, off or to drop, not %q", state)
			}
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if state == "drop" {
				return asked(client.DropCapture(cmd.Context(), args[0]))
			}
			c, err := client.Capture(cmd.Context(), args[0], state)
			if err != nil {
				return asked(err)
			}
			if a.asJSON {
				return writeJSON(env, c)
			}
			_, err = fmt.Fprintln(env.out, captureWords(c))
			return err
		},
	}
	a.jsonFlags(cmd)
	return cmd
}

// captureWords says what is kept.
func captureWords(c admin.Capture) string {
	switch {
	case c.On:
		return fmt.Sprintf("The sound is kept in the clear, in %d KiB so far.", c.Octets>>10)
	case c.Octets == 0:
		return "No sound is kept in the clear."
	case c.Until.IsZero():
		return fmt.Sprintf("No more sound is kept in the clear; there are %d KiB of it.", c.Octets>>10)
	}
	return fmt.Sprintf("There are %d KiB of sound in the clear, until %s.", c.Octets>>10, c.Until.Local().Format("15:04"))
}
