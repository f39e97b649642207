package transport

import "net/netip"

// PlainConfig is how a pair of plain sockets is set up.
type PlainConfig struct {
	// Sink takes the media. Needed.
	Sink Sink
}

// PlainRemote is what the far description says of the way.
type PlainRemote struct {
	// RTP and RTCP are the addresses of c=, m= and a=rtcp. A zero RTP means
	// that there is nowhere to send to. A zero RTCP means the port above RTP.
	RTP, RTCP netip.AddrPort
	// Mux says that RTCP shares the RTP port (RFC 5761, a=rtcp-mux agreed).
	Mux bool
	// Signaling is where the far end's SIP comes from. Another source of RTP
	// than the described one is learned only where the described address is
	// not this one, as behind a NAT.
	Signaling netip.Addr
	// PayloadTypes are those that may arrive: voice, events, comfort noise.
	PayloadTypes [128]bool
}

// Plain is the way to one telephone over plain RTP. It implements Wire.
type Plain struct{}

var _ Wire = (*Plain)(nil)

// Port returns the local ports.
func (p *Plain) Port() (rtp, rtcp uint16) { return 0, 0 }

// SetRemote says where the far end is. It may be called again (re-INVITE):
// the latch is armed anew only when the address has changed.
func (p *Plain) SetRemote(r PlainRemote) {}

// Remote returns where RTP goes now: the latched source, else the described
// address; zero when nowhere.
func (p *Plain) Remote() netip.AddrPort { return netip.AddrPort{} }

// Latched reports whether a source has been accepted.
func (p *Plain) Latched() bool { return false }

// WriteRTP implements Wire.
func (p *Plain) WriteRTP(b []byte) error { return ErrClosed }

// WriteRTCP implements Wire.
func (p *Plain) WriteRTCP(b []byte) error { return ErrClosed }

// LastHeard implements Wire.
func (p *Plain) LastHeard() int64 { return 0 }

// Counters returns what has been counted so far.
func (p *Plain) Counters() Counters { return Counters{} }

// Close implements Wire.
func (p *Plain) Close() error { return nil }
