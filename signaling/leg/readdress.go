package leg

import (
	"net/netip"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/flow"
)

// Readdress is told that this machine's addresses are others than they were, or what it is
// known by. Far ends over plain RTP that know an address of ours which they do not reach us
// at any more are told the one of now: where to send requests (RFC 3261 §12.2) and sound
// (RFC 3264 §8.3.1). A browser's ICE finds its way by itself, and its phone restarts it
// (RFC 8445 §2.4) over whatever connection it comes back on.
//
//	A                here                 trunk
//	|<===== talk =====|======= talk =======>|  from 192.0.2.1
//	|                 x                     |  which goes; 192.0.2.77 comes
//	|                 |-- re-INVITE ------->|  Contact and c= are 192.0.2.77
//	|                 |<-- 200 -------------|
//	|<===== talk =====|======= talk =======>|
//
// gone says of an address that it is none of ours any more, nil of none: a connection from
// there is dead, though nobody says so for a quarter of an hour. It is closed when that is so
// the second time: an address that comes back within seconds takes its connections along.
func (c *Core) Readdress(gone func(netip.Addr) bool) {
	c.mu.Lock()
	all := make([]*leg, 0, len(c.dialogs))
	for _, l := range c.dialogs {
		all = append(all, l)
	}
	c.mu.Unlock()
	for _, l := range all {
		l.owner.Post(func() { l.readdress(gone) })
	}
}

// readdress tells the far end where we are now, if it knows another place.
func (l *leg) readdress(gone func(netip.Addr) bool) {
	if l.state != confirmed || l.profile != sdp.Plain || l.media == nil {
		return
	}
	if isOpen(l.flow) && l.flow.Kind() != flow.UDP && gone != nil && gone(l.flow.Local().Addr().Unmap()) {
		if l.stranded = !l.stranded; !l.stranded {
			l.flow.Close("our address has gone")
		}
		return
	}
	l.stranded = false
	if !l.reachable() {
		return
	}
	was := l.dialog.Contact()
	now := l.core.contact(l.flow, was.User)
	at, media := l.core.Announce(l.flow).Addr(), l.media.Local(nil, sdp.SendRecv).Address
	if !isSomewhere(at) || !isSomewhere(media) {
		return // there is no way now; another address comes
	}
	if was.Host == now.Host && was.Port == now.Port && media == l.session.Address() {
		return
	}
	l.log.Info("our address has changed", "contact", now.Host, "media", media.String())
	was.Host, was.Port, was.UriParams = now.Host, now.Port, now.UriParams
	l.dialog.SetContact(was)
	l.change.moved = true
	l.reoffer()
}

// isSomewhere says whether an address is one that a far end can send to.
func isSomewhere(a netip.Addr) bool { return a.IsValid() && !a.IsUnspecified() }
