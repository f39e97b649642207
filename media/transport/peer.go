package transport

import (
	"net/netip"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// PeerState says how far a peer's way has come.
type PeerState uint8

// The states of a peer. Connected and Disconnected may alternate; Failed is
// left by an ICE restart only; Closed is the end.
const (
	// PeerNew means that ICE or DTLS is still under way.
	PeerNew PeerState = iota
	// PeerConnected means that media flows: ICE has a pair, DTLS is verified.
	PeerConnected
	// PeerDisconnected means that nothing was heard for 7 s.
	PeerDisconnected
	// PeerFailed means that ICE gave up after another 20 s, or that DTLS came
	// to nothing or showed the wrong certificate.
	PeerFailed
	// PeerClosed means that the far end closed DTLS, or that Close was called.
	PeerClosed
)

// String returns the state in lower case.
func (s PeerState) String() string {
	switch s {
	case PeerNew:
		return "new"
	case PeerConnected:
		return "connected"
	case PeerDisconnected:
		return "disconnected"
	case PeerFailed:
		return "failed"
	case PeerClosed:
		return "closed"
	default:
		return "unknown"
	}
}

// PeerConfig is how a peer is set up.
type PeerConfig struct {
	// Sink takes the media. Needed.
	Sink Sink
	// Controlling is set by the side that sends the first offer with full
	// ICE (RFC 8445 §6.1.1). A conflict repairs itself.
	Controlling bool
	// OnState is told each new state, in order and one at a time, on a
	// goroutine of its own. It may call any method of the peer. May be nil.
	OnState func(PeerState)
}

// PeerRemote is what the far description says of the way.
type PeerRemote struct {
	// ICE holds the credentials and candidates. Host names (.local) and what
	// is no UDP address are ignored; the checks of the far end reach us.
	ICE sdp.ICE
	// Fingerprints are the values of a=fingerprint; one known one must match
	// the certificate (RFC 8122 §5, sha-1 to sha-512).
	Fingerprints []string
	// Setup is our own role: sdp.Active sends the ClientHello, sdp.Passive
	// waits for it.
	Setup sdp.Setup
}

// PeerStats is what is known of a peer's way.
type PeerStats struct {
	State         PeerState
	Local, Remote netip.AddrPort // the pair in use; zero before
	Profile       string         // SRTP protection profile
	DTLSRole      sdp.Setup
	ICEAt, DTLSAt time.Duration // from Connect until a pair and the keys were there; 0 = not yet
	Counters      Counters
}

// Peer is the way to one browser. It implements Wire.
type Peer struct{}

var _ Wire = (*Peer)(nil)

// ICE returns our side for a description: credentials and candidates, ready
// at once. After Restart it returns the new credentials.
func (p *Peer) ICE() sdp.ICE { return sdp.ICE{} }

// Connect says what the far end is and starts ICE and DTLS. It may come
// before the SIP answer. Repeated with the same data it does nothing; with
// more candidates it adds them; with new credentials after Restart it starts
// the restarted ICE, DTLS and SRTP going on as they are; with a new
// fingerprint besides it also runs DTLS anew. The error tells of credentials
// or fingerprints that cannot be used.
func (p *Peer) Connect(r PeerRemote) error { return ErrClosed }

// Restart makes new local credentials, to answer or to begin an ICE restart
// (RFC 8839 §4.4). The old pair carries the media until the new one is found.
func (p *Peer) Restart() (sdp.ICE, error) { return sdp.ICE{}, ErrClosed }

// WriteRTP implements Wire.
func (p *Peer) WriteRTP(b []byte) error { return ErrClosed }

// WriteRTCP implements Wire.
func (p *Peer) WriteRTCP(b []byte) error { return ErrClosed }

// LastHeard implements Wire.
func (p *Peer) LastHeard() int64 { return 0 }

// Stats returns what is known of the way now.
func (p *Peer) Stats() PeerStats { return PeerStats{} }

// Close implements Wire.
func (p *Peer) Close() error { return nil }
