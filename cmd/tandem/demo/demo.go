package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
)

// Options are what a demo is asked for, and what there is around it.
type Options struct {
	LAN      bool   // it listens on all addresses
	Reset    bool   // passwords and certificates are forgotten first
	Open     bool   // the first link is opened in a browser
	Verbose  bool   // every SIP message is logged
	PortBase int    // 0 means the usual ports
	Why      string // why the demo runs, where nobody asked for it

	Version string
	Getenv  func(string) string
	Out     io.Writer // of the banner
	Colored bool      // it may be sent colors
	Log     *slog.Logger
}

// Run runs the gateway of a configuration made up on the spot, until ctx ends.
func Run(ctx context.Context, o Options) error {
	began := time.Now()
	state, err := machine.DemoState(o.Getenv)
	if err != nil {
		return err
	}
	if o.Reset {
		if err := os.RemoveAll(state); err != nil {
			return fmt.Errorf("cannot remove %s: %w", state, machine.Why(err))
		}
	}
	if err := machine.MakeState(state); err != nil {
		return err
	}
	passwords, err := keptPasswords(filepath.Join(state, "passwords"))
	if err != nil {
		return fmt.Errorf("the demo's passwords cannot be kept in %s: %w", state, machine.Why(err))
	}
	g, b, err := open(o, state, passwords)
	if err != nil {
		return err
	}
	b.took, b.color = time.Since(began), o.Colored
	b.links = [2]string{g.PhoneLink("1001"), g.PhoneLink("1002")}
	b.console = g.ConsoleLink("demo")
	b.print(o.Out)
	if o.Open {
		openBrowser(ctx, b.link(0), o.Log)
	}
	return g.Run(ctx)
}

// open opens the gateway on the ports that are free, and says so in the banner.
func open(o Options, state string, passwords []string) (*gateway.Gateway, banner, error) {
	const tries = 3 // somebody may take a port after we have looked
	control := filepath.Join(state, machine.ControlName)
	var also []string
	for try := 1; ; try++ {
		ports, notes, err := findPorts(o)
		if err != nil {
			return nil, banner{}, err
		}
		b := banner{version: o.Version, why: o.Why, lan: o.LAN, ports: ports, notes: notes, passwords: passwords, server: hostOf(o)}
		text := fileText(o, state, ports, passwords)
		sources := []config.Source{{Name: "demo.hcl", Text: []byte(text)}}
		file, found := config.Check(state, sources, rules.Reading())
		if found.HasErrors() {
			return nil, b, fmt.Errorf("the demo's own configuration is wrong:\n%s", found)
		}
		g, err := gateway.Open(file, gateway.Options{
			Version: o.Version, State: state, Control: control, Names: localNames(), MadeUp: sources, Verbose: o.Verbose, Log: o.Log,
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
	for _, a := range machine.Addrs() {
		if !a.IsLoopback() {
			out = append(out, a.String())
		}
	}
	return out
}

// hostOf is what softphones are given as their domain and server.
func hostOf(o Options) netip.Addr {
	if a := machine.LANAddr(); o.LAN && a.IsValid() {
		return a
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
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
