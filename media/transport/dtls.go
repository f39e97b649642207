package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/tandemgw/tandem/media/sdp"
)

const (
	// handshakeTime bounds one handshake, once there is a way to the far end.
	handshakeTime = 10 * time.Second
	// handshakeTries bounds how often one is begun anew: an alert forged in
	// the far end's name may spoil the first.
	handshakeTries = 3
	// flightInterval is when a flight is first repeated; it doubles from
	// there. The usual second is heard as silence after the answer.
	flightInterval = 50 * time.Millisecond
	// closeGrace is what is left to the far end, after it has closed DTLS, to
	// say why in SIP.
	closeGrace = time.Second
	// maxReadErrors bounds the errors DTLS may report before it is given up.
	maxReadErrors = 1000
)

// association is one DTLS association: one certificate of the far end.
type association struct {
	peer   *Peer
	prints fingerprints // what the far end's certificate has to be
	role   sdp.Setup    // ours

	session *iceSession // whose pair it waits for

	ctx    context.Context // ends with the association
	cancel context.CancelFunc

	mu   sync.Mutex
	conn *dtls.Conn // the present try; guarded by mu
}

// secureLocked starts DTLS if the certificate promised is a new one.
func (p *Peer) secureLocked(s *iceSession, prints fingerprints, role sdp.Setup) {
	former := p.secure
	if former != nil && former.prints.equal(prints) {
		return
	}
	a := &association{peer: p, prints: prints, role: role, session: s}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	p.secure = a
	p.status.dtlsGone = false
	p.running.Go(func() { a.run(former) })
}

// end closes the association and says so to the far end. Nil has nothing to
// end.
func (a *association) end() {
	if a == nil {
		return
	}
	a.cancel()
	a.mu.Lock()
	conn := a.conn
	a.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}

// run is the goroutine of an association. A former one goes on until the new
// far end can be reached.
func (a *association) run(former *association) {
	p := a.peer
	select {
	case <-a.session.ready:
	case <-a.ctx.Done():
		former.end()
		return
	}
	if former != nil {
		former.end()
		p.pipe.Store(newDTLSPipe(p, dtlsQueue))
	}
	conn, err := a.establish()
	if a.ctx.Err() != nil {
		return
	}
	if err != nil {
		p.mux.count.handshakesFailed.Add(1)
		p.mux.log.Info("DTLS handshake failed", "reason", err)
		p.mu.Lock()
		if p.secure == a {
			p.status.dtlsGone, p.status.reason = true, "DTLS: "+err.Error()
		}
		p.tellLocked()
		p.mu.Unlock()
		return
	}
	a.watch(conn)
	select {
	case <-time.After(closeGrace):
	case <-a.ctx.Done():
		return
	}
	p.mu.Lock()
	p.status.gone = p.status.gone || p.secure == a
	p.tellLocked()
	p.mu.Unlock()
}

// establish does the handshake and installs the keys.
func (a *association) establish() (*dtls.Conn, error) {
	p := a.peer
	ctx, cancel := context.WithTimeout(a.ctx, handshakeTime)
	defer cancel()
	var last error
	for try := range handshakeTries {
		pipe := p.pipe.Load()
		if try > 0 || a.role == sdp.Active {
			// A server's early hellos are for this try; nothing else is.
			pipe = newDTLSPipe(p, dtlsQueue)
			p.pipe.Swap(pipe).queue.close()
		}
		pipe.queue.grow(dtlsQueue)
		conn, err := a.handshake(ctx, pipe)
		if err == nil {
			return conn, nil
		}
		last = err
		if ctx.Err() != nil || errors.Is(err, errWrongFingerprint) {
			break
		}
	}
	return nil, last
}

func (a *association) handshake(ctx context.Context, pipe *dtlsPipe) (*dtls.Conn, error) {
	var conn *dtls.Conn
	var err error
	if a.role == sdp.Active {
		conn, err = dtls.ClientWithOptions(pipe, dtlsFar, clientOptions(a)...)
	} else {
		conn, err = dtls.ServerWithOptions(pipe, dtlsFar, serverOptions(a)...)
	}
	if err != nil {
		return nil, fmt.Errorf("set up DTLS: %w", err)
	}
	a.mu.Lock()
	a.conn = conn
	a.mu.Unlock()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := a.install(conn, pipe); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// install makes the keys of a finished handshake those of the peer, once the
// certificate has been seen to be the right one.
func (a *association) install(conn *dtls.Conn, pipe *dtlsPipe) error {
	state, ok := conn.ConnectionState()
	if !ok || len(state.PeerCertificates) == 0 || !a.prints.match(state.PeerCertificates[0]) {
		return errWrongFingerprint
	}
	k, err := newKeys(conn, a.role == sdp.Active)
	if err != nil {
		return err
	}
	p := a.peer
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() || p.secure != a {
		return ErrClosed
	}
	pipe.over(a.role == sdp.Passive)
	p.keys.Store(k)
	if p.securedAt.IsZero() {
		p.securedAt = time.Now()
	}
	p.status.secured = true
	p.tellLocked()
	return nil
}

// watch reads until the far end or we close. Nothing is sent over DTLS but
// the handshake and the goodbye; data is read and thrown away.
func (a *association) watch(conn *dtls.Conn) {
	b := make([]byte, 256)
	for range maxReadErrors {
		for {
			if _, err := conn.Read(b); err != nil {
				if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || a.ctx.Err() != nil {
					return
				}
				break
			}
		}
	}
}

// verify checks the far end's certificate before the handshake goes on.
func (a *association) verify(certs [][]byte, _ [][]*x509.Certificate) error {
	if len(certs) > 0 && a.prints.match(certs[0]) {
		return nil
	}
	a.peer.mux.count.fingerprintWrong.Add(1)
	return errWrongFingerprint
}

func clientOptions(a *association) []dtls.ClientOption {
	var all []dtls.ClientOption
	for _, o := range commonOptions(a) {
		all = append(all, o)
	}
	return all
}

// serverOptions leaves the cookie out (RFC 6347 §4.2.1): ICE has proven that
// the client is where it says it is.
func serverOptions(a *association) []dtls.ServerOption {
	all := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithInsecureSkipVerifyHello(true)}
	for _, o := range commonOptions(a) {
		all = append(all, o)
	}
	return all
}

// commonOptions: WebRTC certificates are self-signed and known by their
// fingerprint (RFC 8827 §6.5), so chains are not looked at, verify is.
func commonOptions(a *association) []dtls.Option {
	return []dtls.Option{
		dtls.WithCertificates(a.peer.mux.c.Certificate),
		dtls.WithInsecureSkipVerify(true),
		dtls.WithVerifyPeerCertificate(a.verify),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(srtpProfiles...),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(pionLog{a.peer.mux.log}),
	}
}
