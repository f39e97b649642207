package transport

import "golang.org/x/sys/unix"

// canReuse says that the kernel spreads packets over the sockets of a port.
const canReuse = true

func setReusePort(fd uintptr) error {
	return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// letFragment lets routers cut what is too long for their way (RFC 791 §2.3): the kernel
// forbids it else, and where no ICMP comes back to tell how long a packet may be, long
// ones are lost for ever. That of IPv6 is never cut on its way.
func letFragment(fd int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
}
