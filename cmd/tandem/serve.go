package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

type serveOptions struct {
	path    string
	verbose bool
	watch   bool
	drain   time.Duration
	ahead   bool // of whatever else the machine does
	decided bool // ahead was said, either way
}

func newServe(env environment) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve [-c FILE or FOLDER]",
		Short: "run the gateway",
		Long: "serve runs the gateway of a configuration until it is told to stop: by Ctrl-C or\n" +
			"SIGTERM. Calls are then ended, within 5 seconds; with --drain-timeout they may\n" +
			"first end by themselves. SIGHUP has it read the configuration again, as\n" +
			"`tandem reload` does. Where the system lets it, and the machine has a second core\n" +
			"for the others, it runs before every program that has no real-time priority: with\n" +
			"--realtime wherever it may, and it says where it may not; with --realtime=false\n" +
			"never. While it takes nearly all of the cores that it may use, it gives way.",
		SuggestFor: []string{"run", "start"},
		Example:    "  tandem serve -c tandem.hcl\n  tandem serve -v              # with every SIP message",
		Args:       takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.decided = cmd.Flags().Changed("realtime")
			return serve(cmd.Context(), env, o)
		},
	}
	configFlag(cmd, &o.path)
	cmd.Flags().BoolVar(&o.watch, "watch", false, "reload whenever the configuration has changed")
	cmd.Flags().DurationVar(&o.drain, "drain-timeout", 0, "wait so `LONG` for calls to end when told to stop, such as 10m")
	cmd.Flags().BoolVar(&o.ahead, "realtime", false, "run ahead of what else the machine does")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	return cmd
}

// serve runs the gateway of a configuration until ctx ends.
func serve(ctx context.Context, env environment, o serveOptions) error {
	path, err := find(env, o.path)
	if err != nil {
		return err
	}
	read := gateway.SumOf(path) // before it is read, so that no change after it is missed
	file, found, err := loadFrom(env, path)
	if err != nil {
		return err
	}
	state, err := machine.StateOf(file, env.getenv)
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
	defer goAhead(ctx, env, o, log)()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	g, err := gateway.Open(file, gateway.Options{
		Version: version, State: state, Control: machine.ControlSocket(file, state),
		Path: path, Read: read, Watch: o.watch, Hangups: hangups, Patience: o.drain, Verbose: o.verbose, Log: log, Starter: machine.SupervisorOf(env.getenv),
	})
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	g.TellListening()
	log.Info("ready", "version", version, "domain", file.Domain, "users", len(file.Users), "trunks", len(file.Trunks))
	err = g.Run(ctx)
	log.Info("stopped")
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return nil
}

// goAhead has the process run ahead of what else the machine does, where it is to, and says
// so; that it may not, where it was asked to. It gives way to the others while it takes
// nearly all of its cores, until stop is called.
func goAhead(ctx context.Context, env environment, o serveOptions, log *slog.Logger) (stop func()) {
	p, wanted := env.priority, o.ahead
	if !o.decided { // the others have a core that calls do not take whole
		wanted = p != nil && p.Cores > 1
	}
	if !wanted {
		return func() {}
	}
	err := errors.ErrUnsupported
	if p != nil {
		err = p.Raise()
	}
	switch {
	case err != nil && o.decided:
		log.Warn("packets wait for whatever else runs", "error", err, "hint", "run as root, with CAP_SYS_NICE, or with LimitRTPRIO=10 of systemd")
		return func() {}
	case err != nil:
		return func() {}
	}
	log.Info("packets go before what else the machine does", "scheduling", "SCHED_RR")
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // while calls end, too
	var watching sync.WaitGroup
	watching.Go(func() { p.Yield(ctx, log) })
	return func() { cancel(); watching.Wait() }
}
