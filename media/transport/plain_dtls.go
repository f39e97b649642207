package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"

	"github.com/tandemgw/tandem/media/sdp"
)

// plainHandshake is DTLS-SRTP on one socket of a plain leg, without ICE (RFC 5763
// §6.9): nobody has proven an address, so that DTLS is taken only from where it was
// described, or behind a NAT from its host or that of the signaling, a server asks for a
// cookie first, and nothing else goes out before the certificate is the promised one.
type plainHandshake struct {
	plain   *Plain
	control bool // RTCP's own port
	prints  fingerprints
	setup   sdp.Setup

	ctx    context.Context
	cancel context.CancelFunc
	keys   atomic.Pointer[keys]
	pipe   atomic.Pointer[plainPipe]
	from   atomic.Pointer[netip.AddrPort] // where what the handshake has read last came from
	spoke  atomic.Bool                    // the described address did, so that nobody else is listened to

	mu     sync.Mutex
	conn   *dtls.Conn      // the present try; guarded by mu
	former *plainHandshake // whose keys are used until there are others; guarded by mu
}

var errNoCertificate = errors.New("DTLS-SRTP without a certificate of our own")

// shakeLocked starts DTLS where the certificate promised, or the role, is a new
// one; p.mu is held. What runs for the same goes on, but where the far end wants another
// association, or has moved:
// the same certificate at another address may be another telephone's, behind one
// gateway of theirs, that knows nothing of the keys (RFC 5763 §6.6). Until it has shaken
// hands, and where it never does, those of before count.
func (p *Plain) shakeLocked(s PlainSecurity, mux, moved bool, old *plainGuard) error {
	prints, err := parseFingerprints(s.Fingerprints)
	switch {
	case err != nil:
		return err
	case s.Setup != sdp.Active && s.Setup != sdp.Passive:
		return errSetup
	case len(p.ports.c.Certificate.Certificate) == 0:
		return errNoCertificate
	}
	same := old != nil && old.rtp != nil && old.rtp.prints.equal(prints) && old.rtp.setup == s.Setup && (old.rtcp == nil) == mux
	if same && !moved && old.security.Association == s.Association {
		return nil
	}
	g := &plainGuard{security: s, rtp: p.newHandshake(prints, s.Setup, false)}
	if !mux {
		g.rtcp = p.newHandshake(prints, s.Setup, true)
	}
	if same {
		g.rtp.goOn(old.rtp)
		g.rtcp.goOn(old.rtcp)
		old = nil
	}
	p.guard.Store(g)
	old.end()
	for _, h := range []*plainHandshake{g.rtp, g.rtcp} {
		if h != nil {
			p.running.Go(h.run)
		}
	}
	return nil
}

func (p *Plain) newHandshake(prints fingerprints, setup sdp.Setup, control bool) *plainHandshake {
	h := &plainHandshake{plain: p, control: control, prints: prints, setup: setup}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.pipe.Store(newPlainPipe(h))
	return h
}

// end stops the handshake, or says goodbye after it. Nil has nothing to end.
func (h *plainHandshake) end() {
	if h == nil {
		return
	}
	h.cancel()
	h.pipe.Load().queue.close()
	h.mu.Lock()
	conn := h.conn
	h.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
	h.takeFormer().end()
}

// goOn leaves the keys of the handshake before in use, which ends with this one or
// when there are others. It is called before run. Nil has none.
func (h *plainHandshake) goOn(former *plainHandshake) {
	if h == nil {
		return
	}
	if elder := former.takeFormer(); elder != nil { // former has no keys of its own yet
		former.end()
		former = elder
	}
	k := former.keys.Load()
	if k == nil {
		former.end()
		return
	}
	h.keys.Store(k)
	h.former = former
}

// takeFormer returns the handshake before, which is the caller's to end. Nil has none.
func (h *plainHandshake) takeFormer() *plainHandshake {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.former
	h.former = nil
	return f
}

// run is the goroutine of a handshake: it makes the keys, tells of it, and reads
// until somebody closes.
func (h *plainHandshake) run() {
	conn, err := h.establish()
	if err != nil {
		if h.ctx.Err() == nil {
			h.plain.ports.log.Info("DTLS handshake failed", "leg", "plain", "reason", err)
			if h.keys.Load() == nil {
				h.plain.tell(false)
			}
		}
		return
	}
	if !h.control {
		h.plain.tell(true)
	}
	b := make([]byte, 256)
	for range maxReadErrors {
		if _, err := conn.Read(b); errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || h.ctx.Err() != nil {
			return
		}
	}
}

// tell says how the handshake of the media went.
func (p *Plain) tell(secured bool) {
	if p.onSecured != nil && !p.closed.Load() {
		go p.onSecured(secured) // it may call Close, which waits for us
	}
}

func (h *plainHandshake) establish() (*dtls.Conn, error) {
	ctx, cancel := context.WithTimeout(h.ctx, handshakeTime)
	defer cancel()
	pipe := h.pipe.Load() // with what came before we began
	for try := 0; ; {
		if h.spoke.Load() {
			try++ // else it was somebody else who has spoiled it
		}
		conn, err := h.try(ctx, pipe)
		if err == nil {
			return conn, nil
		}
		if try >= handshakeTries || try > 0 && errors.Is(err, errWrongFingerprint) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(tryPause):
		}
		pipe = h.afresh(pipe)
	}
}

// tryPause is how long nothing is tried after a handshake that somebody has spoiled.
const tryPause = 20 * time.Millisecond

