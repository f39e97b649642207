package gateway

import (
	"fmt"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
)

// leastDisk is what is to be left for what calls write: a minute of all recordings.
const leastDisk = 64 << 20

// diskFault says that the disk of a folder is full, or nearly.
func diskFault(folder string) string {
	if left, ok := machine.DiskLeft(folder); ok && left < leastDisk {
		return fmt.Sprintf("the disk of %s is full: %d MB are left", folder, left>>20)
	}
	return ""
}
