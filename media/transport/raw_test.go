package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// rawClient is a far end made by hand: it answers checks and can be told to
// send a check or to begin DTLS at any moment.
type rawClient struct {
	conn  *net.UDPConn
	to    netip.AddrPort
	own   sdp.ICE
	their sdp.ICE
	cert  tls.Certificate
	pipe  *queue
	done  chan struct{}
	mu    sync.Mutex
	wins  int            // success responses received
	named int            // checks received that nominate a pair
	deaf  bool           // answers no checks
	told  func(stunPeek) // is told of each; may be nil
}

func newRawClient(t *testing.T, to netip.AddrPort, their sdp.ICE) *rawClient {
	t.Helper()
	c := &rawClient{
		conn: socket(t), to: to, their: their, cert: certificate(t), pipe: newQueue(64), done: make(chan struct{}),
		own: sdp.ICE{Ufrag: "rawclient", Pwd: "thepasswordoftherawclient"},
	}
	go c.read()
	t.Cleanup(func() { _ = c.conn.Close(); <-c.done; c.pipe.close() })
	return c
}

func (c *rawClient) read() {
	defer close(c.done)
	b := make([]byte, 2048)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		switch classify(b[:n]) {
		case kindSTUN:
			c.takeSTUN(b[:n], from)
		case kindDTLS:
			c.pipe.put(datagram{b: b[:n], from: from})
		}
	}
}

func (c *rawClient) takeSTUN(b []byte, from netip.AddrPort) {
	p, _ := peekSTUN(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.kind == bindingSuccess {
		c.wins++
		return
	}
	if c.told != nil {
		c.told(p)
	}
	if c.deaf {
		return
	}
	if m, err := verifySTUN(b, c.own.Pwd); err == nil {
		if m.Contains(stun.AttrUseCandidate) {
			c.named++
		}
		if answer, err := answerSTUN(m, from, c.own.Pwd); err == nil {
			_, _ = c.conn.WriteToUDPAddrPort(answer, from)
		}
	}
}

// hear says whether the client answers checks.
func (c *rawClient) hear(checks bool) {
	c.mu.Lock()
	c.deaf = !checks
	c.mu.Unlock()
}

// tell has f told of each check.
func (c *rawClient) tell(f func(stunPeek)) {
	c.mu.Lock()
	c.told = f
	c.mu.Unlock()
}

// nominated says whether a check has come that nominates a pair.
func (c *rawClient) nominated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.named > 0
}

// check sends a binding request signed with the given password.
func (c *rawClient) check(t *testing.T, password string) {
	t.Helper()
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID,
		stun.NewUsername(c.their.Ufrag+":"+c.own.Ufrag), ice.AttrControlled(1), ice.PriorityAttr(1),
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.conn.WriteToUDPAddrPort(m.Raw, c.to)
}

// nominate sends a check of the controlling side that nominates its pair.
func (c *rawClient) nominate(t *testing.T, priority ice.PriorityAttr) {
	t.Helper()
	_, _ = c.conn.WriteToUDPAddrPort(c.nomination(t, priority), c.to)
}

// overLink answers a check that came over a link, by the link.
func (c *rawClient) overLink(t *testing.T, l *Link, b []byte) {
	t.Helper()
	m, err := verifySTUN(append([]byte(nil), b...), c.own.Pwd)
	if err != nil {
		return
	}
	if answer, err := answerSTUN(m, c.to, c.own.Pwd); err == nil {
		go l.Take(spare(answer))
	}
}

func (c *rawClient) nomination(t *testing.T, priority ice.PriorityAttr) []byte {
	t.Helper()
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID,
		stun.NewUsername(c.their.Ufrag+":"+c.own.Ufrag), ice.AttrControlling(1), ice.UseCandidate(), priority,
		stun.NewShortTermIntegrity(c.their.Pwd), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

func (c *rawClient) answered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wins
}

// remote is what the peer is told of the client.
func (c *rawClient) remote(setup sdp.Setup) PeerRemote {
	return PeerRemote{ICE: c.own, Fingerprints: []string{fingerprintOf(c.cert.Certificate[0])}, Setup: setup}
}

