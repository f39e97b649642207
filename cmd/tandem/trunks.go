package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

func newTrunks(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "trunks [NAME]",
		Short: "say how the trunks of the running gateway stand",
		Long: "trunks asks the running gateway how its carriers and PBXs stand: their state and\n" +
			"since when, calls and limit, the address that answered and how fast, as what we\n" +
			"are registered, why the last attempt failed and when the next one is.",
		Example: "  tandem trunks\n  tandem trunks alpha          # everything about one\n  tandem trunks --json",
		Args:    takesUpTo("NAME"), ValidArgsFunction: completeTrunks(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return show(cmd, env, a, func(c *admin.Client) (admin.Trunk, error) { return c.Trunk(cmd.Context(), args[0]) },
					func(t admin.Trunk, now time.Time) error { return writeTrunk(env, t, now) })
			}
			return show(cmd, env, a, func(c *admin.Client) ([]admin.Trunk, error) { return c.Trunks(cmd.Context()) },
				func(all []admin.Trunk, now time.Time) error { return writeTrunks(env, all, now) })
		},
	}
	a.watchFlags(cmd)
	cmd.AddCommand(newProbe(env))
	return cmd
}

// maxNotes is how many extensions that fail are told of below one trunk.
const maxNotes = 5

// writeTrunks writes all trunks, one a line, and below one what went wrong.
func writeTrunks(env environment, all []admin.Trunk, now time.Time) error {
	t := table{head: []string{"TRUNK", "STATE", "SINCE", "CALLS", "ADDRESS", "TRIP", "REGISTERED AS"}, most: []int{20, 0, 0, 0, 36, 0, 30}}
	for _, one := range all {
		var notes []string
		if one.LastError != "" {
			notes = append(notes, failure(one.Stand, now))
		}
		notes = append(notes, failingAccounts(one.Accounts, now)...)
		t.add(notes, one.Name, one.State, ago(now, one.Since), callsOf(one), one.Address, trip(one.RoundTripMS), registeredAs(one))
	}
	return t.write(env.out, "The configuration has no trunks.")
}

// failure says why the last attempt failed, and when the next one is.
func failure(s admin.Stand, now time.Time) string {
	text := wording.Shortened(s.LastError, 80)
	if !s.NextTry.IsZero() {
		text += "; next try in " + until(now, s.NextTry)
	}
	return text
}

// failingAccounts says which extensions of a PBX are not registered though they
// should be.
func failingAccounts(all []admin.TrunkAccount, now time.Time) []string {
	var notes []string
	more := 0
	for _, a := range all {
		switch {
		case a.LastError == "":
		case len(notes) == maxNotes:
			more++
		default:
			notes = append(notes, fmt.Sprintf("%s as %s: %s", a.User, a.Account, failure(a.Stand, now)))
		}
	}
	if more > 0 {
		notes = append(notes, fmt.Sprintf("and %d more", more))
	}
	return notes
}

// callsOf is the calls now, and their limit: "3/30".
func callsOf(t admin.Trunk) string {
	if t.MaxCalls == 0 {
		return fmt.Sprint(t.Calls)
	}
	return fmt.Sprintf("%d/%d", t.Calls, t.MaxCalls)
}

// trip is a round trip: "12ms", "0.4ms", "1.2s".
func trip(ms float64) string {
	switch {
	case ms <= 0:
		return ""
	case ms < 1:
		return fmt.Sprintf("%.1fms", max(ms, 0.1))
	case ms < 1000:
		return fmt.Sprintf("%.0fms", ms)
	}
	return fmt.Sprintf("%.1fs", ms/1000)
}

// registeredAs is who we are at a trunk.
func registeredAs(t admin.Trunk) string {
	if len(t.Accounts) > 0 {
		in := 0
		for _, a := range t.Accounts {
			if a.State == "registered" {
				in++
			}
		}
		return fmt.Sprintf("%d of %s", in, wording.Count(len(t.Accounts), "extension"))
	}
	return t.Account
}

// writeTrunk writes everything about one trunk.
func writeTrunk(env environment, t admin.Trunk, now time.Time) error {
	rows := append([][2]string{{"trunk", t.Name}, {"kind", t.Kind}, {"registered as", t.Account}}, standRows(t.Stand, now)...)
	rows = append(rows, [2]string{"secure media", t.Secure}, [2]string{"identities", strings.Join(t.Identities, ", ")}, [2]string{"calls", callsOf(t)})
	if t.MaxPerSecond > 0 {
		rows = append(rows, [2]string{"calls a second", fmt.Sprintf("at most %g", t.MaxPerSecond)})
	}
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(env.out, "%-15s %s\n", r[0], wording.Printable(r[1])); err != nil {
			return err
		}
	}
	if len(t.Accounts) == 0 {
		return nil
	}
	fmt.Fprintln(env.out)
	accounts := table{head: []string{"USER", "AS", "STATE", "SINCE", "EXPIRES", "TRIP", "CONTACT"}, most: []int{20, 20, 0, 0, 0, 0, 50}}
	for _, a := range t.Accounts {
		var notes []string
		if a.LastError != "" {
			notes = []string{failure(a.Stand, now)}
		}
		accounts.add(notes, a.User, a.Account, a.State, ago(now, a.Since), until(now, a.Expires), trip(a.RoundTripMS), a.Contact)
	}
	return accounts.write(env.out, "")
}

func standRows(s admin.Stand, now time.Time) [][2]string {
	state := s.State
	if !s.Since.IsZero() {
		state += " for " + ago(now, s.Since)
	}
	in := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return "in " + until(now, at)
	}
	return [][2]string{
		{"state", state},
		{"address", s.Address},
		{"round trip", trip(s.RoundTripMS)},
		{"contact", s.Contact},
		{"expires", in(s.Expires)},
		{"last error", s.LastError},
		{"next try", in(s.NextTry)},
	}
}
