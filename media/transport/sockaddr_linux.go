package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddr is an address as the kernel writes it, of either family. The offsets
// of family and port are the same in both.
type sockaddr struct{ raw unix.RawSockaddrInet6 }

const sockaddrRoom = uint32(unsafe.Sizeof(unix.RawSockaddrInet6{}))

// size returns how many octets of it count.
func (s *sockaddr) size() uint32 {
	if s.raw.Family == unix.AF_INET {
		return unix.SizeofSockaddrInet4
	}
	return unix.SizeofSockaddrInet6
}

// set makes a the address, for a socket of IPv6 or of IPv4.
func (s *sockaddr) set(a netip.AddrPort, inet6 bool) error {
	ip := a.Addr()
	port := (*[2]byte)(unsafe.Pointer(&s.raw.Port))
	binary.BigEndian.PutUint16(port[:], a.Port())
	if !inet6 {
		if ip = ip.Unmap(); !ip.Is4() {
			return errNoFamily
		}
		s.raw.Family = unix.AF_INET
		(*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw)).Addr = ip.As4()
		return nil
	}
	if !ip.IsValid() {
		return errNoFamily
	}
	s.raw.Family, s.raw.Addr, s.raw.Flowinfo, s.raw.Scope_id = unix.AF_INET6, ip.As16(), 0, 0
	if zone := ip.Zone(); zone != "" {
		s.raw.Scope_id = zoneIndex(zone)
	}
	return nil
}

// get returns the address, IPv4 where it is a mapped one; zero if it is neither.
func (s *sockaddr) get() netip.AddrPort {
	p := (*[2]byte)(unsafe.Pointer(&s.raw.Port))
	port := binary.BigEndian.Uint16(p[:])
	switch s.raw.Family {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw)).Addr), port)
	case unix.AF_INET6:
		ip := netip.AddrFrom16(s.raw.Addr)
		if ip.Is4In6() {
			ip = ip.Unmap()
		} else if s.raw.Scope_id != 0 && ip.IsLinkLocalUnicast() {
			ip = ip.WithZone(strconv.Itoa(int(s.raw.Scope_id)))
		}
		return netip.AddrPortFrom(ip, port)
	default:
		return netip.AddrPort{}
	}
}

// zoneIndex returns the interface of a zone. Ours are numbers; one that a
// description names is looked for.
func zoneIndex(zone string) uint32 {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}
