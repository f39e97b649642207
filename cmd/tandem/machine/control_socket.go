package machine

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/tandemgw/tandem/config"
)

const (
	ControlName = "tandem.sock"
	RunFolder   = "/run/tandem"
)

// ControlSocket is where a gateway listens for the other verbs: in its state folder
// where the file names one; else in /run/tandem where that is ours to use, else
// beside what a user keeps.
func ControlSocket(file *config.File, state string) string {
	if file.State == "" && (os.Geteuid() == 0 || isOurs(RunFolder)) {
		return filepath.Join(RunFolder, ControlName)
	}
	return filepath.Join(state, ControlName)
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
