package machine

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Keepable says why no files can be kept in a folder, which is made when it is needed; nil where they can. It changes
// nothing.
func Keepable(folder string) error {
	for at := filepath.Clean(folder); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case os.IsNotExist(err) && at != filepath.Dir(at):
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", at, Why(err))
		case !info.IsDir():
			return fmt.Errorf("%s is a file, and no folder", at)
		}
		if err := unix.Access(at, unix.W_OK|unix.X_OK); err != nil {
			return fmt.Errorf("who runs this may write nothing to %s: %w", at, err)
		}
		return nil
	}
}
