package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

func newTokens(env environment) *cobra.Command {
	var a asking
	list := func(cmd *cobra.Command, _ []string) error {
		return show(cmd, env, a, func(c *admin.Client) ([]api.Token, error) { return tokensOf(cmd.Context(), c) },
			func(all []api.Token, now time.Time) error { return writeTokens(env, all, now) })
	}
	cmd := &cobra.Command{
		Use: "tokens", Short: "list the tokens that programs ask with; make some and take them back",
		Long: "tokens lists what programs, and `tandem --server` elsewhere, ask the running gateway\n" +
			"with: whose each is, what it may do, until when, and when it was last used.",
		Example: "  tandem tokens\n  tandem tokens create wallboard --role viewer --days 365\n  tandem tokens remove 5jq2w7xkcrvd",
		Args:    takes(), RunE: list,
	}
	a.flags(cmd, true)
	below := &cobra.Command{Use: "list", Short: "list the tokens", Example: "  tandem tokens list", Args: takes(), RunE: list}
	a.flags(below, true)
	cmd.AddCommand(below, newTokensCreate(env), newTokensRemove(env))
	return cmd
}

func tokensOf(ctx context.Context, c *admin.Client) ([]api.Token, error) {
	var v api.Tokens
	err := c.Ask(ctx, http.MethodGet, "tokens", nil, &v)
	return v.Tokens, err
}

func writeTokens(env environment, all []api.Token, now time.Time) error {
	t := table{head: []string{"TOKEN", "NAME", "ROLE", "MADE BY", "AGO", "USED", "ENDS"}, most: []int{0, 32, 0, 20}}
	for _, one := range all {
		ends := "never"
		switch {
		case one.Expires.IsZero():
		case !now.Before(one.Expires):
			ends = "over"
		default:
			ends = "in " + until(now, one.Expires)
		}
		used := "never"
		if !one.Used.IsZero() {
			used = ago(now, one.Used) + " ago"
		}
		t.add(nil, one.ID, one.Name, one.Role, one.Owner, ago(now, one.Created), used, ends)
	}
	return t.write(env.out, "There is no token.")
}

func newTokensCreate(env environment) *cobra.Command {
	var a asking
	var made api.NewToken
	cmd := &cobra.Command{
		Use: "create NAME", Short: "make a token, and print it: it cannot be shown again",
		Long: "create makes a token and writes it to the standard output, and what it is to the other.\n" +
			"NAME says what it is for. Of a token only a digest is kept.",
		SuggestFor: []string{"add", "new", "make", "issue"},
		Example: "  tandem tokens create wallboard\n  tandem tokens create backup-script --role admin --days 90 > token\n" +
			"  export TANDEM_TOKEN=$(tandem tokens create laptop --role operator)",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			made.Name = args[0]
			var v api.MadeToken
			if err := client.Ask(cmd.Context(), http.MethodPost, "tokens", made, &v); err != nil {
				return asked(err)
			}
			if a.asJSON {
				return writeJSON(env, v)
			}
			ends := "for ever"
			if !v.Expires.IsZero() {
				ends = "until " + v.Expires.Local().Format(time.DateOnly)
			}
			fmt.Fprintf(env.err, "token %s of role %s, good %s\n", wording.Printable(v.ID), wording.Printable(v.Role), ends)
			_, err = fmt.Fprintln(env.out, wording.Printable(v.Secret))
			return err
		},
	}
	a.flags(cmd, true)
	made.Role = api.Viewer.String()
	cmd.Flags().Var(oneOf{&made.Role, []string{api.Viewer.String(), api.Operator.String(), api.Admin.String()}}, "role", "`ROLE`: viewer, operator or admin")
	cmd.Flags().Var(days{&made.Days}, "days", "how many `DAYS` it is good for; 0 means for ever")
	return cmd
}

func newTokensRemove(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "remove TOKEN", Short: "take a token back: whoever has it is refused from now on",
		SuggestFor: []string{"delete", "revoke"}, Aliases: []string{"rm"},
		Example: "  tandem tokens remove 5jq2w7xkcrvd     # as `tandem tokens` names it",
		Args:    takes("TOKEN"),
		ValidArgsFunction: completing(env, &a, func(ctx context.Context, c *admin.Client, args []string) (words []string) {
			if len(args) > 0 {
				return nil
			}
			all, err := tokensOf(ctx, c)
			if err != nil {
				return nil
			}
			for _, t := range all {
				words = append(words, described(t.ID, t.Name+", "+t.Role))
			}
			return words
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.reach(cmd.Context(), env)
			if err != nil {
				return err
			}
			if err := a.confirm(env, "Take token %s back?", args[0]); err != nil {
				return err
			}
			return asked(client.Ask(cmd.Context(), http.MethodDelete, "tokens/"+url.PathEscape(args[0]), nil, nil))
		},
	}
	a.flags(cmd, false)
	a.askFlags(cmd)
	return cmd
}

// oneOf is the value of a flag that is one of a few words.
type oneOf struct {
	to    *string
	words []string
}

// String implements pflag.Value.
func (o oneOf) String() string {
	if o.to == nil {
		return ""
	}
	return *o.to
}

// Type implements pflag.Value.
func (oneOf) Type() string { return "WORD" }

// Set implements pflag.Value.
func (o oneOf) Set(text string) error {
	for _, w := range o.words {
		if w == text {
			*o.to = text
			return nil
		}
	}
	return fmt.Errorf("it is one of %s", joined(o.words))
}

// maxDays is how long a token may be good for.
const maxDays = 3650

// days is the value of --days.
type days struct{ to *int }

// String implements pflag.Value.
func (d days) String() string {
	if d.to == nil {
		return "0"
	}
	return strconv.Itoa(*d.to)
}

// Type implements pflag.Value.
func (days) Type() string { return "DAYS" }

// Set implements pflag.Value.
func (d days) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxDays {
		return fmt.Errorf("it is between 0 and %d", maxDays)
	}
	*d.to = n
	return nil
}
