package attack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/test/fakeua"
	"github.com/tandemgw/tandem/test/peers"
)

const configuration = `
user "1001" {
  name     = "Ann"
  password = "pw-1001"
}
user "1002" { password = "pw-1002" }
user "1003" { password = "pw-1003" }
include_test_numbers = true
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
    "700"  = [answer(), wait("30s")]
  }
}
`

const (
	// patience is what a busy machine may take; what must be is far less.
	patience = 20 * time.Second
	// served is within what time OPTIONS is answered: 500 ms, and what the other
	// tests on this machine take.
	served = 2 * time.Second
	// mebibytes is how much the memory may have grown.
	mebibytes = 64
)

// house is a gateway and who is around it.
type house struct {
	*peers.Gateway
	t    *testing.T
	addr netip.AddrPort
	rss  int
	last int          // of the phones' addresses
	uas  atomic.Int64 // numbers whatever needs a name
}

func open(t *testing.T) *house {
	t.Helper()
	return openWith(t, peers.GatewayConfig{})
}

// openWith is open where the gateway listens elsewhere besides.
func openWith(t *testing.T, c peers.GatewayConfig) *house {
	t.Helper()
	c.Rest = configuration
	h := &house{Gateway: peers.StartGatewayWith(t, c), t: t, last: 10}
	h.addr = netip.MustParseAddrPort(h.SIP)
	h.rss = h.memory()
	t.Cleanup(func() {
		if log := h.Log(); strings.Contains(log, "panic") {
			t.Errorf("something panicked:\n%s", log)
		}
	})
	return h
}

// memory is the resident memory of the gateway in MiB; 0 when it is dead.
func (h *house) memory() int {
	h.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.PID))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			return kb / 1024
		}
	}
	return 0
}

// phone is a user agent on UDP at an address of its own, not registered.
func (h *house) phone(user string) *fakeua.UA {
	h.t.Helper()
	h.last++
	return h.phoneAt(user, fmt.Sprintf("127.0.0.%d", h.last))
}

func (h *house) phoneAt(user, host string) *fakeua.UA {
	h.t.Helper()
	s := &socket{}
	udp, err := flow.ListenUDP(flow.UDPConfig{Listen: netip.AddrPortFrom(netip.MustParseAddr(host), 0), Workers: 1, PerSource: -1, PerAddress: -1}, s)
	if err != nil {
		h.t.Fatal(err)
	}
	u := fakeua.On(h.t, user, udp.Flow(h.addr))
	u.Domain, u.Patience = "127.0.0.1", patience
	s.attach(u)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = udp.Run(ctx) }()
	h.t.Cleanup(func() { cancel(); <-done })
	return u
}

// socket hands on what arrives from the moment on that its owner is known.
type socket struct {
	mu sync.Mutex
	ua *fakeua.UA
}

func (s *socket) attach(u *fakeua.UA) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ua = u
}

func (s *socket) owner() *fakeua.UA {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ua
}

func (s *socket) Message(f *flow.Flow, raw []byte) {
	if u := s.owner(); u != nil {
		u.Message(f, raw)
	}
}

func (s *socket) Closed(f *flow.Flow) {
	if u := s.owner(); u != nil {
		u.Closed(f)
	}
}

// web is a user agent on a WebSocket.
func (h *house) web(user string) *fakeua.UA {
	h.t.Helper()
	conn := h.dial()
	var mu sync.Mutex
	f := flow.New(flow.Way{
		Kind: flow.WSS, Socket: flow.NextSocket(), Local: netip.MustParseAddrPort(conn.LocalAddr().String()), Remote: h.addr,
		Send: func(b []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if !utf8.Valid(b) {
				return conn.WriteMessage(websocket.BinaryMessage, b)
			}
			return conn.WriteMessage(websocket.TextMessage, b)
		},
		Close: func(string) { _ = conn.NetConn().Close() },
	})
	u := fakeua.On(h.t, user, f)
	n := h.uas.Add(1)
	u.Domain, u.Patience, u.Instance = "127.0.0.1", patience, fmt.Sprintf("web-%d", n)
	u.Contact = fmt.Sprintf("sip:%s@w%d.invalid;transport=ws", user, n)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, b, err := conn.ReadMessage()
			if err != nil {
				u.Closed(f)
				return
			}
			u.Message(f, b)
		}
	}()
	h.t.Cleanup(func() { _ = conn.NetConn().Close(); <-done })
	return u
}

