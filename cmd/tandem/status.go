package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

func newStatus(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "status", Short: "say how the running gateway is", Example: "  tandem status\n  tandem status --json", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return show(cmd, env, a, func(c *admin.Client) (admin.Status, error) { return c.Status(cmd.Context()) },
				func(s admin.Status, now time.Time) error { return writeStatus(env, s, now) })
		},
	}
	a.watchFlags(cmd)
	return cmd
}

func writeStatus(env environment, s admin.Status, now time.Time) error {
	state := "ready"
	switch {
	case s.Draining:
		state = "draining until " + s.Until.Local().Format(time.TimeOnly) + ", up"
	case !s.Ready:
		state = "starting or stopping"
	}
	trunks := wording.Count(s.Trunks, "trunk")
	if s.Trunks > 0 {
		trunks = fmt.Sprintf("%d of %s up", s.TrunksUp, trunks)
	}
	_, err := fmt.Fprintf(env.out, "tandem %s (pid %d), %s for %s\n%s: %s, %s of %s, %s\nlistening on %s\n",
		wording.Printable(s.Version), s.PID, state, ago(now, s.Since), wording.Printable(s.Domain), wording.Count(s.Calls, "call"),
		wording.Count(s.Registrations, "registration"), wording.Count(s.Users, "user"), trunks, wording.Printable(strings.Join(s.Listening, ", ")))
	if err == nil && s.Reload != nil {
		_, err = fmt.Fprintf(env.out, "last reload %s ago by %s: %s\n", ago(now, s.Reload.At), wording.Printable(s.Reload.By), wording.Printable(reloadOutcome(*s.Reload)))
	}
	for _, f := range s.Faults {
		if err == nil {
			_, err = fmt.Fprintf(env.out, "fault for %s: %s\n", ago(now, f.Since), wording.Printable(f.Text))
		}
	}
	return err
}

func writeUsers(env environment, all []admin.User) error {
	t := table{head: []string{"USER", "NAME", "DEVICES"}, most: []int{32, 40}}
	for _, u := range all {
		devices := ""
		if u.Devices > 0 {
			devices = fmt.Sprint(u.Devices)
		}
		t.add(nil, u.Name, u.DisplayName, devices)
	}
	return t.write(env.out, "There are no users.")
}
