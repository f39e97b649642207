package flow

import (
	"net"

	"golang.org/x/sys/unix"
)

// letFragment lets routers cut what is too long for their way (RFC 791 §2.3): the kernel
// forbids it else, and where no ICMP comes back to tell how long a packet may be, a
// long message is lost each time that it is repeated. A phone that registered over UDP
// has no other way (RFC 3261 §18.1.1).
func letFragment(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // a socket of IPv6 alone may refuse it
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
	})
}
