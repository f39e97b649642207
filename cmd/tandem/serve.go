package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

type serveOptions struct {
	path    string
	verbose bool
}

func newServe(env environment) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:     "serve [-c FILE or FOLDER]",
		Short:   "run the gateway",
		Example: "  tandem serve -c tandem.hcl\n  tandem serve -v              # with every SIP message",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), env, o)
		},
	}
	configFlag(cmd, &o.path)
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	return cmd
}

// serve runs the gateway of a configuration until ctx ends.
func serve(ctx context.Context, env environment, o serveOptions) error {
	file, found, err := load(env, o.path)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		fmt.Fprintln(env.err, found)
	}
	log := newLog(env, o.verbose)
	g, err := open(file, gatewayOptions{
		state: stateOf(file, env.getenv), numbers: phoneNumbers(file), trace: tracer(log, o.verbose), log: log,
	})
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	for _, l := range file.Listen.Web {
		log.Info("listening", "web", l.String())
	}
	for _, s := range g.sip {
		log.Info("listening", "sip", s.Addr().String()+"/udp")
	}
	for _, a := range g.mux.Addrs() {
		log.Info("listening", "media", a.String()+"/udp")
	}
	log.Info("ready", "version", version, "domain", file.Domain, "users", len(file.Users), "trunks", len(file.Trunks))
	err = g.Run(ctx)
	log.Info("stopped")
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return nil
}

// newLog writes for people on a terminal and for programs elsewhere.
func newLog(env environment, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	if env.terminal() {
		return slog.New(slog.NewTextHandler(env.err, o))
	}
	return slog.New(slog.NewJSONHandler(env.err, o))
}

// tracer logs every SIP message, with credentials blotted out; nil unless asked
// for.
func tracer(log *slog.Logger, verbose bool) func(*flow.Flow, txn.Direction, []byte) {
	if !verbose {
		return nil
	}
	return func(f *flow.Flow, dir txn.Direction, raw []byte) {
		way := "received"
		if dir == txn.Out {
			way = "sent"
		}
		log.Debug(way, "path", f.Kind().String(), "remote", f.Remote().String(), "message", withoutSecrets(string(raw)))
	}
}

// stateOf is the folder for what is kept.
func stateOf(file *config.File, getenv func(string) string) string {
	if file.State != "" {
		return file.State
	}
	if os.Geteuid() == 0 {
		return "/var/lib/tandem"
	}
	return stateHome(getenv)
}

func stateHome(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "tandem")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "tandem")
	}
	return filepath.Join(os.TempDir(), "tandem")
}

// phoneNumbers are the buttons of the web phone: the test numbers, where the
// dialplan has them, and the other users.
func phoneNumbers(file *config.File) []admin.Number {
	out := testNumbers(file)
	for _, u := range file.Users {
		if len(out) >= 24 {
			break
		}
		label := u.DisplayName
		if label == "" {
			label = u.Name
		}
		out = append(out, admin.Number{Number: u.Name, Label: label})
	}
	return out
}
