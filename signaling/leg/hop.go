package leg

import (
	"net/netip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/uac"
)

// remoteHop is where requests in the dialog with a trunk or a URI go: to the first route,
// or the far end's Contact (RFC 3261 §12.2.1.1, §8.1.2), which may be at another
// place than what we have called or were called from. It belongs to the call's
// goroutine.
type remoteHop struct {
	of      string     // the URI that way leads to; "" before
	way     *flow.Flow // nil: as the dialog began
	finding bool       // its name is being looked for
}

// nextHop returns the way to the next hop; nil for the way that the leg has. It never
// waits: a name that is not known is looked for meanwhile, and what has to go now
// goes as before.
func (l *leg) nextHop() *flow.Flow {
	if l.peerUser != "" || l.core.Client == nil {
		return nil // a device is where it has registered from, whatever it says
	}
	dest := uac.Destination{URI: l.dialog.Target(), Identity: l.identity()}
	of := dest.URI.String()
	if l.next.of == of && (l.next.way == nil || isOpen(l.next.way)) && isOpen(l.flow) {
		return l.next.way
	}
	targets, known := l.core.Client.Known(dest)
	if !known {
		l.findHop(dest)
		return nil
	}
	l.next = remoteHop{of: of}
	for _, t := range targets {
		if t.Kind == l.flow.Kind() && t.Addr == l.flow.Remote() && isOpen(l.flow) {
			return nil
		}
	}
	for _, t := range targets {
		if !believable(t, l.flow) {
			continue
		}
		if f, err := l.core.Client.Way(t, dest.Identity); err == nil {
			l.next.way = f
			l.core.move(l, f)
			return f
		}
	}
	return nil
}

// findHop looks for a name, once at a time, for the requests to come.
func (l *leg) findHop(dest uac.Destination) {
	if l.next.finding {
		return
	}
	l.next.finding = true
	l.core.Client.Resolve(dest, func([]locate.Target, error) {
		l.owner.Post(func() { l.next.finding = false })
	})
}

// identity is who we are to the TLS server of a trunk.
func (l *leg) identity() uac.Identity {
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Config().Security
	}
	return uac.Identity{}
}

// believable says whether a far end on a flow may name a place as its own: nothing
// in the clear after TLS, and no private address by somebody who is reached at a
// public one, since that is an address translator that he does not know of.
func believable(t locate.Target, f *flow.Flow) bool {
	if f.Kind().Secure() && !t.Kind.Secure() {
		return false
	}
	return !inside(t.Addr.Addr()) || inside(f.Remote().Addr())
}

// inside says whether an address is of no use to the world: private, shared (RFC
// 6598), of this machine or of this link.
func inside(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

// isOpen says whether a way can still be used.
func isOpen(f *flow.Flow) bool {
	select {
	case <-f.Closed():
		return false
	default:
		return true
	}
}
