package transport

import (
	"crypto/tls"
	"log/slog"
	"net/netip"
)

// MuxConfig is how a Mux is set up.
type MuxConfig struct {
	// Listen is where to listen, e.g. 127.0.0.1:7700. An unspecified address
	// means every address; 0.0.0.0 and :: of the same port both listen on
	// IPv4 and, where the machine has it, IPv6. Port 0 takes a free one, the
	// same for all. Empty means every address and any port.
	Listen []netip.AddrPort
	// Announce is what candidates name: one host candidate for each address
	// that a socket can serve. Nil means what is listened on; for an
	// unspecified address every address of the machine, loopback included
	// (browsers on this machine use it; Firefox needs another one besides).
	// Behind a 1:1 NAT it is the public addresses.
	Announce []netip.Addr
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

// Mux is the browsers' socket set: one UDP port, one table of who is who.
type Mux struct{}

// ListenMux opens the sockets and begins to read.
func ListenMux(c MuxConfig) (*Mux, error) { return nil, ErrClosed }

// NewPeer makes a peer, ready to be described (ICE) but not yet started
// (Connect). The error is ErrTooManyPeers or ErrClosed.
func (m *Mux) NewPeer(c PeerConfig) (*Peer, error) { return nil, ErrClosed }

// Fingerprint returns our certificate's fingerprint as a=fingerprint writes
// it: "sha-256 AB:CD:..." (RFC 8122 §5).
func (m *Mux) Fingerprint() string { return "" }

// Addrs returns the addresses that candidates announce at this moment.
func (m *Mux) Addrs() []netip.AddrPort { return nil }

// Owns reports whether a is a socket of this Mux, so that nobody sends to it.
func (m *Mux) Owns(a netip.AddrPort) bool { return false }

// Counters returns what has been counted so far.
func (m *Mux) Counters() MuxCounters { return MuxCounters{} }

// Close closes every peer and socket and waits for the readers. It must not
// be called from a Sink.
func (m *Mux) Close() error { return nil }
