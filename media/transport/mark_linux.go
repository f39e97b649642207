package transport

import (
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// packetMark is the control message that marks one packet otherwise than its socket
// does: IP_TOS or IPV6_TCLASS. It is written once and only read then.
type packetMark struct {
	room [8]uint64 // aligned as the kernel wants it
	size int
}

func (m *packetMark) set(mark int, inet6 bool) {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&m.room))
	h.Level, h.Type = unix.IPPROTO_IP, unix.IP_TOS
	if inet6 {
		h.Level, h.Type = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	h.SetLen(unix.CmsgLen(4))
	*(*int32)(unsafe.Add(unsafe.Pointer(&m.room), unix.CmsgLen(0))) = int32(mark)
	m.size = unix.CmsgSpace(4)
}

// put lets a message go out with the mark.
func (m *packetMark) put(h *unix.Msghdr) {
	h.Control = (*byte)(unsafe.Pointer(&m.room))
	h.SetControllen(m.size)
}

// sendVideo is send of a packet that is marked as video.
func (s *udpSocket) sendVideo(b []byte, to netip.AddrPort) error {
	var sa sockaddr
	if err := sa.set(to, s.inet6); err != nil || len(b) == 0 {
		return err
	}
	if !s.users.enter() {
		return net.ErrClosed
	}
	errno := s.sendMarked(b, &sa)
	s.leave()
	if errno == unix.EINVAL { // a kernel that marks no single packets
		return s.send(b, to)
	}
	return errnoOf(errno)
}

func (s *udpSocket) sendMarked(b []byte, sa *sockaddr) (errno syscall.Errno) {
	iov := unix.Iovec{Base: &b[0]}
	iov.SetLen(len(b))
	h := unix.Msghdr{Name: (*byte)(unsafe.Pointer(sa)), Namelen: sa.size(), Iov: &iov}
	h.SetIovlen(1)
	s.mark.put(&h)
	for range 3 { // an interrupted call has sent nothing
		_, _, errno = unix.RawSyscall6(unix.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&h)), 0, 0, 0, 0)
		if errno != unix.EINTR {
			break
		}
	}
	return errno
}
