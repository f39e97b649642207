package transport

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// slots is how many datagrams a reader holds at a time.
const slots = 32

// slotSize is the room of one: the longest packet, one octet that shows that
// there was more, and the tail.
const slotSize = maxPacket + 1 + Tail

// receiver takes datagrams off sockets, many by one system call, into buffers of
// its own. It is used by one goroutine.
type receiver struct {
	headers [slots]unix.Mmsghdr
	vectors [slots]unix.Iovec
	names   [slots]sockaddr
	buffers [slots][slotSize]byte
}

func newReceiver() *receiver {
	r := &receiver{}
	for i := range r.headers {
		r.vectors[i].Base = &r.buffers[i][0]
		r.vectors[i].SetLen(maxPacket + 1)
		h := &r.headers[i].Hdr
		h.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		h.Iov = &r.vectors[i]
		h.SetIovlen(1)
	}
	return r
}

// receive takes up to n datagrams off fd into the slots from first on and
// returns how many there were. It does not wait. Fewer than n means that there
// are no more for now.
func (r *receiver) receive(fd, first, n int) (int, syscall.Errno) {
	for i := first; i < first+n; i++ {
		r.headers[i].Hdr.Namelen = sockaddrRoom
	}
	for {
		got, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.headers[first])),
			uintptr(n), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(got), 0
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, 0
		default:
			return 0, errno
		}
	}
}

// datagram returns what is in a slot and where it came from. ok is false when
// it was too long.
func (r *receiver) datagram(i int) (b []byte, from netip.AddrPort, ok bool) {
	n := int(r.headers[i].Len)
	if n > maxPacket {
		return nil, netip.AddrPort{}, false
	}
	return r.buffers[i][:n], r.names[i].get(), true
}
