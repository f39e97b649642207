package transport

import (
	"net/netip"
	"sync"
	"sync/atomic"
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
	// PeerDisconnected means that no check was heard or answered for 7 s.
	PeerDisconnected
	// PeerFailed means that ICE gave up after another 20 s, or that DTLS came
	// to nothing or showed the wrong certificate.
	PeerFailed
	// PeerClosed means that the far end closed DTLS (a second is left to it
	// to say why in SIP), or that Close was called.
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
	// Fingerprints are the values of a=fingerprint. Those of the strongest
	// hash function we know count, and one must match the certificate
	// (RFC 8122 §5; sha-1, sha-256, sha-384, sha-512).
	Fingerprints []string
	// Setup is our own role: sdp.Active sends the ClientHello, sdp.Passive
	// waits for it.
	Setup sdp.Setup
}

// PeerStats is what is known of a peer's way.
type PeerStats struct {
	State         PeerState
	Local, Remote netip.AddrPort // of the pair in use; zero before. Local is unspecified where every address is listened on, zero behind a relay.
	Way           string         // "udp", "tcp" or "relay"; empty before
	Profile       string         // SRTP protection profile, e.g. AEAD_AES_128_GCM
	DTLSRole      sdp.Setup      // ours
	ICEAt, DTLSAt time.Duration  // from Connect until a pair, and the keys, were there; 0 = not yet
	Reason        string         // why the state is PeerFailed; empty else
	Counters      Counters
}

// Peer is the way to one browser. It implements Wire.
type Peer struct {
	mux  *Mux       // immutable
	c    PeerConfig // immutable
	turn uint32     // immutable, picks the socket for addresses not heard from
	packetPath

	running sync.WaitGroup // goroutines of ours

	mu sync.Mutex
	generations
	secure *association // DTLS, nil before Connect; guarded by mu
	moments
	status peerStatus // guarded by mu
	news   notifier   // own lock
}

// packetPath is what the path of a packet touches.
type packetPath struct {
	flow   atomic.Pointer[target]   // where media and DTLS go; nil: nowhere yet
	keys   atomic.Pointer[keys]     // nil before DTLS
	pipe   atomic.Pointer[dtlsPipe] // never nil
	heard  atomic.Int64
	closed atomic.Bool
	ahead  Ahead      // the Sink, where it takes part; immutable
	sinkMu sync.Mutex // decryption and the sink; only readers of the Mux take it
	count  legCounters
}

// generations are the ICE sessions of a peer, guarded by its mu.
type generations struct {
	current *iceSession // carries the media
	next    *iceSession // of a restart under way, or nil
	old     *iceSession // replaced a moment ago, or nil
	retire  *time.Timer // ends old
}

// moments are when things first happened, guarded by the peer's mu.
type moments struct {
	connectedAt time.Time // Connect
	reachedAt   time.Time // flow was set
	securedAt   time.Time // keys were set
}

var _ Wire = (*Peer)(nil)

func newPeer(m *Mux, c PeerConfig) *Peer {
	p := &Peer{mux: m, c: c, turn: m.turn.Add(1)}
	p.ahead, _ = c.Sink.(Ahead)
	p.news.tell = c.OnState
	p.pipe.Store(newDTLSPipe(p, earlyHellos))
	p.current = newICESession(p)
	return p
}

// alive reports whether the peer has been heard lately, so that its addresses
// are not another's for the asking.
func (p *Peer) alive() bool {
	return !p.closed.Load() && Now()-p.heard.Load() < int64(aliveFor)
}

// aliveFor is longer than a browser is silent: they check every 2.5 to 5 s.
const aliveFor = 10 * time.Second

// ICE returns our side for a description: credentials and candidates, ready
// at once. After Restart it returns the new credentials.
func (p *Peer) ICE() sdp.ICE {
	p.mu.Lock()
	s := p.current
	if p.next != nil {
		s = p.next
	}
	p.mu.Unlock()
	return sdp.ICE{
		Ufrag: s.ufrag, Pwd: s.pwd, Lite: p.mux.c.Lite,
		Candidates: p.mux.candidates(), EndOfCandidates: true,
	}
}

// LastHeard implements Wire.
func (p *Peer) LastHeard() int64 { return p.heard.Load() }

// Stats returns what is known of the way now.
func (p *Peer) Stats() PeerStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PeerStats{State: p.status.last, ICEAt: after(p.connectedAt, p.reachedAt), DTLSAt: after(p.connectedAt, p.securedAt), Counters: p.count.snapshot()}
	if p.secure != nil {
		s.DTLSRole = p.secure.role
	}
	if k := p.keys.Load(); k != nil {
		s.Profile = k.profile
	}
	if s.State == PeerFailed {
		s.Reason = p.status.reason
	}
	if f := p.flow.Load(); f != nil {
		s.Remote, s.Way = f.addr, "udp"
		if f.via != nil && f.via.link != nil {
			s.Local, s.Remote, s.Way = f.via.link.c.Local, f.via.link.c.Mapped, f.via.link.c.Kind
		} else if f.via != nil {
			s.Local = netip.AddrPortFrom(f.via.bind, p.mux.port)
		}
	}
	return s
}

// after returns how long after start something was, at least 1 ns if it was.
func after(start, at time.Time) time.Duration {
	if start.IsZero() || at.IsZero() {
		return 0
	}
	return max(at.Sub(start), 1)
}

// Close implements Wire. It says goodbye in DTLS, gives every address, port
// and goroutine back, and waits for all but callbacks under way.
func (p *Peer) Close() error {
	if !p.closed.CompareAndSwap(false, true) {
		return nil
	}
	p.mu.Lock()
	a := p.secure
	sessions := []*iceSession{p.current, p.next, p.old}
	if p.retire != nil {
		p.retire.Stop()
	}
	p.status.gone = true
	p.tellLocked()
	p.mu.Unlock()
	if a != nil {
		a.end()
	}
	p.running.Wait()
	for _, s := range sessions {
		if s != nil {
			s.close(nil)
		}
	}
	p.pipe.Load().queue.close()
	p.flow.Store(nil)
	p.keys.Store(nil)
	p.mux.forget(p)
	return nil
}
