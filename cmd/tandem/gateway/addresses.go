package gateway

import (
	"net/netip"
	"os"
	"strings"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
)

// served are the hosts that we answer for: the domain, and the addresses that we
// listen on.
type served map[string]bool

func servedHosts(file *config.File) served {
	s := served{file.Domain: true}
	if name, err := os.Hostname(); err == nil {
		s[strings.ToLower(name)] = true
	}
	add := func(l config.Listener) {
		if l.IP.IsValid() && !l.IP.IsUnspecified() {
			s[l.IP.String()] = true
			if l.IP.IsLoopback() {
				s["localhost"] = true
			}
			return
		}
		s["localhost"] = true
		for _, a := range machine.Addrs() {
			s[a.String()] = true
		}
	}
	for _, l := range file.Listen.SIP {
		add(l)
	}
	for _, l := range file.Listen.Web {
		add(l)
	}
	for _, a := range file.PublicIP.Addrs {
		s[a.String()] = true
	}
	return s
}

// has says whether the host of a URI is one of ours.
func (s served) has(host string) bool {
	return s[strings.ToLower(strings.Trim(host, "[]"))]
}

// toward is the address that a plain leg's description names: a public one for
// far ends that would not find this machine by its own, else what it sends from.
func toward(file *config.File) func(netip.Addr) netip.Addr {
	fixed := file.Listen.RTP.IP
	return func(far netip.Addr) netip.Addr {
		far = far.Unmap()
		public := file.PublicIP.Of(far.Is4())
		if public.IsValid() && needsPublic(public, far) && !machine.IsNeighbor(far) {
			return public
		}
		if fixed.IsValid() && !fixed.IsUnspecified() {
			return fixed
		}
		return machine.SourceFor(far)
	}
}

// needsPublic says whether a far end is told the public address: one of the whole
// net is, where it is outside itself; one that is private, as that of a container's
// host, always.
func needsPublic(public, far netip.Addr) bool {
	if far.IsLoopback() || far.IsLinkLocalUnicast() {
		return false
	}
	return machine.IsInside(public) || !machine.IsInside(far)
}
