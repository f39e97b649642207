package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/config"
)

// The exit codes, which programs rely on.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitNotFound    = 5
	exitExpectation = 6
	exitInterrupted = 130
)

// environment is what a command has around it; tests bring their own.
type environment struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// terminal says whether the command talks to a person.
func (e environment) terminal() bool {
	f, ok := e.out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Name() != "null"
}

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
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.in)
	root.SetOut(env.out)
	root.SetErr(env.err)
	err := root.ExecuteContext(ctx)
	var e *exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		if e.text != "" {
			fmt.Fprintln(env.err, "tandem: "+e.text)
		}
		return e.code
	}
	fmt.Fprintln(env.err, "tandem: "+err.Error())
	return exitUsage
}

func newRoot(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "tandem",
		Short: "a gateway between browsers and telephones",
		Long: "tandem lets a web browser and the telephone world talk: SIP over WebSocket and\n" +
			"WebRTC on one side, SIP over UDP and G.711 on the other, steered by a dialplan.\n\n" +
			"Without arguments it runs the gateway of the configuration that is found, or, on\n" +
			"a terminal and without one, the demo.",
		Example:       "  tandem                     # the demo, where nothing is configured\n  tandem serve -c /etc/tandem/tandem.hcl",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := config.Find("", env.getenv, exists)
			switch {
			case err == nil:
				return serve(cmd.Context(), env, serveOptions{path: path})
			case env.terminal():
				return demo(cmd.Context(), env, demoOptions{why: "no configuration found"})
			}
			return exitf(exitConfig, "%v; run `tandem demo` to try it, or `tandem serve -c FILE`", err)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(newDemo(env), newServe(env), newCheck(env), newTest(env), newRoute(env), newCerts(env), newVersion(env))
	return root
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// load reads the configuration for a verb and prints what is wrong with it.
func load(env environment, flag string) (*config.File, config.Diagnostics, error) {
	path, err := config.Find(flag, env.getenv, exists)
	if err != nil {
		return nil, nil, exitf(exitConfig, "%v", err)
	}
	file, found := config.Load(path, config.Options{Sounds: soundNames()})
	if found.HasErrors() {
		fmt.Fprintln(env.err, strings.TrimRight(found.String(), "\n"))
		return nil, found, exitf(exitConfig, "%s in %s", found.Summary(), path)
	}
	return file, found, nil
}
