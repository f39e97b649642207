package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// PlainConfig is how a pair of plain sockets is set up.
type PlainConfig struct {
	// Sink takes the media. Needed.
	Sink Sink
	// OnSecured is told, on a goroutine of its own, that DTLS has made the keys
	// (true), also of a far end that has moved, or has failed (false). May be nil.
	OnSecured func(ok bool)
	// Video says that packets are marked as video, and not as sound (RFC 8837 §5).
	Video bool
}

// PlainRemote is what the far description says of the way.
type PlainRemote struct {
	// RTP and RTCP are the addresses of c=, m= and a=rtcp. A zero or
	// unspecified RTP (hold, RFC 3264 §8.4) means that there is nowhere to
	// send to; what was learned is kept. A zero RTCP means the port above RTP.
	RTP, RTCP netip.AddrPort
	// Mux says that RTCP shares the RTP port (RFC 5761, a=rtcp-mux agreed).
	Mux bool
	// Signaling is where the far end's SIP comes from. Another source of RTP
	// than the described one is learned only where the described address is
	// not this one, as behind a NAT.
	Signaling netip.Addr
	// Hosts and SSRCs are what else the description names of the far end: other
	// addresses of its (o=, candidates) and the sources that it announces (a=ssrc). A
	// source that is not described is rather learned if it has one of them. Four of
	// each are looked at.
	Hosts []netip.Addr
	SSRCs []uint32
	// PayloadTypes are those that may arrive: voice, events, comfort noise.
	PayloadTypes [128]bool
	// Security is how the media is encrypted.
	Security PlainSecurity
}

// Plain is the way to one telephone over plain RTP. It implements Wire.
type Plain struct {
	ports     *Ports         // immutable
	port      uint16         // immutable, even
	onSecured func(bool)     // immutable, may be nil
	running   sync.WaitGroup // handshakes
	plainPath
	sealed  []heldKey // keys of ours, guarded by mu
	opened  heldKeys  // the last keys of theirs, guarded by mu
	latched atomic.Bool
}

// plainPath is what the path of a packet touches, side by side.
type plainPath struct {
	rtp, rtcp *udpSocket                 // immutable
	sink      Sink                       // immutable
	ahead     Ahead                      // the Sink, where it takes part; immutable
	guard     atomic.Pointer[plainGuard] // nil: not encrypted
	to        atomic.Pointer[plainTo]    // where to send, follows the latch
	heard     atomic.Int64
	raw       atomic.Pointer[func(b []byte, at int64)] // see SetRaw
	closed    atomic.Bool
	used      atomic.Bool // a packet came or went

	// sinkMu keeps the calls to the sink from overlapping. Only the readers
	// take it, so that whoever the sink waits for may use every method.
	sinkMu sync.Mutex
	mu     sync.Mutex
	count  legCounters
	latch  latch // guarded by mu
}

// plainTo is where packets go. A zero address means nowhere; refused says
// that there was one, but not to be sent to.
type plainTo struct {
	rtp, rtcp               netip.AddrPort
	rtpRefused, rtcpRefused bool
	mux                     bool
}

var _ Wire = (*Plain)(nil)

// newPlain opens the two sockets of port. Nothing is read before start.
func newPlain(p *Ports, port uint16, c PlainConfig) (*Plain, error) {
	mark := expedited
	if c.Video {
		mark = assured
	}
	rtp, err := openSocket(netip.AddrPortFrom(p.c.Addr, port), plainBuffer, mark)
	if err != nil {
		return nil, err
	}
	rtcp, err := openSocket(netip.AddrPortFrom(p.c.Addr, port+1), plainBuffer, mark)
	if err != nil {
		_ = rtp.close()
		return nil, err
	}
	pl := &Plain{ports: p, port: port, onSecured: c.OnSecured, plainPath: plainPath{rtp: rtp, rtcp: rtcp, sink: c.Sink}}
	pl.ahead, _ = c.Sink.(Ahead)
	pl.to.Store(&plainTo{})
	return pl, nil
}

// Port returns the local ports.
func (p *Plain) Port() (rtp, rtcp uint16) { return p.port, p.port + 1 }

// Addr returns the local address, unspecified where every address is listened on.
func (p *Plain) Addr() netip.Addr { return p.ports.c.Addr }

// SetRemote says where the far end is. It may be called again (re-INVITE):
// the latch is armed anew only when the address has changed, and keys that have
// not changed go on. The error says what of the security cannot be served; all is
// as it was then.
func (p *Plain) SetRemote(r PlainRemote) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return ErrClosed
	}
	before := p.latch
	p.latch.set(r)
	p.aimLocked()
	moved := before.remote.RTP.IsValid() && before.remote.RTP != p.latch.remote.RTP
	if err := p.secureLocked(r.Security, r.Mux, moved); err != nil {
		p.latch = before
		p.aimLocked()
		return fmt.Errorf("encrypt plain media: %w", err)
	}
	return nil
}