func (h *plainHandshake) try(ctx context.Context, pipe *plainPipe) (*dtls.Conn, error) {
	var conn *dtls.Conn
	var err error
	if h.setup == sdp.Active {
		conn, err = dtls.ClientWithOptions(pipe, dtlsFar, h.clientOptions()...)
	} else {
		conn, err = dtls.ServerWithOptions(pipe, dtlsFar, h.serverOptions()...)
	}
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.conn = conn
	h.mu.Unlock()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := h.install(conn, pipe); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// install puts the keys to work once the certificate has been seen to be right.
// Where it came from is the far end's address then.
func (h *plainHandshake) install(conn *dtls.Conn, pipe *plainPipe) error {
	state, ok := conn.ConnectionState()
	if !ok || len(state.PeerCertificates) == 0 || !h.prints.match(state.PeerCertificates[0]) {
		return errWrongFingerprint
	}
	k, err := newKeys(conn, h.setup == sdp.Active)
	if err != nil {
		return err
	}
	former, err := h.use(k, pipe)
	former.end()
	return err
}

// use puts keys to work, and returns the handshake of those before.
func (h *plainHandshake) use(k *keys, pipe *plainPipe) (former *plainHandshake, err error) {
	p := h.plain
	p.mu.Lock()
	defer p.mu.Unlock()
	if h.ctx.Err() != nil {
		return nil, ErrClosed
	}
	pipe.over(h.setup == sdp.Passive)
	h.keys.Store(k)
	if from := h.from.Load(); from != nil {
		p.latch.proven(*from, p.latch.ssrc, h.control, !h.control)
		p.aimLocked()
	}
	return h.takeFormer(), nil
}

func (h *plainHandshake) clientOptions() []dtls.ClientOption {
	var all []dtls.ClientOption
	for _, o := range h.options() {
		all = append(all, o)
	}
	return all
}

// serverOptions leaves the cookie exchange in (RFC 6347 §4.2.1).
func (h *plainHandshake) serverOptions() []dtls.ServerOption {
	all := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
	for _, o := range h.options() {
		all = append(all, o)
	}
	return all
}

func (h *plainHandshake) options() []dtls.Option {
	return []dtls.Option{
		dtls.WithCertificates(h.plain.ports.c.Certificate),
		dtls.WithInsecureSkipVerify(true), // self-signed, and known by the fingerprint
		dtls.WithVerifyPeerCertificate(h.verify),
		dtls.WithSRTPProtectionProfiles(append(slices.Clip(srtpProfiles), dtls.SRTP_AES128_CM_HMAC_SHA1_32)...),
		dtls.WithExtendedMasterSecret(dtls.RequestExtendedMasterSecret),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(pionLog{h.plain.ports.log}),
	}
}

func (h *plainHandshake) verify(certs [][]byte, _ [][]*x509.Certificate) error {
	if len(certs) > 0 && h.prints.match(certs[0]) {
		return nil
	}
	return errWrongFingerprint
}

// afresh ends the present try and returns the pipe of the next one, which begins with
// what the far end itself has to say: somebody else may have said anything in this one,
// and a message that is taken for the far end's first is never asked for again.
func (h *plainHandshake) afresh(pipe *plainPipe) *plainPipe {
	if h.pipe.CompareAndSwap(pipe, newPlainPipe(h)) {
		pipe.queue.close()
	}
	return h.pipe.Load()
}

// takeDTLS gives a datagram to the handshake of its port.
func (g *plainGuard) takeDTLS(p *Plain, b []byte, from netip.AddrPort, rtpPort bool) {
	h := g.handshake(!rtpPort)
	if h == nil || !rtpPort && !h.control {
		p.drop(stranger, !rtpPort)
		return
	}
	p.mu.Lock()
	may := p.latch.mayShake(from, h.control)
	described := p.latch.describes(from, h.control)
	p.mu.Unlock()
	pipe := h.pipe.Load()
	switch {
	case !may, !described && h.spoke.Load():
		p.drop(stranger, !rtpPort)
		return
	case !pipe.passes(b, !described):
		p.drop(malformed, !rtpPort)
		return
	case !described:
		pipe.doubtful.Store(true)
	case !h.spoke.Swap(true) && pipe.doubtful.Load() && !pipe.done.Load():
		pipe = h.afresh(pipe)
	}
	if !pipe.queue.put(datagram{b: b, from: from}) {
		p.count.notReady.Add(1)
	}
}

// mayShake reports whether DTLS of a source is taken: from the described or the
// known address, and where a NAT may stand between, from any port of their hosts and
// of the signaling's.
func (l *latch) mayShake(from netip.AddrPort, control bool) bool {
	switch {
	case !l.remote.RTP.IsValid():
		return false
	case l.describes(from, control), from == l.source && !control, from == l.rtcp && control:
		return true
	}
	return l.mayLearn() && (l.isNear(from.Addr()) || l.source.IsValid() && from.Addr() == l.source.Addr())
}

// describes reports whether a source is the very address that was described.
func (l *latch) describes(from netip.AddrPort, control bool) bool {
	if control {
		return from == l.remote.RTCP
	}
	return from == l.remote.RTP
}

// Fingerprint returns the value of a=fingerprint for plain legs; empty where there
// is no certificate, and no DTLS then.
func (p *Ports) Fingerprint() string {
	if len(p.c.Certificate.Certificate) == 0 {
		return ""
	}
	return fingerprintOf(p.c.Certificate.Certificate[0])
}
