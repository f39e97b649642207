package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
)

// asking is what the verbs that ask a running gateway share.
type asking struct {
	path   string
	asJSON bool
}

// flags are those of every such verb; of one that only acts, without --json.
func (a *asking) flags(cmd *cobra.Command, shows bool) {
	configFlag(cmd, &a.path)
	if shows {
		cmd.Flags().BoolVar(&a.asJSON, "json", false, "write JSON, for programs")
	}
}

// writeJSON writes a view for programs.
func writeJSON(env environment, v any) error {
	e := json.NewEncoder(env.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// show asks a running gateway for a view and writes it, for people or for programs.
func show[T any](cmd *cobra.Command, env environment, a asking, get func(*admin.Client) (T, error), people func(T, time.Time) error) error {
	client, err := reach(cmd.Context(), env, a.path)
	if err != nil {
		return err
	}
	v, err := get(client)
	if err != nil {
		return asked(err)
	}
	if a.asJSON {
		return writeJSON(env, v)
	}
	return people(v, time.Now())
}

// takesUpTo is a check that a verb was given these arguments or fewer.
func takesUpTo(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		return takes(names[:min(len(args), len(names))]...)(cmd, args)
	}
}