// Await takes sound in before the far end is described (RFC 3264 §5.1): r says where
// the signaling comes from and what payload types may arrive. Nothing is sent until
// SetRemote, whose description then decides whose sound it is. After that it does nothing.
func (p *Plain) Await(r PlainRemote) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latch.await(r)
	p.aimLocked()
}

// aimLocked works out where packets go, after any change of the latch.
func (p *Plain) aimLocked() {
	to := plainTo{rtp: p.latch.rtpTo(), rtcp: p.latch.rtcpTo(), mux: p.latch.remote.Mux}
	if to.rtp.IsValid() && !p.ports.allowed(to.rtp) {
		to.rtp, to.rtpRefused = netip.AddrPort{}, true
	}
	if to.rtcp.IsValid() && !p.ports.allowed(to.rtcp) {
		to.rtcp, to.rtcpRefused = netip.AddrPort{}, true
	}
	p.to.Store(&to)
	p.latched.Store(p.latch.source.IsValid())
}

// Refuses reports whether media will never go to a described address: a group,
// or one of our own sockets. One that is unset or unspecified is a hold.
func (p *Plain) Refuses(a netip.AddrPort) bool {
	return a.IsValid() && !a.Addr().IsUnspecified() && a.Port() != 0 && !p.ports.allowed(unmap(a))
}

// Remote returns where RTP goes now: the latched source, else the described
// address; zero when nowhere.
func (p *Plain) Remote() netip.AddrPort { return p.to.Load().rtp }

// RemoteRTCP returns where RTCP goes: the same as Remote where the two share a port.
func (p *Plain) RemoteRTCP() netip.AddrPort { return p.to.Load().rtcp }

// Latched reports whether a source has been accepted.
func (p *Plain) Latched() bool { return p.latched.Load() }

// WriteRTP implements Wire.
func (p *Plain) WriteRTP(b []byte, q *Batch) error { return p.writeRTP(b, q, sealRTP) }

// RelayRTP implements Wire. Nothing waits: each leg has a socket of its own.
func (p *Plain) RelayRTP(b []byte, _ *Batch) error { return p.writeRTP(b, nil, sealRelayed) }

func (p *Plain) writeRTP(b []byte, q *Batch, as sealing) error {
	if _, ok := parseRTP(b); !ok {
		return ErrShortTail
	}
	to := p.to.Load()
	switch {
	case p.closed.Load():
		return ErrClosed
	case to.rtpRefused:
		p.count.unsendable.Add(1)
		return nil
	case !to.rtp.IsValid():
		p.count.notReadyOut.Add(1)
		return nil
	}
	size := len(b)
	if g := p.guard.Load(); g != nil {
		var ok bool
		var err error
		if b, ok, err = p.seal(g, b, as); !ok {
			return err
		}
	}
	if q.keep(b, p.rtp, to.rtp, &p.count) {
		p.markUsed()
	} else if err := p.write(p.rtp, b, to.rtp); err != nil {
		return err
	}
	p.count.packetsOut.Add(1)
	p.count.octetsOut.Add(uint64(size))
	return nil
}

// WriteRTCP implements Wire.
func (p *Plain) WriteRTCP(b []byte) error {
	if _, ok := parseRTCP(b); !ok {
		return ErrShortTail
	}
	to := p.to.Load()
	switch {
	case p.closed.Load():
		return ErrClosed
	case to.rtcpRefused:
		p.count.unsendable.Add(1)
		return nil
	case !to.rtcp.IsValid():
		p.count.rtcpUnsent.Add(1)
		return nil
	}
	conn := p.rtcp
	if to.mux {
		conn = p.rtp
	}
	if g := p.guard.Load(); g != nil {
		var ok bool
		var err error
		as := sealControl
		if to.mux {
			as = sealMuxed
		}
		if b, ok, err = p.seal(g, b, as); !ok {
			return err
		}
	}
	if err := p.write(conn, b, to.rtcp); err != nil {
		return err
	}
	p.count.rtcpOut.Add(1)
	return nil
}

func (p *Plain) write(conn *udpSocket, b []byte, to netip.AddrPort) error {
	p.markUsed()
	err := conn.send(b, to)
	if err == nil {
		return nil
	}
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	p.count.writeErrors.Add(1)
	return err
}

// markUsed notes that there are packets on the ports; the cache line is written
// once only.
func (p *Plain) markUsed() {
	if !p.used.Load() {
		p.used.Store(true)
	}
}

// LastHeard implements Wire.
func (p *Plain) LastHeard() int64 { return p.heard.Load() }

// Counters returns what has been counted so far.
func (p *Plain) Counters() Counters { return p.count.snapshot() }

// Close implements Wire. The ports are free for others once it has returned;
// the readers end by themselves.
func (p *Plain) Close() error {
	if !p.closed.CompareAndSwap(false, true) {
		return nil
	}
	p.guard.Load().end()
	p.running.Wait()
	err := errors.Join(p.rtp.close(), p.rtcp.close())
	p.ports.forget(p)
	p.ports.release(p.port, p.used.Load())
	return err
}
