//go:build !amd64 && !arm64

package transport

import "unsafe"

// Prefetch does nothing where no instruction for it is known here.
func Prefetch(unsafe.Pointer, uintptr) {}
