package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/transport/v4/stdnet"
)

const defaultMaxPeers = 4096

// MuxConfig is how a Mux is set up.
type MuxConfig struct {
	// Listen is where to listen, e.g. 127.0.0.1:7700. An unspecified address
	// means every address: 0.0.0.0 and :: both listen on IPv4 and, where the
	// machine has it, on IPv6. Port 0 takes a free one, the same for all.
	// Empty means every address and any port.
	Listen []netip.AddrPort
	// Announce is what candidates name: one host candidate for each address
	// of a family that is listened on. Nil means what is listened on; for an
	// unspecified address every address of the machine, loopback included
	// (browsers on this machine use it; Firefox needs another one besides).
	// Behind a 1:1 NAT it is the public addresses.
	Announce []netip.Addr
	// AnnounceOwn names what is listened on too, behind Announce, for browsers
	// this side of the NAT.
	AnnounceOwn bool
	// Sockets is how many sockets share the port (SO_REUSEPORT, Linux only);
	// 0 means one for each core. Elsewhere it is always 1.
	Sockets int
	// Certificate is what DTLS shows. Needed; ECDSA P-256 suits every browser.
	Certificate tls.Certificate
	// Lite makes every peer an ICE lite implementation (RFC 8445 §2.5), which
	// sends no checks. Only for hosts with a public or 1:1 mapped address.
	Lite bool
	// MaxPeers bounds the peers open at a time; 0 means 4096.
	MaxPeers int
	// Log may be nil.
	Log *slog.Logger
}

// Validate says what is wrong with the configuration, nil if nothing is.
func (c MuxConfig) Validate() error {
	switch {
	case len(c.Certificate.Certificate) == 0 || c.Certificate.PrivateKey == nil:
		return errors.New("media port without a DTLS certificate")
	case c.Sockets < 0 || c.MaxPeers < 0:
		return errors.New("media port with a negative limit")
	}
	for _, a := range c.Listen {
		if !a.Addr().IsValid() || a.Addr().IsMulticast() {
			return fmt.Errorf("media port cannot listen on %s", a)
		}
	}
	for _, a := range c.Announce {
		if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
			return fmt.Errorf("media port cannot announce %s", a)
		}
	}
	return nil
}

// Mux is the browsers' socket set: one UDP port, one table of who is who. Its
// methods may be called from any goroutine.
type Mux struct {
	c           MuxConfig // immutable
	log         *slog.Logger
	fingerprint string
	net         *stdnet.Net // for the agents, which want one
	socketSet
	addresses hostAddresses
	readers   sync.WaitGroup

	tables
	count muxCounters
	named atomic.Pointer[[]netip.Addr] // Announce, or what SetAnnounce was given
	turn  atomic.Uint32                // spreads the peers over the sockets

	mu     sync.Mutex
	peers  map[*Peer]struct{} // guarded by mu
	closed bool               // guarded by mu
}

// socketSet is the sockets of the port; immutable once ListenMux is done.
type socketSet struct {
	v4, v6   []*muxSocket
	port     uint16
	wildcard bool // some socket listens on every address
}

// tables say whose a datagram is. Each has its own lock or none.
type tables struct {
	flows  *flowTable
	frags  *fragTable
	checks *checkTable
	links  linkTable
	tcp    tcpTable
}

// linkTable is the links of the Mux, and the ports that candidates of ICE over
// TCP name.
type linkTable struct {
	mu     sync.Mutex
	open   map[netip.AddrPort]*Link // guarded by mu
	last   uint32                   // guarded by mu
	ports  []netip.AddrPort         // guarded by mu; of ShareTCP
	closed bool                     // guarded by mu
}