// hello begins DTLS as a client that says everything once.
func (c *rawClient) hello(ctx context.Context, t *testing.T) <-chan error {
	t.Helper()
	conn, err := dtls.ClientWithOptions(rawConn{c}, dtlsFar, dtls.WithCertificates(c.cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(srtpProfiles...), dtls.WithFlightInterval(time.Hour),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- conn.HandshakeContext(ctx) }()
	t.Cleanup(func() { _ = conn.Close() })
	return done
}

// rawConn is the client's socket as DTLS sees it.
type rawConn struct{ c *rawClient }

func (r rawConn) ReadFrom(b []byte) (int, net.Addr, error) {
	d, err := r.c.pipe.get()
	return copy(b, d.b), dtlsFar, err
}

func (r rawConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	return r.c.conn.WriteToUDPAddrPort(b, r.c.to)
}
func (r rawConn) Close() error                       { r.c.pipe.close(); return nil }
func (r rawConn) LocalAddr() net.Addr                { return dtlsFar }
func (r rawConn) SetDeadline(t time.Time) error      { return r.SetReadDeadline(t) }
func (r rawConn) SetReadDeadline(t time.Time) error  { r.c.pipe.setReadDeadline(t); return nil }
func (r rawConn) SetWriteDeadline(t time.Time) error { return nil }

// clientHello is the start of one, enough to be taken for DTLS.
var clientHello = record(22, 0, part(1, 0, 0, 0, 0)...)

func TestClientHelloBeforeConnectIsUsed(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	c.check(t, u.ICE().Pwd)
	eventually(t, "early check answered", func() bool { return c.answered() > 0 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	shaken := c.hello(ctx, t)
	eventually(t, "hello kept", func() bool {
		q := u.pipe.Load().queue
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.items) == 1
	})
	if u.Stats().State != PeerNew {
		t.Errorf("state %s before Connect", u.Stats().State)
	}
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	eventually(t, "connected", func() bool { return u.has(PeerConnected) })
}

func TestEarlyHellosAreBounded(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	c.check(t, u.ICE().Pwd)
	eventually(t, "early check answered", func() bool { return c.answered() > 0 })
	for range 50 {
		_, _ = c.conn.WriteToUDPAddrPort(clientHello, c.to)
	}
	eventually(t, "the rest dropped", func() bool { return m.Counters().DTLSQueueFull == 50-earlyHellos })
}

func TestChecksWithWrongCredentialsGetNoAnswer(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	wrongName := newRawClient(t, m.Addrs()[0], sdp.ICE{Ufrag: "nobody"})
	for range 10 {
		c.check(t, "some other password of 22+")
		wrongName.check(t, u.ICE().Pwd)
	}
	eventually(t, "all refused", func() bool {
		k := m.Counters()
		return k.STUNUnproven == 10 && k.STUNUnknown == 10
	})
	if err := u.Connect(c.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		c.check(t, "some other password of 22+")
	}
	eventually(t, "all refused", func() bool { return m.Counters().STUNUnproven == 20 })
	if c.answered() != 0 || wrongName.answered() != 0 || u.LastHeard() != 0 {
		t.Errorf("answers to strangers: %d and %d, heard at %d", c.answered(), wrongName.answered(), u.LastHeard())
	}
}

func TestChecksAreBounded(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	c := newRawClient(t, m.Addrs()[0], u.ICE())
	r := c.remote(sdp.Passive)
	victim := socket(t)
	for i := range 1500 {
		a := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, byte(1 + i/250), byte(1 + i%250)}), addrOf(victim).Port())
		r.ICE.Candidates = append(r.ICE.Candidates, candidateLines([]netip.AddrPort{a})...)
	}
	if err := u.Connect(r); err != nil {
		t.Fatal(err)
	}
	lonely := func() int {
		u.current.mu.Lock()
		defer u.current.mu.Unlock()
		return u.current.lonely
	}
	eventually(t, "the bound reached", func() bool { return lonely() == maxUnanswered })
	eventually(t, "more held back", func() bool { return m.Counters().ChecksHeldBack > 100 })
	if n := lonely(); n > maxUnanswered {
		t.Errorf("%d checks sent", n)
	}
	if k := m.Counters(); k.CandidatesRefused < 1400 {
		t.Errorf("%d candidates refused, want 1400", k.CandidatesRefused)
	}
	c.check(t, u.ICE().Pwd)
	eventually(t, "the true address found all the same", func() bool {
		f := u.flow.Load()
		return f != nil && f.addr == addrOf(c.conn)
	})
}

