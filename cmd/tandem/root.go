package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/demo"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
)

// The exit codes, which programs rely on. An interrupt that does not wait for the
// end gives 130.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitUnreachable = 4 // no gateway is running
	exitNotFound    = 5
	exitExpectation = 6
	exitDenied      = 7 // not permitted
	exitInterrupted = 130
)

// exit is an error that has its own exit code. An empty text has been said
// already.
type exit struct {
	code int
	text string
}

func (e *exit) Error() string { return e.text }

func exitf(code int, format string, args ...any) error {
	return &exit{code, fmt.Sprintf(format, args...)}
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, env environment) int {
	env.out = &screen{Writer: env.out}
	if slices.Contains(args, "--no-color") {
		env = env.plainly()
	}
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.in)
	root.SetOut(env.out)
	root.SetErr(env.err)
	err := unknownVerb(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	var e *exit
	switch {
	case err == nil:
		return exitOK
	case !errors.As(err, &e):
		e = &exit{exitFailed, err.Error()}
	}
	switch {
	case e.text != "" && wantsJSON(args):
		_ = json.NewEncoder(env.err).Encode(map[string]any{"error": e.text, "code": e.code}) // nobody may read it
	case e.text != "":
		fmt.Fprintln(env.err, "tandem: "+e.text)
	}
	return e.code
}

// wantsJSON says that what is written is for a program, whatever verb it is and however
// wrong the rest.
func wantsJSON(args []string) bool {
	for i, a := range args {
		switch a {
		case "--json", "--json=true", "-ojson", "-o=json", "--output=json":
			return true
		case "-o", "--output":
			if i+1 < len(args) && args[i+1] == "json" {
				return true
			}
		case "--":
			return false
		}
	}
	return false
}

func newRoot(env environment) *cobra.Command {
	var o serveOptions
	var showVersion bool
	root := &cobra.Command{
		Use:   "tandem",
		Short: "a gateway between browsers and telephones",
		Long: "tandem lets a web browser and the telephone world talk, steered by a dialplan.\n" +
			"Without a verb it runs the gateway of the configuration that is found, or, on a\n" +
			"terminal and without one, the demo. `audit`, `bans`, `debug`, `completion` and `man` are verbs too.",
		Example:       "  tandem                              # the demo, where nothing is configured",
		SilenceErrors: true, SilenceUsage: true,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return printVersion(env)
			}
			return runFound(cmd.Context(), env, o)
		},
	}
	configFlag(root, &o.path)
	root.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.PersistentFlags().Bool("no-color", false, "no colors; $NO_COLOR says the same")
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp(root))
	root.AddCommand(newDemo(env), newServe(env), newCheck(env), newConfig(env), newFmt(env), newTest(env), newRoute(env))
	root.AddCommand(newStatus(env), newUsers(env), newRegistrations(env), newTrunks(env))
	root.AddCommand(newCall(env), newCalls(env), newHangup(env), newRecord(env), newTrace(env), newPCAP(env), newCapture(env))
	root.AddCommand(newRooms(env), newQueues(env), newVoicemail(env))
	root.AddCommand(newWhy(env), newDoctor(env))
	root.AddCommand(newReload(env), newDrain(env), newBackup(env), newCerts(env), newAdmins(env), newTokens(env), newAudit(env), newBans(env), newDebug(env))
	root.AddCommand(newCompletion(env), newMan(), newVersion(env))
	return root
}

// runFound serves the configuration that there is, or else runs the demo: on a
// terminal only, since a service must not become a demo by accident.
func runFound(ctx context.Context, env environment, o serveOptions) error {
	_, err := config.Find(o.path, env.getenv, machine.Exists)
	switch {
	case err == nil:
		return serve(ctx, env, o)
	case env.terminal():
		return runDemo(ctx, env, demo.Options{Why: "no configuration found", Verbose: o.verbose})
	}
	return exitf(exitConfig, "%v; run `tandem demo` to try it, or `tandem serve -c FILE`", err)
}

// load reads the configuration for a verb and prints what is wrong with it.
func load(env environment, flag string) (*config.File, config.Diagnostics, error) {
	path, err := find(env, flag)
	if err != nil {
		return nil, nil, err
	}
	return loadFrom(env, path)
}

// find says where the configuration is.
func find(env environment, flag string) (string, error) {
	path, err := config.Find(flag, env.getenv, machine.Exists)
	if err != nil {
		return "", nowhere(err)
	}
	return path, nil
}

// nowhere says what to do where there is no configuration.
func nowhere(err error) error {
	return exitf(exitConfig, "%v, and the demo keeps none; -c names one elsewhere, `tandem config init` begins one", err)
}

// loadFrom is load of what was found.
func loadFrom(env environment, path string) (*config.File, config.Diagnostics, error) {
	file, found := config.Load(path, rules.Reading())
	if found.HasErrors() {
		printFound(env, found)
		return nil, found, exitf(exitConfig, "%s in %s", found.Summary(), path)
	}
	return file, found, nil
}

// printFound writes diagnostics for people.
func printFound(env environment, found config.Diagnostics) {
	if len(found) > 0 {
		fmt.Fprintln(env.err, strings.TrimRight(found.String(), "\n"))
	}
}

// logFound writes warnings where the log is read by programs, and for people else.
func logFound(env environment, log *slog.Logger, found config.Diagnostics) {
	if isTerminal(env.err) {
		printFound(env, found)
		return
	}
	for _, d := range found {
		log.Warn(d.Message, "file", d.File, "line", d.Line, "column", d.Column, "hint", d.Hint)
	}
}
