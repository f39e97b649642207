//go:build !unix

package record

import (
	"errors"
	"os"
)

// lock does nothing: flock(2) is not there.
func lock(*os.File) error { return errors.ErrUnsupported }
