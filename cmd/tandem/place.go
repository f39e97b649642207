package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
)

// place is where the gateway is that a verb asks: on this machine, by its
// configuration or the path of its control socket, or on the network.
type place struct {
	path              string // of the configuration
	server, token, ca string
}

// placeFlags are the flags of every verb that asks.
func (p *place) placeFlags(cmd *cobra.Command) {
	configFlag(cmd, &p.path)
	p.serverFlags(cmd)
}

// serverFlags are those of a gateway on the network.
func (p *place) serverFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.server, "server", "", "ask the gateway at `URL`, such as https://HOST:8443, or unix:PATH ($TANDEM_SERVER)")
	f.StringVar(&p.token, "token", "", "the `TOKEN` to ask it with, or @FILE ($TANDEM_TOKEN)")
	f.StringVar(&p.ca, "ca", "", "`FILE` of the authority of its certificate ($TANDEM_CA)")
}

// remote is the gateway on the network that is asked; empty for one of this machine.
// A configuration that was named counts more than the environment.
func (p place) remote(env environment) string {
	if p.server == "" && p.path != "" {
		return ""
	}
	return cmp.Or(p.server, env.getenv("TANDEM_SERVER"))
}

// host is what the machine of the gateway is called here.
func (p place) host(env environment) (string, error) {
	server := p.remote(env)
	if server == "" || strings.HasPrefix(server, "unix:") {
		return "127.0.0.1", nil
	}
	u, err := admin.ParseServer(server)
	if err != nil {
		return "", exitf(exitUsage, "--server %s: %v", wording.Printable(server), err)
	}
	return u.Hostname(), nil
}

// asksRunning says that a verb that could read the configuration asks the gateway: one on
// the network, or the one that runs here where there is no file, such as the demo.
func (p place) asksRunning(ctx context.Context, env environment) bool {
	if p.remote(env) != "" {
		return true
	}
	if _, err := config.Find(p.path, env.getenv, machine.Exists); err == nil {
		return false
	}
	_, err := reachHere(ctx, env, p.path)
	e, ok := errors.AsType[*exit](err)
	return !ok || e.code != exitUnreachable // one that may not be asked says so
}

// runningDemo is the state folder of the demo that runs here, for verbs that read what a
// gateway keeps; where there is a configuration it is not asked. It is an error that there
// is neither.
func runningDemo(ctx context.Context, env environment, flag string) (state string, runs bool, err error) {
	_, missing := config.Find(flag, env.getenv, machine.Exists)
	if missing == nil {
		return "", false, nil
	}
	if _, err := reachHere(ctx, env, flag); err != nil {
		if e, ok := errors.AsType[*exit](err); ok && e.code == exitUnreachable {
			return "", false, exitf(exitConfig, "%v, and no demo is running either; -c names one elsewhere, `tandem demo` runs one", missing)
		}
		return "", false, err
	}
	state, err = machine.DemoState(env.getenv)
	if err != nil {
		return "", false, exitf(exitFailed, "%v", err)
	}
	return state, true, nil
}

// reach finds the running gateway.
func (p place) reach(ctx context.Context, env environment) (*admin.Client, error) {
	server := p.remote(env)
	if server == "" {
		return reachHere(ctx, env, p.path)
	}
	if path, ok := strings.CutPrefix(server, "unix:"); ok {
		return reachSockets(ctx, []string{strings.TrimPrefix(path, "//")}, "")
	}
	if _, err := admin.ParseServer(server); err != nil {
		return nil, exitf(exitUsage, "--server %s: %v", wording.Printable(server), err)
	}
	token, err := secretOf(cmp.Or(p.token, env.getenv("TANDEM_TOKEN")))
	if err != nil {
		return nil, err
	}
	if token == "" {
		return nil, exitf(exitUsage, "%s wants a token: --token or $TANDEM_TOKEN; `tandem tokens create` on its machine makes one", wording.Printable(server))
	}
	roots, err := p.roots(env)
	if err != nil {
		return nil, err
	}
	client, err := admin.NewRemoteClient(admin.Remote{Server: server, Token: token, Roots: roots})
	if err != nil {
		return nil, exitf(exitUsage, "--server %s: %v", wording.Printable(server), err)
	}
	return client, nil
}

// secretOf is a secret of the command line, which @FILE keeps from the list of
// processes.
func secretOf(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "@")
	if !ok {
		return strings.TrimSpace(text), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", exitf(exitFailed, "cannot read %s: %v", path, machine.Why(err))
	}
	defer f.Close()
	line, err := firstLine(f)
	if err != nil {
		return "", exitf(exitFailed, "there is nothing in %s", path)
	}
	return strings.TrimSpace(line), nil
}

