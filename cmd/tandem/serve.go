package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

type serveOptions struct {
	path    string
	verbose bool
	watch   bool
	drain   time.Duration
}

func newServe(env environment) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve [-c FILE or FOLDER]",
		Short: "run the gateway",
		Long: "serve runs the gateway of a configuration until it is told to stop: by Ctrl-C or\n" +
			"SIGTERM. Calls are then ended, within 5 seconds; with --drain-timeout they may\n" +
			"first end by themselves. SIGHUP has it read the configuration again, as\n" +
			"`tandem reload` does.",
		SuggestFor: []string{"run", "start"},
		Example:    "  tandem serve -c tandem.hcl\n  tandem serve -v              # with every SIP message",
		Args:       takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), env, o)
		},
	}
	configFlag(cmd, &o.path)
	cmd.Flags().BoolVar(&o.watch, "watch", false, "reload whenever the configuration has changed")
	cmd.Flags().DurationVar(&o.drain, "drain-timeout", 0, "wait so `LONG` for calls to end when told to stop, such as 10m")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	return cmd
}

// serve runs the gateway of a configuration until ctx ends.
func serve(ctx context.Context, env environment, o serveOptions) error {
	path, err := find(env, o.path)
	if err != nil {
		return err
	}
	read := sumOf(path) // before it is read, so that no change after it is missed
	file, found, err := loadFrom(env, path)
	if err != nil {
		return err
	}
	state, err := stateOf(file, env.getenv)
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	if !isTerminal(env.err) {
		lines := &gathering{to: env.err}
		defer lines.flush()
		env.err = lines
	}
	log := newLog(env, o.verbose)
	logFound(env, log, found)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	g, err := open(file, gatewayOptions{
		state: state, control: controlSocket(file, state), load: loadAgain(path),
		path: path, read: read, watch: o.watch, hangups: hangups, patience: o.drain, trace: tracer(log, o.verbose), log: log, starter: supervisorOf(env.getenv),
	})
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	listening := g.listening()
	for _, w := range listening.web {
		log.Info("listening", "web", w.Addr().String(), "secure", w.secure)
	}
	for _, s := range listening.udp {
		log.Info("listening", "sip", s.Addr().String()+"/udp")
	}
	for _, s := range listening.streams {
		log.Info("listening", "sip", s.Addr().String()+"/"+s.transport)
	}
	for _, a := range g.mux.Addrs() {
		log.Info("listening", "media", a.String()+"/udp")
	}
	for _, r := range listening.relays {
		for _, l := range r.Listening() {
			log.Info("listening", "turn", fmt.Sprintf(":%d/%s", l.Port, l.Network))
		}
	}
	log.Info("ready", "version", version, "domain", file.Domain, "users", len(file.Users), "trunks", len(file.Trunks))
	err = g.Run(ctx)
	log.Info("stopped")
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return nil
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
