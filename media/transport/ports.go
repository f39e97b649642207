package transport

import (
	"log/slog"
	"net/netip"
	"time"
)

// PortsConfig is how Ports is set up.
type PortsConfig struct {
	// Addr is the address to listen on; zero or unspecified means every one.
	Addr netip.Addr
	// Min and Max are the range, inclusive; 0 means 20000 to 29999. RTP takes
	// the even ports, RTCP the odd ones above them.
	Min, Max uint16
	// Rest is how long a port stays unused after its release, so that late
	// packets of one call do not reach the next; 0 means 30 s.
	Rest time.Duration
	// Own reports further addresses of this process, which must never be sent
	// to: Mux.Owns. May be nil.
	Own func(netip.AddrPort) bool
	// Log may be nil.
	Log *slog.Logger
}

// Ports hands out pairs of plain RTP sockets.
type Ports struct{}

// NewPorts checks the range; nothing is opened yet.
func NewPorts(c PortsConfig) (*Ports, error) { return nil, ErrClosed }

// Open takes a pair and begins to read. The error is ErrNoPorts, ErrClosed
// or what the system says (too many open files).
func (p *Ports) Open(c PlainConfig) (*Plain, error) { return nil, ErrClosed }

// Close closes every pair still open and waits for their readers. It must not
// be called from a Sink.
func (p *Ports) Close() error { return nil }
