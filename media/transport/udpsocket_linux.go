package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// udpSocket is a UDP socket that is written to by one plain system call: sending
// a datagram never waits, so that nothing of the runtime's poller is needed.
type udpSocket struct {
	fd    int
	inet6 bool         // its addresses are those of IPv6, mapped ones included
	conn  *net.UDPConn // who reads it and closes it; nil where that is done here
	users users
	mark  packetMark // of video where the port is shared
}

// openSocket opens a socket that the runtime knows nothing of. A zero address
// listens on IPv4 and IPv6 where the machine has that, else on IPv4.
func openSocket(addr netip.AddrPort, buffer, mark int) (*udpSocket, error) {
	ip := addr.Addr()
	if !ip.IsValid() {
		s, err := openFamily(netip.AddrPortFrom(netip.IPv6Unspecified(), addr.Port()), buffer, mark, true)
		if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL) {
			return openFamily(netip.AddrPortFrom(netip.IPv4Unspecified(), addr.Port()), buffer, mark, false)
		}
		return s, err
	}
	return openFamily(addr, buffer, mark, false)
}

func openFamily(addr netip.AddrPort, buffer, mark int, both bool) (*udpSocket, error) {
	s := &udpSocket{inet6: addr.Addr().Is6()}
	family := unix.AF_INET
	if s.inet6 {
		family = unix.AF_INET6
	}
	var err error
	if s.fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if s.inet6 {
		only := 1
		if both {
			only = 0
		}
		err = unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only)
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, mark)
	}
	if !s.inet6 || both {
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TOS, mark)
		_ = letFragment(s.fd)
	}
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	if err == nil {
		var to sockaddr
		err = to.set(addr, s.inet6)
		if err == nil {
			_, _, errno := unix.RawSyscall(unix.SYS_BIND, uintptr(s.fd), uintptr(unsafe.Pointer(&to)), uintptr(to.size()))
			err = errnoOf(errno)
		}
	}
	if err != nil {
		_ = unix.Close(s.fd)
		return nil, fmt.Errorf("listen on UDP %s: %w", addr, os.NewSyscallError("bind", err))
	}
	s.users.open()
	return s, nil
}

// socketOf makes a socket of one that the runtime's poller reads.
func socketOf(conn *net.UDPConn) (*udpSocket, error) {
	s := &udpSocket{conn: conn}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	err = raw.Control(func(fd uintptr) { s.fd = int(fd) })
	if err != nil {
		return nil, err
	}
	domain, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return nil, os.NewSyscallError("getsockopt", err)
	}
	s.inet6 = domain == unix.AF_INET6
	s.mark.set(assured, s.inet6)
	s.users.open()
	return s, nil
}

// send writes one datagram. Where the buffer of the socket is full it is lost.
func (s *udpSocket) send(b []byte, to netip.AddrPort) error {
	if len(b) == 0 {
		return nil
	}
	var sa sockaddr
	if err := sa.set(to, s.inet6); err != nil {
		return err
	}
	if !s.users.enter() {
		return net.ErrClosed
	}
	var errno syscall.Errno
	for range 3 { // an interrupted call has sent nothing
		_, _, errno = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			0, uintptr(unsafe.Pointer(&sa)), uintptr(sa.size()))
		if errno != unix.EINTR {
			break
		}
	}
	s.leave()
	return errnoOf(errno)
}

// close ends the socket once nobody uses it any more. It may be called again.
func (s *udpSocket) close() error {
	if s.users.close() {
		s.leave()
	}
	return nil
}

func (s *udpSocket) leave() {
	if !s.users.leave() {
		return
	}
	if s.conn != nil {
		_ = s.conn.Close()
		return
	}
	_ = unix.Close(s.fd)
}

// errnoOf keeps errors of system calls from being made anew on the heap.
func errnoOf(e syscall.Errno) error {
	switch e {
	case 0:
		return nil
	case unix.EAGAIN:
		return errAgain
	case unix.EPERM:
		return errPermission
	default:
		return e
	}
}

var (
	errAgain      error = unix.EAGAIN
	errPermission error = unix.EPERM
)