// TestWhoIsLedChecksSeldom leaves one who is controlled without an answer, as while a
// telephone rings: few messages are made that do not go out.
func TestWhoIsLedChecksSeldom(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	r := newRawClient(t, m.Addrs()[0], u.ICE()).remote(sdp.Passive)
	r.ICE.Candidates = candidateLines([]netip.AddrPort{addrOf(socket(t))})
	if err := u.Connect(r); err != nil {
		t.Fatal(err)
	}
	sent := func() int {
		u.current.mu.Lock()
		defer u.current.mu.Unlock()
		return u.current.lonely
	}
	eventually(t, "five checks", func() bool { return sent() >= 5 })
	if n := m.Counters().ChecksHeldBack; n > 4 {
		t.Errorf("%d checks were made and not sent", n)
	}
}

func TestCandidatesThatCannotBeUsed(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, true)
	s := u.current
	for _, v := range []string{
		"1 1 udp 1 0b1c2d3e-aaaa-bbbb-cccc-0123456789ab.local 5000 typ host",
		"1 1 udp 1 example.org 5000 typ host",
		"1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
		"1 2 udp 1 192.0.2.1 5000 typ host",
		"1 1 udp 1 224.0.0.1 5000 typ host",
		"1 1 udp 1 0.0.0.0 5000 typ host",
		"1 1 udp 1 255.255.255.255 5000 typ host",
		"1 1 udp 1 192.0.2.1 0 typ host",
		"1 1 udp 1 " + m.Addrs()[0].Addr().String() + " " + portText(m.Port()) + " typ host",
		"", "garbage", "1 1 udp",
	} {
		if _, ok := s.usableCandidate(v); ok {
			t.Errorf("%q was taken", v)
		}
	}
	for _, v := range []string{
		"1 1 UDP 2130706431 192.0.2.1 5000 typ host generation 0",
		"candidate:1 1 udp 1 2001:db8::1 5000 typ srflx raddr 0.0.0.0 rport 0",
	} {
		if _, ok := s.usableCandidate(v); !ok {
			t.Errorf("%q was refused", v)
		}
	}
}

// TestFarEndChangesNetworks has a far end nominate a worse pair: it is followed
// only once the pair in use has gone silent.
func TestFarEndChangesNetworks(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	home, away := newRawClient(t, m.Addrs()[0], u.ICE()), newRawClient(t, m.Addrs()[0], u.ICE())
	if err := u.Connect(home.remote(sdp.Passive)); err != nil {
		t.Fatal(err)
	}
	at := func() netip.AddrPort {
		if f := u.flow.Load(); f != nil {
			return f.addr
		}
		return netip.AddrPort{}
	}
	home.nominate(t, 1<<30)
	eventually(t, "at home", func() bool { return at() == addrOf(home.conn) })
	for i := range 5 {
		home.nominate(t, 1<<30)
		away.nominate(t, 1)
		eventually(t, "answered", func() bool { return away.answered() > i })
	}
	if at() != addrOf(home.conn) {
		t.Error("moved while the pair in use was alive")
	}
	_ = home.conn.Close()
	<-home.done
	eventually(t, "moved", func() bool {
		u.current.mu.Lock()
		if p := u.current.paths[at()]; at() != addrOf(away.conn) {
			p.at = Now() - int64(movesAfter) - 1
		}
		u.current.mu.Unlock()
		away.nominate(t, 1)
		return at() == addrOf(away.conn)
	})
}
