package transport

import "golang.org/x/sys/unix"

// canReuse says that the kernel spreads packets over the sockets of a port.
const canReuse = true

func setReusePort(fd uintptr) error {
	return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}
