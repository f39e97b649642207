//go:build !linux

package machine

// DiskLeft says nothing: what is left is not known here.
func DiskLeft(string) (uint64, bool) { return 0, false }