// roots are the authorities that are believed: that of --ca alone where it is given,
// else the system's and that of the gateway of this machine.
func (p place) roots(env environment) (*x509.CertPool, error) {
	if path := cmp.Or(p.ca, env.getenv("TANDEM_CA")); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, exitf(exitFailed, "cannot read %s: %v", path, machine.Why(err))
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, exitf(exitFailed, "there is no certificate in %s", path)
		}
		return pool, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, folder := range stateFolders(env, p.path) {
		if ca, err := certs.ExportCA(folder); err == nil {
			pool.AppendCertsFromPEM(ca.PEM)
		}
	}
	return pool, nil
}

// stateFolders are where a gateway of this machine may keep its authority.
func stateFolders(env environment, flag string) (folders []string) {
	path, err := config.Find(flag, env.getenv, machine.Exists)
	if err != nil {
		if demo, err := machine.DemoState(env.getenv); err == nil {
			folders = append(folders, demo)
		}
		return folders
	}
	state, found := config.LoadState(path)
	if found.HasErrors() {
		return nil
	}
	if state != "" {
		return []string{state}
	}
	if home, err := machine.StateHome(env.getenv); err == nil {
		folders = append(folders, home)
	}
	return append(folders, "/var/lib/tandem")
}

// reachHere finds the running gateway of this machine.
func reachHere(ctx context.Context, env environment, flag string) (*admin.Client, error) {
	sockets, err := controlSockets(env, flag)
	if err != nil {
		return nil, err
	}
	words := ""
	if _, err := config.Find(flag, env.getenv, machine.Exists); err != nil {
		words = fmt.Sprintf("%v, and no demo is running either; -c names one elsewhere, `tandem demo` runs one", err)
	}
	return reachSockets(ctx, sockets, words)
}

// reachSockets takes the first socket that somebody answers on; words are what to say
// where nobody does.
func reachSockets(ctx context.Context, sockets []string, words string) (*admin.Client, error) {
	denied := ""
	for _, path := range sockets {
		conn, err := admin.DialControl(ctx, path)
		if err == nil {
			_ = conn.Close()
			return admin.NewClient(path), nil
		}
		if errors.Is(err, fs.ErrPermission) {
			denied = path
		}
	}
	switch {
	case denied != "":
		return nil, exitf(exitDenied, "%s may only be used by the user that the gateway runs as", denied)
	case words != "":
		return nil, exitf(exitUnreachable, "no gateway is running: %s", words)
	}
	return nil, exitf(exitUnreachable, "no gateway is running: nobody answers on %s; `tandem serve` runs one", filepath.Clean(sockets[len(sockets)-1]))
}

// asked gives an error of the gateway's its exit code.
func asked(err error) error {
	if err == nil {
		return nil
	}
	for _, one := range []struct {
		kind error
		code int
	}{
		{admin.ErrNotFound, exitNotFound},
		{admin.ErrConflict, exitFailed},
		{admin.ErrInput, exitUsage},
		{admin.ErrDenied, exitDenied},
		{admin.ErrRefused, exitFailed},
	} {
		if errors.Is(err, one.kind) {
			return exitf(one.code, "%s", wording.Printable(wordsOf(err, one.kind)))
		}
	}
	if e, ok := errors.AsType[*exit](err); ok {
		return e
	}
	return exitf(exitUnreachable, "the gateway did not answer: %s", wording.Printable(admin.WhyUnreached(err)))
}

// wordsOf are the words of an error without those of its kind.
func wordsOf(err, kind error) string { return strings.TrimPrefix(err.Error(), kind.Error()+": ") }

// controlSockets are where a running gateway may be found, the likeliest first.
func controlSockets(env environment, flag string) ([]string, error) {
	path, err := config.Find(flag, env.getenv, machine.Exists)
	if err != nil {
		demo, stateErr := machine.DemoState(env.getenv)
		if stateErr != nil {
			return nil, exitf(exitFailed, "%v", stateErr)
		}
		return []string{filepath.Join(demo, machine.ControlName)}, nil
	}
	state, found := config.LoadState(path)
	if found.HasErrors() {
		printFound(env, found)
		return nil, exitf(exitConfig, "%s in %s", found.Summary(), path)
	}
	if state != "" {
		return []string{filepath.Join(state, machine.ControlName)}, nil
	}
	sockets := []string{filepath.Join(machine.RunFolder, machine.ControlName)}
	if home, err := machine.StateHome(env.getenv); err == nil {
		sockets = append(sockets, filepath.Join(home, machine.ControlName))
	}
	return sockets, nil
}