// dial opens a WebSocket; it is closed when the test ends.
func (h *house) dial() *websocket.Conn {
	h.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"sip"}, HandshakeTimeout: patience}
	conn, res, err := d.Dial(h.WS(), nil)
	if err != nil {
		h.t.Fatalf("dial %s: %v", h.WS(), err)
	}
	_ = res.Body.Close()
	h.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// options asks once, over UDP or a new WebSocket, and says how long it took.
func (h *house) options(u *fakeua.UA) time.Duration {
	h.t.Helper()
	id, begin := fmt.Sprintf("served-%d", h.uas.Add(1)), time.Now()
	for range 4 { // a datagram may get lost; SIP repeats it after 500 ms
		u.Send(request{method: "OPTIONS", id: id, via: u.Flow().Kind().ViaToken()}.String())
		if u.Await(served/4, func(m *fakeua.Message) bool { return m.Status() == 200 && m.Field("Call-ID") == id }) != nil {
			return time.Since(begin)
		}
	}
	h.t.Errorf("OPTIONS is not answered within %v", served)
	return served
}

// during runs an attack and asks OPTIONS all the while over UDP and WebSocket;
// afterwards the memory must come back.
func (h *house) during(attack func()) {
	h.t.Helper()
	phone, web := h.phone("watch"), h.web("watch")
	h.options(phone)
	stop, done := make(chan struct{}), make(chan struct{})
	slowest, asked := time.Duration(0), 0 // the watcher's until done
	go func() {
		defer close(done)
		for {
			asked++
			slowest = max(slowest, h.options(phone), h.options(web))
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	func() { // the attack may end the test: the watcher ends first
		defer func() { close(stop); <-done }()
		attack()
	}()
	slowest = max(slowest, h.options(phone), h.options(web))
	h.recovers()
	h.t.Logf("OPTIONS asked %d times, slowest answer %v; memory %d MiB, before %d", asked, slowest, h.memory(), h.rss)
}

// recovers asserts that the process lives and its memory comes back.
func (h *house) recovers() {
	h.t.Helper()
	peers.Await(h.t, patience, "the memory is back", func() bool { m := h.memory(); return m > 0 && m <= h.rss+mebibytes })
	res, err := http.Get(h.HTTP + "/healthz")
	if err != nil {
		h.t.Fatalf("the gateway is gone: %v", err)
	}
	_ = res.Body.Close()
}

// request is a small request outside any dialog.
type request struct {
	method, id, via string
	to, from, uri   string
	fields          []string
	body            string
}

func (r request) String() string {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&r.to, "1002")
	set(&r.from, "1001")
	set(&r.uri, "sip:"+r.to+"@127.0.0.1")
	set(&r.via, "UDP")
	head := []string{
		r.method + " " + r.uri + " SIP/2.0", "Via: SIP/2.0/" + r.via + " 127.0.0.1:9;rport;branch=z9hG4bK" + r.id, "Max-Forwards: 70",
		"From: <sip:" + r.from + "@127.0.0.1>;tag=f" + r.id, "To: <sip:" + r.to + "@127.0.0.1>", "Call-ID: " + r.id, "CSeq: 1 " + r.method,
		"Contact: <sip:" + r.from + "@127.0.0.1:9>",
	}
	head = append(head, r.fields...)
	return strings.Join(head, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(r.body), r.body)
}

// stranger is a bare UDP socket that keeps what comes.
type stranger struct {
	*net.UDPConn
	mu   sync.Mutex
	got  int // datagrams
	size int // octets
}

// stranger opens a socket at an address nobody has a call from.
func (h *house) stranger(host string) *stranger {
	h.t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		h.t.Fatal(err)
	}
	s := &stranger{UDPConn: c}
	_ = c.SetReadBuffer(8 << 20)
	go func() {
		b := make([]byte, 65536)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.got++
			s.size += n
			s.mu.Unlock()
		}
	}()
	h.t.Cleanup(func() { _ = c.Close() })
	return s
}

func (s *stranger) heard() (datagrams, octets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got, s.size
}

func (s *stranger) send(to netip.AddrPort, b []byte) { _, _ = s.WriteToUDPAddrPort(b, to) }
