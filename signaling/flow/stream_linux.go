package flow

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// boundUnacknowledged has the kernel end a connection whose far host does not
// acknowledge what we sent; see unacknowledged.
func boundUnacknowledged(c net.Conn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	// An old kernel may refuse; its own bound then stands.
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacknowledged.Milliseconds()))
	})
}
