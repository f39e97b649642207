package flow

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// routeLife is how long a route is believed: asking the kernel for each message is
	// dear, and this machine's addresses come and go.
	routeLife = 5 * time.Second
	// maxRoutes bounds the far ends whose route is remembered.
	maxRoutes = 1024
)

// routes knows from which address of ours a far end is reached. It is safe for
// concurrent use.
type routes struct {
	ask func(netip.AddrPort) netip.Addr // none where there is no way; immutable

	mu    sync.Mutex
	known *simplelru.LRU[netip.Addr, route] // guarded by mu
}

// route is what the kernel has said, and when.
type route struct {
	own netip.Addr
	at  time.Time
}

func newRoutes(ask func(netip.AddrPort) netip.Addr) *routes {
	r := &routes{ask: ask}
	r.known, _ = simplelru.NewLRU[netip.Addr, route](maxRoutes, nil) // errs for sizes below one
	return r
}

// toward returns our address toward remote; none if there is no way, which is not
// believed for a moment.
func (r *routes) toward(remote netip.AddrPort) netip.Addr {
	now := time.Now()
	r.mu.Lock()
	known, ok := r.known.Get(remote.Addr())
	r.mu.Unlock()
	if ok && now.Sub(known.at) < routeLife {
		return known.own
	}
	own := r.ask(remote)
	r.mu.Lock()
	defer r.mu.Unlock()
	if own.IsValid() {
		r.known.Add(remote.Addr(), route{own, now})
	} else {
		r.known.Remove(remote.Addr())
	}
	return own
}

// forget lets the kernel be asked anew.
func (r *routes) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known.Purge()
}

// addrToward returns our address toward remote, which the kernel tells without a
// packet being sent; none if it knows no way.
func addrToward(remote netip.AddrPort) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(remote))
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
}

// errStranded is the end of a connection that nothing can be heard on any more, though
// nobody says so for minutes.
var errStranded = errors.New("our address is gone")

// isStranded reports whether a connection has an address of ours that this machine has
// no more, where there is another one to reach the place from.
func (k *Connector) isStranded(c *streamConn, p place) bool {
	own := c.ownEnd().Addr()
	if !own.IsValid() || !c.isTCP() {
		return false
	}
	now := k.routes.toward(p.remote)
	return now.IsValid() && now != own && !k.owns(own)
}

// isTCP reports whether there is a socket of this machine below the connection.
func (c *streamConn) isTCP() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.raw.(*net.TCPConn)
	return ok
}

// hasAddr reports whether an address is this machine's now.
func hasAddr(a netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil || a.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(all, func(own net.Addr) bool {
		n, ok := own.(*net.IPNet)
		return ok && n.IP.Equal(a.AsSlice())
	})
}
