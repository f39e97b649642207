//go:build unix

package sql

import (
	"os"
	"path/filepath"
	"syscall"
)

// giveAway gives a file that root has made to whom its folder belongs: a verb of root
// may be the first to make the database of a gateway that runs as another user.
// SQLite makes the files beside it for the same owner.
func giveAway(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	file, err := f.Stat()
	if err != nil {
		return err
	}
	of, ok := folder.Sys().(*syscall.Stat_t)
	is, also := file.Sys().(*syscall.Stat_t)
	if !ok || !also || is.Uid != 0 || of.Uid == 0 {
		return nil
	}
	return f.Chown(int(of.Uid), int(of.Gid))
}
