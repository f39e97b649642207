package main

import (
	"fmt"
	"syscall"
)

// leastDisk is what is to be left for what calls write: a minute of all recordings.
const leastDisk = 64 << 20

// diskFault says that the disk of a folder is full, or nearly.
func diskFault(folder string) string {
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil {
		return ""
	}
	if left := s.Bavail * uint64(s.Bsize); left < leastDisk {
		return fmt.Sprintf("the disk of %s is full: %d MB are left", folder, left>>20)
	}
	return ""
}
