//go:build unix

package record

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock of flock(2) of a file; it is given back when the file is closed,
// and when its process ends, however it does. The error says that somebody else has it,
// or that there are none.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
