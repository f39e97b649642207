package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/tandemgw/tandem/media/sdp"
)

// shared is a web server whose port carries ICE over TCP besides.
func shared(t *testing.T, m *Mux) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	server := &http.Server{
		ReadHeaderTimeout: patience,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "page") }),
	}
	done, both := make(chan struct{}), m.ShareTCP(l, at)
	go func() {
		defer close(done)
		_ = server.Serve(both)
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return at
}

// A browser that has no UDP at all talks over the port of the page, which serves
// pages all the while.
func TestPeerOverTCP(t *testing.T) {
	for _, tc := range []struct {
		lite bool
		call call
	}{
		{false, call{true, sdp.Active}},
		{false, call{true, sdp.Passive}},
		{false, call{false, sdp.Passive}},
		{true, call{true, sdp.Active}},
	} {
		m := newTestMux(t, MuxConfig{Lite: tc.lite})
		at := shared(t, m)
		b := newBrowser(t, browserConfig{tcp: true})
		u := newTestPeer(t, m, !tc.call.browserOffers)
		connect(t, m, b, u, tc.call, nil)
		converse(t, b, u)
		if s := u.Stats(); s.Way != "tcp" || s.State != PeerConnected || s.Remote.Addr() != loopback || s.Local.Addr() != loopback {
			t.Errorf("%+v", s)
		}
		answer, err := http.Get("http://" + at.String())
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		if string(page) != "page" {
			t.Errorf("the page is %q", page)
		}
		if u.short || u.overlap {
			t.Errorf("room missing: %v, overlapping: %v", u.short, u.overlap)
		}
	}
}

