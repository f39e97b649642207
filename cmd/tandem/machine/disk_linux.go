package machine

import "syscall"

// DiskLeft is how many octets are left on the disk of a folder; false where that is not
// known.
func DiskLeft(folder string) (uint64, bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
