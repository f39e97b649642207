package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

const (
	// drainAsk is how often a gateway that drains is asked how many calls it has.
	drainAsk = 200 * time.Millisecond
	// drainDefault is how long `tandem drain` lets calls go on.
	drainDefault = 10 * time.Minute
)

func newDrain(env environment) *cobra.Command {
	var a asking
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "drain [--wait TIME]",
		Short: "let the running gateway's calls end, and stop it",
		Long: "drain has the running gateway take no more calls (503 with Retry-After, /readyz\n" +
			"says no), lets those that there are go on, and stops it when the last has ended.\n" +
			"Those that are left after --wait are ended. It returns when the gateway is gone.",
		Example: "  tandem drain\n  tandem drain --wait 1h",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if wait < 0 || wait > gateway.MaxDrain {
				return usagef(cmd, "--wait must be between 0s and %v", gateway.MaxDrain)
			}
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if err := a.confirm(env, "Stop the gateway once its calls have ended?"); err != nil {
				return err
			}
			return drain(cmd.Context(), env, client, wait)
		},
	}
	a.flags(cmd, false)
	a.askFlags(cmd)
	cmd.Flags().DurationVar(&wait, "wait", drainDefault, "end the calls that are left after `TIME`")
	return cmd
}

// drainMisses is how often in a row a gateway that drains may not answer, over a
// network that loses something, before it counts as stopped.
const drainMisses = 5

// isGone says whether an error is that of a gateway that is there no more.
func isGone(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)
}

// drain asks for it, and watches the gateway until it is gone.
func drain(ctx context.Context, env environment, client *admin.Client, wait time.Duration) error {
	s, err := client.Drain(ctx, wait)
	if err != nil {
		return asked(err)
	}
	last, missed := -1, 0
	tick := time.NewTicker(drainAsk)
	defer tick.Stop()
	for err == nil || missed < drainMisses && !isGone(err) {
		if s.Calls != last {
			last = s.Calls
			fmt.Fprintf(env.out, "%s under way\n", wording.Count(last, "call"))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return exitf(exitInterrupted, "the gateway goes on draining")
		}
		now, e := client.Status(ctx)
		if err = e; err != nil {
			missed++
			continue
		}
		s, missed = now, 0
	}
	if ctx.Err() != nil {
		return exitf(exitInterrupted, "the gateway goes on draining")
	}
	fmt.Fprintln(env.out, "the gateway has stopped")
	return nil
}
