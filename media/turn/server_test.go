package turn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/media/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: still not after %s", what, patience)
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// house is a server with the media port that it leads to.
type house struct {
	*Server
	mux           *transport.Mux
	udp, tcp, tls string
}

func open(t testing.TB) *house {
	t.Helper()
	cert := certificate(t)
	at := netip.MustParseAddrPort("127.0.0.1:0")
	mux, err := transport.ListenMux(transport.MuxConfig{Listen: []netip.AddrPort{at}, Certificate: cert})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mux.Close() })
	s, err := New(Config{Mux: mux, Realm: "example.test", Secret: []byte(strings.Repeat("s", 32)), Listen: []Listen{
		{Addr: at, Network: "udp"}, {Addr: at, Network: "tcp"}, {Addr: at, Network: "tcp", TLS: &tls.Config{Certificates: []tls.Certificate{cert}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := &house{Server: s, mux: mux}
	for i, to := range []*string{&h.udp, &h.tcp, &h.tls} {
		*to = netip.AddrPortFrom(at.Addr(), s.Listening()[i].Port).String()
	}
	return h
}

// ask is a client of the server over UDP.
func (h *house) ask(t *testing.T, username, password string) *pion.Client {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return h.client(t, conn, h.udp, username, password)
}

func (h *house) client(t *testing.T, conn net.PacketConn, at, username, password string) *pion.Client {
	t.Helper()
	silent := logging.NewDefaultLoggerFactory()
	silent.DefaultLogLevel = logging.LogLevelDisabled
	c, err := pion.NewClient(&pion.ClientConfig{
		TURNServerAddr: at, Username: username, Password: password, Realm: "example.test", Conn: conn, LoggerFactory: silent, RTO: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); _ = conn.Close() })
	return c
}

// allocate makes an allocation that stays until the test ends.
func (h *house) allocate(t *testing.T, username, password string) error {
	t.Helper()
	relayed, err := h.ask(t, username, password).Allocate()
	if err == nil {
		t.Cleanup(func() { _ = relayed.Close() })
	}
	return err
}

// hears is the sign of a packet that reached the media port: it is no STUN of ours.
func (h *house) hears(t *testing.T, send func()) {
	t.Helper()
	before := h.mux.Counters().STUNUnknown
	eventually(t, "heard on the media port", func() bool {
		send()
		return h.mux.Counters().STUNUnknown > before
	})
}

// request is a check for a peer that there is not.
func request(t *testing.T) []byte {
	t.Helper()
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername("nobody:them"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

func TestAllocationLeadsToOurMediaOverEveryTransport(t *testing.T) {
	h := open(t)
	user, password := h.Credentials("201", time.Now())
	dialed := func(c net.Conn, err error) net.PacketConn {
		if err != nil {
			t.Fatal(err)
		}
		return pion.NewSTUNConn(c)
	}
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, way := range map[string]struct {
		conn net.PacketConn
		at   string
	}{
		"udp": {udp, h.udp},
		"tcp": {dialed(net.Dial("tcp", h.tcp)), h.tcp},
		"tls": {dialed(tls.Dial("tcp", h.tls, &tls.Config{InsecureSkipVerify: true})), h.tls},
	} {
		t.Run(name, func(t *testing.T) {
			c := h.client(t, way.conn, way.at, user, password)
			relayed, err := c.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			if a := addrPortOf(relayed.LocalAddr()); a.Addr() != h.mux.Addrs()[0].Addr() || a.Port() < 49152 {
				t.Errorf("relayed address %s", a)
			}
			h.hears(t, func() { _, _ = relayed.WriteTo(request(t), net.UDPAddrFromAddrPort(h.mux.Addrs()[0])) })
			if n := h.Counters().Allocations; n != 1 {
				t.Errorf("%d allocations", n)
			}
			_ = relayed.Close()
			eventually(t, "the allocation gone", func() bool { return h.Counters().Allocations == 0 })
		})
	}
}

// The relay is none for anything else: not for other machines, not for other ports
// of this one, not for other relayed addresses.
func TestNothingElseIsReached(t *testing.T) {
	h := open(t)
	user, password := h.Credentials("201", time.Now())
	relayed, err := h.ask(t, user, password).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relayed.Close()
	second, err := h.ask(t, user, password).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	private, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer private.Close()
	for _, to := range []net.Addr{
		private.LocalAddr(), second.LocalAddr(),
		&net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 53}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: int(h.mux.Port())},
		&net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: int(h.mux.Port())}, &net.UDPAddr{IP: net.IPv4(169, 254, 169, 254), Port: 80},
	} {
		_, _ = relayed.WriteTo([]byte("out of here"), to)
	}
	h.hears(t, func() { _, _ = relayed.WriteTo(request(t), net.UDPAddrFromAddrPort(h.mux.Addrs()[0])) })
	if n := h.Counters().Forbidden; n < 6 {
		t.Errorf("%d refused, want 6", n)
	}
	for _, c := range []net.PacketConn{private, second} {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, _, err := c.ReadFrom(make([]byte, 100)); err == nil {
			t.Errorf("%d octets got through", n)
		}
	}
}

func TestCredentialsThatAreNotTaken(t *testing.T) {
	h := open(t)
	now := time.Now()
	user, password := h.Credentials("201", now)
	old, oldPassword := h.Credentials("201", now.Add(-Life-time.Minute))
	far, farPassword := h.Credentials("201", now.Add(2*graceLife))
	for name, c := range map[string][2]string{
		"wrong password":   {user, password + "x"},
		"another's name":   {strings.Replace(user, "201", "202", 1), password},
		"too old":          {old, oldPassword},
		"from the future":  {far, farPassword},
		"no time":          {"201", h.password("201")},
		"no number":        {"soon:201", h.password("soon:201")},
		"an endless name":  {user + strings.Repeat("x", 300), h.password(user + strings.Repeat("x", 300))},
		"no name and such": {":", h.password(":")},
	} {
		if relayed, err := h.ask(t, c[0], c[1]).Allocate(); err == nil {
			_ = relayed.Close()
			t.Errorf("%s: taken", name)
		}
	}
	if c := h.Counters(); c.Made != 0 || c.Unauthorized < 8 {
		t.Errorf("%+v", c)
	}
}

func TestOneUserDoesNotTakeAll(t *testing.T) {
	h := open(t)
	user, password := h.Credentials("201", time.Now())
	for i := range maxOfUser + 1 {
		err := h.allocate(t, user, password)
		if (err == nil) != (i < maxOfUser) {
			t.Fatalf("allocation %d: %v", i+1, err)
		}
	}
	other, otherPassword := h.Credentials("202", time.Now())
	if err := h.allocate(t, other, otherPassword); err != nil {
		t.Errorf("another user: %v", err)
	}
	if c := h.Counters(); c.Full != 1 || c.Allocations != maxOfUser+1 {
		t.Errorf("%+v", c)
	}
}

// A stranger gets no more than thrice what it sent, and nothing for anything but
// Allocate.
func TestStrangersAreNotAnswered(t *testing.T) {
	h := open(t)
	c, err := net.Dial("udp4", h.udp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	build := func(m stun.Method, class stun.MessageClass, s ...stun.Setter) []byte {
		all := append([]stun.Setter{stun.TransactionID, stun.NewType(m, class)}, s...)
		msg, err := stun.Build(all...)
		if err != nil {
			t.Fatal(err)
		}
		return msg.Raw
	}
	for _, b := range [][]byte{
		build(stun.MethodBinding, stun.ClassRequest), build(stun.MethodRefresh, stun.ClassRequest), build(stun.MethodSend, stun.ClassIndication),
		build(stun.MethodChannelBind, stun.ClassRequest), build(stun.MethodAllocate, stun.ClassIndication),
		{0x40, 0, 0, 4, 1, 2, 3, 4},
		{},
		{1},
		append(build(stun.MethodAllocate, stun.ClassRequest), 1, 2, 3), []byte(strings.Repeat("x", 1500)),
	} {
		_, _ = c.Write(b)
	}
	eventually(t, "all ignored", func() bool { return h.Counters().Ignored >= 10 })
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, err := c.Read(make([]byte, 2000)); err == nil {
		t.Errorf("answered with %d octets", n)
	}
	for _, b := range [][]byte{
		build(stun.MethodAllocate, stun.ClassRequest),
		build(stun.MethodAllocate, stun.ClassRequest, stun.NewUsername("a:b"), stun.NewRealm("example.test"), stun.NewNonce("x"), stun.NewShortTermIntegrity("y")),
	} {
		_, _ = c.Write(b)
		_ = c.SetReadDeadline(time.Now().Add(patience))
		n, err := c.Read(make([]byte, 2000))
		if err != nil {
			t.Fatal(err)
		}
		if n+headers > gain*(len(b)+headers) {
			t.Errorf("%d octets for %d", n, len(b))
		}
	}
}

func TestConnectionsWithoutAnAllocationAreCut(t *testing.T) {
	h := open(t)
	for name, octets := range map[string]string{"HTTP": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "garbage": strings.Repeat("\xff", 100)} {
		c, err := net.Dial("tcp", h.tcp)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, octets)
		_ = c.SetReadDeadline(time.Now().Add(patience))
		said, err := io.ReadAll(c)
		if ne := net.Error(nil); len(said) > 0 || errors.As(err, &ne) && ne.Timeout() {
			t.Errorf("%s: %q, %v", name, said, err)
		}
		_ = c.Close()
	}
	g := h.gates[0]
	eventually(t, "nothing kept", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.open) == 0 && len(g.hosts) == 0
	})
	idle, err := net.Dial("tcp", h.tls) // never shakes hands; closed with the server
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
}

