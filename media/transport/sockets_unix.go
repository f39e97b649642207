//go:build unix

package transport

import "golang.org/x/sys/unix"

// setOptions forbids broadcasts, which Go allows on every UDP socket, so that
// the kernel refuses the broadcast addresses of subnets we know nothing of.
func setOptions(fd uintptr, reuse bool) error {
	_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 0)
	_ = letFragment(int(fd)) // a socket of IPv6 alone may refuse it
	if reuse {
		return setReusePort(fd)
	}
	return nil
}
