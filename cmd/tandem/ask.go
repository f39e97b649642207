package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// watchEvery is how often a view is asked for that is watched.
const watchEvery = time.Second

// asking is what the verbs that ask a running gateway share.
type asking struct {
	place
	asJSON bool
	wide   bool // tables are not shortened
	watch  bool
	yes    bool // nothing is asked before it is done
}

// flags are those of every such verb; of one that only acts, without --json.
func (a *asking) flags(cmd *cobra.Command, shows bool) {
	a.placeFlags(cmd)
	if shows {
		a.jsonFlags(cmd)
	}
}

// jsonFlags let the answer be for programs.
func (a *asking) jsonFlags(cmd *cobra.Command) {
	if cmd.Flags().Lookup("config") == nil {
		a.placeFlags(cmd)
	}
	cmd.Flags().BoolVar(&a.asJSON, "json", false, "write JSON, for programs: -o json")
	cmd.Flags().VarP(form{a}, "output", "o", "`FORM` of the answer: table, wide or json")
}

// watchFlags are flags of a verb that shows something that changes.
func (a *asking) watchFlags(cmd *cobra.Command) {
	a.flags(cmd, true)
	cmd.Flags().BoolVarP(&a.watch, "watch", "w", false, "show it anew each second, until Ctrl-C")
}

// askFlags let a verb that cannot be undone be done without a question.
func (a *asking) askFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&a.yes, "yes", "y", false, "do not ask first")
}

// form is the value of --output.
type form struct{ a *asking }

// String implements pflag.Value.
func (form) String() string { return "" }

// Type implements pflag.Value.
func (form) Type() string { return "FORM" }

// Set implements pflag.Value.
func (f form) Set(text string) error {
	switch text {
	case "table", "wide", "json":
		f.a.wide, f.a.asJSON = text == "wide", text == "json"
		return nil
	}
	return errors.New("it is table, wide or json")
}

// confirm asks a person whether to go on. Nobody is asked where -y is given, or
// where nobody could answer.
func (a *asking) confirm(env environment, format string, args ...any) error {
	f, ok := env.in.(*os.File)
	if a.yes || !ok || !isTerminal(f) {
		return nil
	}
	fmt.Fprint(env.err, wording.Printable(fmt.Sprintf(format, args...))+" [y/N] ")
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return exitf(exitFailed, "%v", machine.Why(err))
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return exitf(exitFailed, "nothing was done")
}

// writeJSON writes a view for programs.
func writeJSON(env environment, v any) error {
	e := json.NewEncoder(env.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// show asks a running gateway for a view and writes it, for people or for programs;
// once, or until it is interrupted.
func show[T any](cmd *cobra.Command, env environment, a asking, get func(*admin.Client) (T, error), people func(T, time.Time) error) error {
	client, err := a.reach(cmd.Context(), env)
	if err != nil {
		return err
	}
	widen(env.out, a.wide)
	once := func() error {
		v, err := get(client)
		switch {
		case err != nil:
			return asked(err)
		case a.asJSON:
			return writeJSON(env, v)
		}
		return people(v, time.Now())
	}
	if !a.watch {
		return once()
	}
	return watching(cmd.Context(), env, once)
}

// watching does something each second until ctx ends; on a terminal always at its
// top.
func watching(ctx context.Context, env environment, once func() error) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if env.terminal() {
			fmt.Fprint(env.out, "\x1b[H\x1b[2J")
		}
		if err := once(); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// takesUpTo is a check that a verb was given these arguments or fewer.
func takesUpTo(names ...string) cobra.PositionalArgs { return takesFrom(0, names...) }

// takesFrom is takes with the first least of names, and as many more of them as are given.
func takesFrom(least int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		return takes(names[:max(least, min(len(args), len(names)))]...)(cmd, args)
	}
}