func TestPassiveCandidatesStandAfterUDP(t *testing.T) {
	m := newTestMux(t, MuxConfig{Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:0")}})
	at := shared(t, m)
	u := newTestPeer(t, m, false)
	var udp, tcp int
	var lowest, highest uint32 = 1<<32 - 1, 0
	for _, v := range u.ICE().Candidates {
		c, err := ice.UnmarshalCandidate(v)
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		if c.NetworkType().IsTCP() {
			tcp++
			highest = max(highest, c.Priority())
			if c.TCPType() != ice.TCPTypePassive || c.Port() != int(at.Port()) || c.Address() != "127.0.0.1" {
				t.Errorf("%q", v)
			}
			continue
		}
		udp++
		lowest = min(lowest, c.Priority())
		if tcp > 0 {
			t.Errorf("%q stands after TCP", v)
		}
	}
	if udp == 0 || tcp != 1 || highest >= lowest {
		t.Errorf("%d of UDP down to %d, %d of TCP up to %d", udp, lowest, tcp, highest)
	}
}

// frame is a packet as it goes over TCP.
func frame(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

// gone waits until the far end of c has closed, and returns what it had to say.
func gone(t *testing.T, c net.Conn) []byte {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	said, err := io.ReadAll(c)
	if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
		t.Error("a connection that does not belong here is kept")
	}
	return said
}

func TestStrangersOverTCP(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	at := shared(t, m)
	u := newTestPeer(t, m, false)
	check := func(ufrag, password string) []byte {
		m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(ufrag+":them"),
			ice.AttrControlling(1), ice.PriorityAttr(1), stun.NewShortTermIntegrity(password), stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		return m.Raw
	}
	for name, octets := range map[string][]byte{
		"no packet":        {0, 0},
		"endless":          {3, 255, 0, 1},
		"media first":      frame(rtpPacket(111, 1, 1)),
		"DTLS first":       frame(clientHello),
		"too long a frame": append(frame(check(u.ICE().Ufrag, u.ICE().Pwd)), 0xff, 0xff),
		"unknown fragment": append(frame(check("nobody", "x")), frame(clientHello)...),
		"wrong password":   append(frame(check(u.ICE().Ufrag, "some other password of 22+")), frame(clientHello)...),
	} {
		c, err := net.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(octets)
		if name == "endless" {
			_ = c.(*net.TCPConn).CloseWrite()
		}
		said := gone(t, c)
		_ = c.Close()
		if len(said) > 0 && name != "too long a frame" {
			t.Errorf("%s: answered with %d octets", name, len(said))
		}
	}
	eventually(t, "nothing kept", func() bool {
		m.tcp.mu.Lock()
		defer m.tcp.mu.Unlock()
		return len(m.tcp.open) == 0 && len(m.tcp.hosts) == 0
	})
	if c := m.Counters(); c.TCPTaken != 7 || c.TCPUnproven < 6 {
		t.Errorf("%+v", c)
	}
}

// One octet at a time is taken as well as all at once; one octet alone costs what
// a slow header does.
func TestSlowConnectionIsTheOwners(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	at := shared(t, m)
	u := newTestPeer(t, m, false)
	c, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	request, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(u.ICE().Ufrag+":them"),
		ice.AttrControlling(1), ice.PriorityAttr(1), stun.NewShortTermIntegrity(u.ICE().Pwd), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range frame(request.Raw) {
		_, _ = c.Write([]byte{o})
	}
	buf := make([]byte, maxPacket)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, err := readFrame(c, buf)
	if err != nil {
		t.Fatal(err)
	}
	answer := &stun.Message{Raw: buf[:n]}
	var seen stun.XORMappedAddress
	if err := answer.Decode(); err != nil || seen.GetFrom(answer) != nil {
		t.Fatalf("%v: %v", err, answer)
	}
	if own := c.LocalAddr().(*net.TCPAddr); seen.Port != own.Port || !seen.IP.Equal(own.IP) {
		t.Errorf("told to be %s, is %s", seen, own)
	}
}

// A far end that does not read loses packets, never holds anybody up, and is cut
// off at last.
func TestSlowReaderLosesPackets(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	near, far := net.Pipe() // takes nothing that is not read
	defer far.Close()
	c := &tcpConn{mux: m, conn: near, wake: make(chan struct{}, 1)}
	m.tcp.running.Go(c.write)
	packet := make([]byte, 1200)
	begin := time.Now()
	for range 200 {
		_ = c.send(packet)
	}
	if took := time.Since(begin); took > patience { // who waits for this reader waits for ever
		t.Errorf("writing took %v", took)
	}
	if n := m.Counters().TCPFull; n < 80 || n > 150 {
		t.Errorf("%d of 200 packets dropped, want about 90 to 146", n)
	}
	c.close()
}

func TestTCPConnectionsAreBounded(t *testing.T) {
	var table tcpTable
	host := netip.MustParseAddr("192.0.2.1")
	for range maxTCPHost {
		if !table.enter(host, &tcpConn{}) {
			t.Fatal("refused too early")
		}
	}
	if table.enter(host, &tcpConn{}) {
		t.Error("one address has no bound")
	}
	for i := range maxTCP - maxTCPHost {
		if !table.enter(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), &tcpConn{}) {
			t.Fatal("refused too early")
		}
	}
	if table.enter(netip.MustParseAddr("192.0.2.2"), &tcpConn{}) {
		t.Error("all of them have no bound")
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame([]byte("hello")))
	f.Add([]byte{0})
	f.Add([]byte{0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		buf := make([]byte, maxPacket)
		in := bytes.NewReader(b)
		for {
			n, err := readFrame(in, buf)
			if err != nil {
				return
			}
			if n > maxPacket {
				t.Fatalf("%d octets", n)
			}
		}
	})
}

// TestWritingToTCPAllocatesNothing once the buffers have grown.
func TestWritingToTCPAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	m := newTestMux(t, MuxConfig{})
	near, far := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, far) }()
	c := &tcpConn{mux: m, conn: near, wake: make(chan struct{}, 1)}
	m.tcp.running.Go(c.write)
	packet := make([]byte, 180)
	for range 1000 {
		_ = c.send(packet)
		runtime.Gosched()
	}
	if n := testing.AllocsPerRun(1000, func() { _ = c.send(packet); runtime.Gosched() }); n > 2 { // the deadline of the pipe, which a socket has not
		t.Errorf("%v allocations a packet", n)
	}
	c.close()
	_ = far.Close()
}

// TestLinkAddressesAreNobodyElses: what claims to come from one on the wire is
// no check, and no candidate may name one.
func TestLinkAddressesAreNobodyElses(t *testing.T) {
	m := newTestMux(t, MuxConfig{})
	u := newTestPeer(t, m, false)
	for _, a := range []netip.AddrPort{linkAddr(1, true), linkAddr(linkMask, true), linkAddr(1, false), linkAddr(linkMask, false)} {
		if !isLinkAddr(a.Addr()) {
			t.Errorf("%s is not known", a)
		}
		if _, ok := u.current.usableCandidate(strings.Join([]string{"1 1 udp 1", a.Addr().String(), "5000 typ host"}, " ")); ok {
			t.Errorf("%s was taken", a)
		}
		c := newRawClient(t, m.Addrs()[0], u.ICE())
		c.check(t, u.ICE().Pwd)
		m.take(datagram{b: spare([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), from: a, via: m.v4[0]}, nil)
	}
	for _, a := range []string{"239.255.255.255", "248.0.0.1", "2001:db8::1", "::1", "127.0.0.1"} {
		if isLinkAddr(netip.MustParseAddr(a)) {
			t.Errorf("%s is nobody's link", a)
		}
	}
	if n := m.Counters().STUNMalformed; n != 4 {
		t.Errorf("%d refused, want 4", n)
	}
}
