package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/config"
)

type demoOptions struct {
	lan, reset, open, verbose bool
	portBase                  int    // 0 means the usual ports
	why                       string // why the demo runs, where nobody asked for it
}

func newDemo(env environment) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "run the whole gateway with nothing set up",
		Long: "demo runs a gateway on this machine only: users 1001, 1002 and 1003 with random\n" +
			"passwords, test numbers, a web phone. It prints links that open the phone.\n" +
			"Passwords and certificates are kept for the next time.",
		Example: "  tandem demo\n  tandem demo --lan            # for other devices in the local network\n" +
			"  tandem demo --port-base 20000",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("port-base") && (o.portBase < 1 || o.portBase > maxPortBase) {
				return usagef(cmd, "--port-base must be between 1 and %d", maxPortBase)
			}
			return demo(cmd.Context(), env, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.lan, "lan", false, "listen on all addresses, for other devices")
	f.BoolVar(&o.reset, "reset", false, "forget the demo's passwords and certificates first")
	f.BoolVar(&o.open, "open", false, "open the first link in a browser")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log every SIP message")
	f.IntVar(&o.portBase, "port-base", 0, "use the ports from `N` on, instead of 5060, 8080 and 8443")
	return cmd
}

// demo runs the gateway of a configuration made up on the spot.
func demo(ctx context.Context, env environment, o demoOptions) error {
	began := time.Now()
	state, err := demoState(env.getenv)
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	if o.reset {
		if err := os.RemoveAll(state); err != nil {
			return exitf(exitFailed, "cannot remove %s: %v", state, why(err))
		}
	}
	if err := makeState(state); err != nil {
		return exitf(exitFailed, "%v", err)
	}
	passwords, err := demoPasswords(filepath.Join(state, "passwords"))
	if err != nil {
		return exitf(exitFailed, "the demo's passwords cannot be kept in %s: %v", state, why(err))
	}
	log := newLog(env, o.verbose)
	g, b, err := openDemo(o, state, passwords, log)
	if err != nil {
		return exitf(exitFailed, "%v", err)
	}
	b.took, b.color = time.Since(began), env.colored()
	b.links = [2]string{g.sessions.Issue("1001"), g.sessions.Issue("1002")}
	b.console = g.api.Link("demo", api.Admin)
	b.print(env.out)
	if o.open {
		openBrowser(ctx, b.link(0), log)
	}
	if err := g.Run(ctx); err != nil {
		return exitf(exitFailed, "%v", err)
	}
	return nil
}

// openDemo opens the gateway on the ports that are free, and says so in the banner.
func openDemo(o demoOptions, state string, passwords []string, log *slog.Logger) (*gateway, banner, error) {
	const tries = 3 // somebody may take a port after we have looked
	control := filepath.Join(state, controlName)
	var also []string
	for try := 1; ; try++ {
		ports, notes, err := demoPorts(o)
		if err != nil {
			return nil, banner{}, err
		}
		b := banner{why: o.why, lan: o.lan, ports: ports, notes: notes, passwords: passwords, server: demoHost(o)}
		text := demoFile(o, state, ports, passwords)
		sources := []config.Source{{Name: "demo.hcl", Text: []byte(text)}}
		file, found := config.Check(state, sources, config.Options{Sounds: soundNames(), Playable: playable})
		if found.HasErrors() {
			return nil, b, fmt.Errorf("the demo's own configuration is wrong:\n%s", found)
		}
		g, err := open(file, gatewayOptions{
			state: state, control: control, names: localNames(), madeUp: sources, trace: tracer(log, o.verbose), log: log,
		})
		switch {
		case errors.Is(err, syscall.EADDRINUSE) && try < tries:
			continue
		case errors.Is(err, admin.ErrHeld) && control != "":
			control, also = "", []string{"another demo is running: `tandem status` and other verbs ask that one"}
			continue
		case err != nil:
			return nil, b, err
		}
		ca, err := certs.ExportCA(state)
		if err != nil {
			return nil, b, errors.Join(err, g.Close())
		}
		b.authority, b.notes = ca.Fingerprint, slices.Concat(b.notes, also, b.warnings(g))
		return g, b, nil
	}
}

// localNames are the addresses of this machine, so that the demo's certificate
// authority may sign them also when --lan comes later.
func localNames() []string {
	var out []string
	for _, a := range localAddrs() {
		if !a.IsLoopback() {
			out = append(out, a.String())
		}
	}
	return out
}

// demoHost is what softphones are given as their domain and server.
func demoHost(o demoOptions) netip.Addr {
	if a := lanAddr(); o.lan && a.IsValid() {
		return a
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// lanAddr is the address that others in the local network most likely reach us at:
// that of the way out, else the first; the zero Addr where there is none.
func lanAddr() netip.Addr {
	out := sourceFor(netip.AddrFrom4([4]byte{203, 0, 113, 1})) // TEST-NET-3 (RFC 5737); nothing is sent there
	if !out.IsUnspecified() && !out.IsLoopback() {
		return out
	}
	var six netip.Addr
	for _, a := range localAddrs() {
		switch {
		case a.IsLoopback():
		case a.Is4():
			return a
		case !six.IsValid():
			six = a
		}
	}
	return six
}

// openBrowser is a convenience: where it fails, the link is there to be clicked.
func openBrowser(ctx context.Context, link string, log *slog.Logger) {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	cmd := exec.CommandContext(ctx, opener, link)
	if err := cmd.Start(); err != nil {
		log.Warn("no browser opened; open the link above", "reason", err)
		return
	}
	go func() { _ = cmd.Wait() }() // ends with the program that was started, or with ctx
}
