package main

import (
	"os"
	"path/filepath"
	"syscall"

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
