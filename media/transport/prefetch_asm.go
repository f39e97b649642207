//go:build amd64 || arm64

package transport

import "unsafe"

// Prefetch asks the processor for the cache lines of the size octets from p on. It does
// not wait for them, reads nothing and never faults.
//
//go:noescape
func Prefetch(p unsafe.Pointer, size uintptr)