func TestRateIsBounded(t *testing.T) {
	var b transport.Quota
	now := int64(time.Hour)
	sent := 0
	for range 1000 {
		if lets(&b, 1200, now) {
			sent += 1200
		}
	}
	if sent > octetsAhead || sent < octetsAhead-1200 {
		t.Errorf("%d at once", sent)
	}
	sent = 0
	for range 1000 {
		now += int64(time.Millisecond)
		if lets(&b, 1200, now) {
			sent += 1200
		}
	}
	if sent < octetsASec*9/10 || sent > octetsASec*11/10 {
		t.Errorf("%d in a second", sent)
	}
}

func TestConfigSaysWhatIsMissing(t *testing.T) {
	h := open(t)
	good := h.c
	for name, edit := range map[string]func(*Config){
		"no mux": func(c *Config) { c.Mux = nil }, "no place": func(c *Config) { c.Listen = nil },
		"no realm": func(c *Config) { c.Realm = "" }, "short secret": func(c *Config) { c.Secret = []byte("short") },
		"port taken": func(c *Config) { c.Listen = []Listen{{Addr: netip.MustParseAddrPort(h.tcp), Network: "tcp"}} },
	} {
		c := good
		edit(&c)
		if s, err := New(c); err == nil {
			_ = s.Close()
			t.Errorf("%s: taken", name)
		}
	}
}
