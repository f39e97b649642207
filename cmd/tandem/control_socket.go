package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

const (
	controlName = "tandem.sock"
	runFolder   = "/run/tandem"
)

// controlSocket is where a gateway listens for the other verbs: in its state folder
// where the file names one; else in /run/tandem where that is ours to use, else
// beside what a user keeps.
func controlSocket(file *config.File, state string) string {
	if file.State == "" && (os.Geteuid() == 0 || isOurs(runFolder)) {
		return filepath.Join(runFolder, controlName)
	}
	return filepath.Join(state, controlName)
}

// isOurs says whether a folder is there and belongs to us.
func isOurs(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}

// controlSockets are where a running gateway may be found, the likeliest first.
func controlSockets(env environment, flag string) ([]string, error) {
	path, err := config.Find(flag, env.getenv, exists)
	if err != nil {
		demo, stateErr := demoState(env.getenv)
		if stateErr != nil {
			return nil, exitf(exitFailed, "%v", stateErr)
		}
		return []string{filepath.Join(demo, controlName)}, nil
	}
	state, found := config.LoadState(path)
	if found.HasErrors() {
		printFound(env, found)
		return nil, exitf(exitConfig, "%s in %s", found.Summary(), path)
	}
	if state != "" {
		return []string{filepath.Join(state, controlName)}, nil
	}
	sockets := []string{filepath.Join(runFolder, controlName)}
	if home, err := stateHome(env.getenv); err == nil {
		sockets = append(sockets, filepath.Join(home, controlName))
	}
	return sockets, nil
}

// reach finds the running gateway.
func reach(ctx context.Context, env environment, flag string) (*admin.Client, error) {
	sockets, err := controlSockets(env, flag)
	if err != nil {
		return nil, err
	}
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
	if denied != "" {
		return nil, exitf(exitDenied, "%s may only be used by the user that the gateway runs as", denied)
	}
	if _, err := config.Find(flag, env.getenv, exists); err != nil {
		return nil, exitf(exitUnreachable, "no gateway is running: %v, and no demo is running either", err)
	}
	return nil, exitf(exitUnreachable, "no gateway is running: nobody answers on %s", sockets[len(sockets)-1])
}

// asked gives an error of the gateway's its exit code.
func asked(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, admin.ErrNotFound):
		return exitf(exitNotFound, "%s", strings.TrimPrefix(err.Error(), admin.ErrNotFound.Error()+": "))
	}
	return exitf(exitUnreachable, "the gateway did not answer: %v", err)
}
