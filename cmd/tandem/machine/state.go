package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"

	"github.com/tandemgw/tandem/config"
)

// StateOf is the folder for what is kept.
func StateOf(file *config.File, getenv func(string) string) (string, error) {
	if file.State != "" {
		return file.State, nil
	}
	if os.Geteuid() == 0 {
		return "/var/lib/tandem", nil
	}
	return StateHome(getenv)
}

// DemoState is the folder of the demo.
func DemoState(getenv func(string) string) (string, error) {
	home, err := StateHome(getenv)
	return filepath.Join(home, "demo"), err
}

// StateHome is a user's own folder. There is no fallback to a folder for temporary
// files: others could put theirs there first, and it holds keys.
func StateHome(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // a relative one is to be ignored (XDG Base Directory Specification)
		return filepath.Join(dir, "tandem"), nil
	}
	home := getenv("HOME")
	if home == "" {
		if u, err := user.Current(); err == nil {
			home = u.HomeDir
		}
	}
	if home == "" {
		return "", errors.New("no folder to keep keys and passwords in: set HOME or XDG_STATE_HOME")
	}
	return filepath.Join(home, ".local", "state", "tandem"), nil
}

// MakeState makes the folder, for its owner only.
func MakeState(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the state folder %s cannot be used: %w; `state` in the configuration, or XDG_STATE_HOME, names another", dir, Why(err))
	}
	return nil
}

// Why is the reason of a file system's error without its path.
func Why(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Exists says whether there is something at a path.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
