package transport

import (
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// addressLife is how long the list of the machine's addresses is believed:
// asking the kernel for each call is dear, and networks come and go.
const addressLife = 10 * time.Second

// hostAddresses knows the addresses of this machine.
type hostAddresses struct {
	mu   sync.Mutex
	list []netip.Addr // guarded by mu, replaced whole
	read time.Time    // guarded by mu
}

// get returns the usable addresses: loopback last, no IPv6 link-local ones,
// which need a zone that no far end can know. The result is not to be changed.
func (h *hostAddresses) get() []netip.Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list != nil && time.Since(h.read) < addressLife {
		return h.list
	}
	var outer, loop []netip.Addr
	list, err := net.InterfaceAddrs()
	if err != nil && h.list != nil {
		return h.list
	}
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(n.IP)
		addr = addr.Unmap()
		switch {
		case !ok, addr.IsMulticast(), addr.IsUnspecified(), addr.IsLinkLocalUnicast() && addr.Is6():
		case addr.IsLoopback():
			loop = append(loop, addr)
		default:
			outer = append(outer, addr)
		}
	}
	h.list, h.read = append(outer, loop...), time.Now()
	return h.list
}

// has reports whether a is an address of this machine.
func (h *hostAddresses) has(a netip.Addr) bool {
	a = a.Unmap()
	if a.IsLoopback() || a.IsUnspecified() {
		return true
	}
	for _, own := range h.get() {
		if own == a.WithZone("") {
			return true
		}
	}
	return false
}

// sendable reports whether media may go to a at all: one host, one port.
func sendable(a netip.AddrPort) bool {
	ip := a.Addr()
	return ip.IsValid() && a.Port() != 0 && !ip.IsMulticast() && !ip.IsUnspecified() &&
		ip.Unmap() != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }
