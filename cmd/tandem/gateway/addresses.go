package gateway

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
)

// served are the hosts that we answer for: the domain, and the addresses that we
// listen on.
type served struct {
	names map[string]bool
	all   bool // every address of this machine, whichever those are
}

func servedHosts(file *config.File) served {
	s := served{names: map[string]bool{file.Domain: true}}
	if name, err := os.Hostname(); err == nil {
		s.names[strings.ToLower(name)] = true
	}
	add := func(l config.Listener) {
		if l.IP.IsValid() && !l.IP.IsUnspecified() {
			s.names[l.IP.String()] = true
			if l.IP.IsLoopback() {
				s.names["localhost"] = true
			}
			return
		}
		s.names["localhost"], s.all = true, true
	}
	for _, l := range file.Listen.SIP {
		add(l)
	}
	for _, l := range file.Listen.Web {
		add(l)
	}
	for _, a := range file.PublicIP.Addrs {
		s.names[a.String()] = true
	}
	return s
}

// has says whether the host of a URI is one of ours; own says it of an address, as this
// machine has them now.
func (s served) has(host string, own func(netip.Addr) bool) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if s.names[host] {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && s.all && own(a)
}

// ownLife is how long the list of the machine's addresses is believed: asking the kernel
// for each message is dear, and addresses come and go.
const ownLife = 5 * time.Second

// ownAddresses are those of this machine as they were a moment ago.
type ownAddresses struct {
	mu   sync.Mutex
	list []netip.Addr // guarded by mu
	read time.Time    // guarded by mu
}

// has says whether an address is one of them.
func (o *ownAddresses) has(a netip.Addr) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := time.Now(); o.read.IsZero() || now.Sub(o.read) >= ownLife {
		o.list, o.read = machine.Addrs(), now
	}
	return slices.Contains(o.list, a.Unmap())
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