// ListenMux opens the sockets and begins to read. An error names the address
// that could not be had.
func ListenMux(c MuxConfig) (*Mux, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.MaxPeers == 0 {
		c.MaxPeers = defaultMaxPeers
	}
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	m := &Mux{
		c: c, log: logOf(c.Log), net: n,
		fingerprint: fingerprintOf(c.Certificate.Certificate[0]),
		tables: tables{
			flows: newFlowTable(2 * c.MaxPeers), frags: newFragTable(), checks: newCheckTable(),
			links: linkTable{open: map[netip.AddrPort]*Link{}},
		},
		peers: map[*Peer]struct{}{},
	}
	m.named.Store(&c.Announce)
	if err := m.listen(); err != nil {
		m.closeSockets()
		return nil, err
	}
	for _, s := range m.sockets() {
		m.readers.Go(func() { m.read(s) })
	}
	return m, nil
}

// NewPeer makes a peer, ready to be described (ICE) but not yet started
// (Connect). The error is ErrTooManyPeers or ErrClosed.
func (m *Mux) NewPeer(c PeerConfig) (*Peer, error) {
	if c.Sink == nil {
		return nil, errors.New("open peer: no sink")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return nil, ErrClosed
	case len(m.peers) >= m.c.MaxPeers:
		return nil, ErrTooManyPeers
	}
	p := newPeer(m, c)
	m.peers[p] = struct{}{}
	return p, nil
}

func (m *Mux) forget(p *Peer) {
	m.mu.Lock()
	delete(m.peers, p)
	m.mu.Unlock()
}

// Fingerprint returns our certificate's fingerprint as a=fingerprint writes
// it: "sha-256 AB:CD:..." (RFC 8122 §5).
func (m *Mux) Fingerprint() string { return m.fingerprint }

// Port returns the UDP port.
func (m *Mux) Port() uint16 { return m.port }

// Addrs returns the addresses that candidates announce at this moment.
func (m *Mux) Addrs() []netip.AddrPort {
	var all []netip.AddrPort
	for _, a := range m.announced() {
		a = a.Unmap()
		if len(all) < maxCandidates && (a.Is4() && len(m.v4) > 0 || a.Is6() && len(m.v6) > 0) {
			all = append(all, netip.AddrPortFrom(a, m.port))
		}
	}
	return all
}

// SetAnnounce replaces MuxConfig.Announce, for peers that are described from now on.
// The addresses must be valid there.
func (m *Mux) SetAnnounce(all []netip.Addr) { m.named.Store(&all) }

func (m *Mux) announced() []netip.Addr {
	named := *m.named.Load()
	if named != nil && !m.c.AnnounceOwn {
		return named
	}
	all := slices.Clone(named)
	add := func(a netip.Addr) {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	if m.wildcard {
		for _, a := range m.addresses.get() {
			add(a)
		}
		return all
	}
	for _, l := range m.c.Listen {
		add(l.Addr().Unmap())
	}
	return all
}

// Owns reports whether a is a socket of this Mux, so that nobody sends to it.
func (m *Mux) Owns(a netip.AddrPort) bool {
	if a.Port() != m.port {
		return false
	}
	return m.addresses.has(a.Addr()) || m.Announces(a.Addr())
}

// Announces reports whether a is one of MuxConfig.Announce: behind a 1:1 NAT, its
// address outside.
func (m *Mux) Announces(a netip.Addr) bool {
	return slices.ContainsFunc(*m.named.Load(), func(own netip.Addr) bool { return own.Unmap() == a.Unmap() })
}

// Counters returns what has been counted so far.
func (m *Mux) Counters() MuxCounters {
	c := m.count.snapshot()
	m.mu.Lock()
	c.Peers = uint64(len(m.peers))
	m.mu.Unlock()
	return c
}

// Close closes every peer and socket and waits for the readers. It must not
// be called from a Sink.
func (m *Mux) Close() error {
	m.mu.Lock()
	m.closed = true
	all := make([]*Peer, 0, len(m.peers))
	for p := range m.peers {
		all = append(all, p)
	}
	m.mu.Unlock()
	for _, p := range all {
		_ = p.Close()
	}
	m.closeLinks()
	m.closeSockets()
	m.readers.Wait()
	return nil
}
